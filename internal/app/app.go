// Package app is the only wiring: configuration → database → services → HTTP.
// It also holds what the commands do, for cmd to call.
package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"sync"
	"time"

	"github.com/aicoordination/coordinator/internal/access"
	"github.com/aicoordination/coordinator/internal/audit"
	"github.com/aicoordination/coordinator/internal/auth"
	"github.com/aicoordination/coordinator/internal/client"
	"github.com/aicoordination/coordinator/internal/comment"
	"github.com/aicoordination/coordinator/internal/config"
	"github.com/aicoordination/coordinator/internal/dbx"
	"github.com/aicoordination/coordinator/internal/event"
	"github.com/aicoordination/coordinator/internal/httpapi"
	"github.com/aicoordination/coordinator/internal/mail"
	"github.com/aicoordination/coordinator/internal/project"
	"github.com/aicoordination/coordinator/internal/ratelimit"
	"github.com/aicoordination/coordinator/internal/seal"
	"github.com/aicoordination/coordinator/internal/statistics"
	"github.com/aicoordination/coordinator/internal/task"
	"github.com/aicoordination/coordinator/internal/timeentry"
	"github.com/aicoordination/coordinator/internal/user"
	"github.com/aicoordination/coordinator/internal/webhook"
)

// version is set by the linker.
var version = "dev"

// Version returns the build's version.
func Version() string { return version }

// Limits of the HTTP server that protect it from slow and wasteful peers. A request's own
// time is bounded by its timeout, which is shorter than writeTimeout's rest.
const (
	readHeaderTimeout = 5 * time.Second
	readTimeout       = 15 * time.Second
	idleTimeout       = 2 * time.Minute
	writeGrace        = 5 * time.Second
	// maxHeaderBytes are of the request line and the header fields together; the
	// longest query that is read has 16 KiB.
	maxHeaderBytes = 32 << 10
)

// services are everything that acts on the database.
type services struct {
	auth     *auth.Service
	clients  *client.Service
	comments *comment.Service
	events   *event.Service
	projects *project.Service
	tasks    *task.Service
	time     *timeentry.Service
	users    *user.Service

	statistics *statistics.Service
}

func newServices(ctx context.Context, d *dbx.DB, authConfig auth.Config) (services, error) {
	keys, err := auth.LoadKeys(ctx, d, authConfig.Secret, authConfig.AccessTokenTTL)
	if err != nil {
		return services{}, err
	}
	authService, err := auth.New(d, keys, authConfig)
	if err != nil {
		return services{}, err
	}
	users := user.New(d, nil)
	users.OnEmailChange(authService.VerifyAgain)
	return services{
		auth:     authService,
		clients:  client.New(d),
		comments: comment.New(d, nil),
		events:   event.New(d),
		projects: project.New(d, nil),
		tasks:    task.New(d, nil),
		time:     timeentry.New(d, nil),
		users:    users,

		statistics: statistics.New(d, nil),
	}, nil
}

// keysDir is where the secret key is that was made at the first start.
func keysDir(dataDir string) string { return filepath.Join(dataDir, "keys") }

// App is a service that is ready to run.
type App struct {
	config   config.Serve
	logger   *slog.Logger
	database *database
	listener net.Listener
	limiter  *ratelimit.Limiter
	server   *http.Server
	auth     *auth.Service
	mailer   *mail.Mailer
	sealer   *audit.Sealer
	// background is nil until the database is ready for it.
	background *background
	welcome    welcome
}

// New makes everything ready: the database started, migrated and filled for
// the first use, the address bound. Close must be called when it succeeds.
func New(ctx context.Context, cfg config.Serve, logger *slog.Logger) (_ *App, err error) {
	started := time.Now()
	a := &App{config: cfg, logger: logger}
	defer func() {
		if err != nil {
			err = errors.Join(err, a.Close(context.WithoutCancel(ctx)))
		}
	}()

	// Bound first, so that a port in use is found out before anything is started.
	if a.listener, err = (&net.ListenConfig{}).Listen(ctx, "tcp", cfg.Addr); err != nil {
		return nil, fmt.Errorf("listening: %w; choose another address with COORDINATOR_ADDR", err)
	}
	if a.database, err = openDatabase(ctx, cfg.Database, logger); err != nil {
		return nil, err
	}
	if cfg.Migrate {
		err = a.database.migrate(ctx)
	} else {
		err = dbx.CheckMigrated(ctx, a.database.db)
	}
	if err != nil {
		return nil, err
	}
	if err = a.database.warnOfOneRole(ctx, logger); err != nil {
		return nil, err
	}
	secret, err := seal.LoadSecret(cfg.SecretKey.Reveal(), keysDir(cfg.DataDir))
	if err != nil {
		return nil, err
	}
	if a.background, err = newBackground(ctx, a.database, cfg.Jobs, secret, logger); err != nil {
		return nil, err
	}
	if a.sealer, err = audit.NewSealer(a.database.db, secret, logger); err != nil {
		return nil, err
	}
	if a.mailer, err = newMailer(cfg, a.listener.Addr(), logger); err != nil {
		return nil, err
	}
	s, err := newServices(ctx, a.database.db, auth.Config{
		Secret:            secret,
		AccessTokenTTL:    cfg.AccessTokenTTL,
		RefreshTokenTTL:   cfg.RefreshTokenTTL,
		SessionMaxTTL:     cfg.SessionMaxTTL,
		Registration:      auth.Registration(cfg.Registration),
		SecondFactorRoles: secondFactorRoles(cfg),
		Passwords:         passwordRules(cfg.Passwords),
		Mailer:            a.mailer,
		Logger:            logger,
	})
	if err != nil {
		return nil, err
	}
	a.auth = s.auth
	logger.InfoContext(ctx, "registration and mail", "registration", cfg.Registration, "mail", cfg.MailURL)
	if a.limiter, err = newLimiter(cfg.RateLimits, logger); err != nil {
		return nil, err
	}
	webhooks, err := webhook.New(a.database.db, a.background.webhooks)
	if err != nil {
		return nil, err
	}
	handler, err := httpapi.New(httpapi.Dependencies{
		Auth: s.auth, Users: s.users, Clients: s.clients, Projects: s.projects, Tasks: s.tasks, Time: s.time, Comments: s.comments,
		Events: s.events, Statistics: s.statistics, Webhooks: webhooks,
		Probes:         probes(a.database, started),
		Logger:         logger,
		BodyLimit:      cfg.BodyLimit,
		BulkBodyLimit:  cfg.BulkBodyLimit,
		RequestTimeout: cfg.RequestTimeout,
		TrustedProxies: cfg.TrustedProxies,
		Origins:        cfg.CORSOrigins,
		Limiter:        a.limiter,
	})
	if err != nil {
		return nil, err
	}
	a.server = &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: readHeaderTimeout,
		ReadTimeout:       readTimeout,
		WriteTimeout:      cfg.RequestTimeout + writeGrace,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeaderBytes,
		ErrorLog:          slog.NewLogLogger(logger.Handler(), slog.LevelWarn),
	}
	// Last, so that nothing can fail between making a password and printing it.
	if a.welcome, err = prepareFirstUse(ctx, a.database.db, cfg); err != nil {
		return nil, err
	}
	if tcp, ok := a.listener.Addr().(*net.TCPAddr); ok && cfg.Demo && !tcp.IP.IsLoopback() {
		logger.WarnContext(ctx, "the demo's accounts have a password that everybody knows: do not let others reach this address", "addr", tcp.String())
	}
	return a, nil
}

func secondFactorRoles(cfg config.Serve) []access.Role {
	var roles []access.Role
	for _, role := range cfg.RequireSecondFactor {
		roles = append(roles, access.Role(role))
	}
	return roles
}

func newLimiter(cfg config.RateLimits, logger *slog.Logger) (*ratelimit.Limiter, error) {
	return ratelimit.New(ratelimit.Options{
		PerMinute: map[ratelimit.Bucket]int{
			ratelimit.SignIn:  int(cfg.SignIn),
			ratelimit.Search:  int(cfg.Search),
			ratelimit.Write:   int(cfg.Write),
			ratelimit.Read:    int(cfg.Read),
			ratelimit.Address: int(cfg.Address),
		},
		RedisURL: cfg.RedisURL.Reveal(),
		Logger:   logger,
	})
}

// Addr returns the address that is listened on.
func (a *App) Addr() net.Addr { return a.listener.Addr() }

// Run serves until the context ends or serving fails. It then lets running
// requests finish within the shutdown timeout.
func (a *App) Run(ctx context.Context) error {
	sealing, stop := context.WithCancel(ctx)
	var background sync.WaitGroup
	background.Go(func() { a.sealer.Run(sealing) })
	background.Go(func() { a.background.courier.Run(sealing) })
	// It has given its connection back when the pool is closed.
	defer background.Wait()
	defer stop()
	if err := a.background.runner.Start(ctx); err != nil {
		return err
	}

	failed := make(chan error, 1)
	go func() { failed <- a.server.Serve(a.listener) }()
	select {
	case err := <-failed:
		return fmt.Errorf("serving: %w", err)
	case err := <-a.database.lost():
		return errors.Join(err, a.server.Close())
	case <-ctx.Done():
	}
	a.logger.InfoContext(ctx, "stopping: running requests may finish", "timeout", a.config.ShutdownTimeout)
	bounded, cancel := context.WithTimeout(context.WithoutCancel(ctx), a.config.ShutdownTimeout)
	defer cancel()
	if err := a.server.Shutdown(bounded); err != nil {
		return errors.Join(fmt.Errorf("stopping: %w", err), a.server.Close())
	}
	return a.background.runner.Stop(bounded)
}

// Close gives back everything that New took.
func (a *App) Close(ctx context.Context) error {
	var err error
	// Once it serves, the server has closed the listener; doing so again is no error.
	if a.listener != nil {
		if err = a.listener.Close(); errors.Is(err, net.ErrClosed) {
			err = nil
		}
	}
	err = errors.Join(err, a.limiter.Close(), a.closeMail(ctx))
	a.background.close()
	if a.database != nil {
		err = errors.Join(err, a.database.close(ctx))
	}
	return err
}

// Serve runs the service until the context ends. It prints where it can be
// reached, and at the first start how to sign in.
func Serve(ctx context.Context, cfg config.Serve, stdout io.Writer) error {
	a, err := New(ctx, cfg, newLogger(cfg.Log))
	if err != nil {
		return unlessStopped(ctx, err)
	}
	if err := a.welcome.print(stdout, a.Addr(), a.database); err != nil {
		return errors.Join(err, a.Close(context.WithoutCancel(ctx)))
	}
	return errors.Join(a.Run(ctx), a.Close(context.WithoutCancel(ctx)))
}

// unlessStopped forgets an error of a start that was asked to stop meanwhile.
func unlessStopped(ctx context.Context, err error) error {
	select {
	case <-ctx.Done():
		return nil
	default:
		return err
	}
}
