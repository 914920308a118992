// Package app is the only wiring: configuration → database → services → HTTP.
// It also holds what the commands do, for cmd to call.
package app

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"runtime"
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
	"github.com/aicoordination/coordinator/internal/idempotency"
	"github.com/aicoordination/coordinator/internal/mail"
	"github.com/aicoordination/coordinator/internal/project"
	"github.com/aicoordination/coordinator/internal/ratelimit"
	"github.com/aicoordination/coordinator/internal/seal"
	"github.com/aicoordination/coordinator/internal/site"
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

// Limits of the HTTP server that protect it from slow and wasteful peers. An
// answer has to be written within the request's time and the grace; a file and a
// stream set their own deadline as they move.
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
	users.OnEmailChange(authService.EmailChanged)
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
	started  time.Time
	logger   *slog.Logger
	database *database
	listener net.Listener
	limiter  *ratelimit.Limiter
	server   *http.Server
	mailer   *mail.Mailer
	sealer   *audit.Sealer
	watching *watching
	// background is nil until the database is ready for it.
	background *background
	health     *health
	following  *following
	welcome    welcome
}

// New makes everything ready: the database started, migrated and filled for
// the first use, the address bound. Close must be called when it succeeds.
func New(ctx context.Context, cfg config.Serve, logger *slog.Logger) (_ *App, err error) {
	a := &App{config: cfg, started: time.Now(), logger: logger}
	defer func() {
		if err != nil {
			err = errors.Join(err, a.Close(context.WithoutCancel(ctx)))
		}
	}()

	// Meanwhile, since most of what follows is to wait for the database.
	go httpapi.Prepare()
	// Bound first, so that a port in use is found out before anything is started.
	if a.listener, err = listen(ctx, cfg.Addr, int(cfg.MaxConnections), logger); err != nil {
		return nil, err
	}
	if a.watching, err = newWatching(ctx, cfg, logger); err != nil {
		return nil, err
	}
	opts := append(replicaOf(cfg.Replica), dbx.WithLimits(requestLimits(cfg.DatabaseTimeouts)), a.watching.pool("requests"))
	if a.database, err = openDatabase(ctx, cfg.Database, logger, opts...); err != nil {
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
	a.database.warnOfReplica(ctx, logger)
	secret, err := seal.LoadSecret(cfg.SecretKey.Reveal(), keysDir(cfg.DataDir))
	if err != nil {
		return nil, err
	}
	if a.health, err = newHealth(ctx, a.database, a.watching, logger); err != nil {
		return nil, err
	}
	if a.mailer, err = newMailer(cfg, a.listener.Addr(), a.watching.metrics, logger); err != nil {
		return nil, err
	}
	post, err := newPost(a.mailer, secret, logger)
	if err != nil {
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
		Mailer:            post,
		Logger:            logger,
	})
	if err != nil {
		return nil, err
	}
	if a.background, err = newBackground(ctx, a.database, cfg, a.watching, s, post, secret, logger); err != nil {
		return nil, err
	}
	if a.sealer, err = audit.NewSealer(a.background.db, secret, logger); err != nil {
		return nil, err
	}
	a.watching.watch(a)
	logger.InfoContext(ctx, "registration and mail", "registration", cfg.Registration, "mail", cfg.MailURL)
	if a.limiter, err = newLimiter(cfg.RateLimits, logger); err != nil {
		return nil, err
	}
	if a.following, err = newFollowing(a.database, a.background, s.auth, secret, cfg, logger); err != nil {
		return nil, err
	}
	answers, err := idempotency.New(a.database.db, secret, nil)
	if err != nil {
		return nil, err
	}
	webhooks, err := webhook.New(a.database.db, a.background.webhooks)
	if err != nil {
		return nil, err
	}
	a.watchParts()
	handler, err := httpapi.New(httpapi.Dependencies{
		Auth: s.auth, Users: s.users, Clients: s.clients, Projects: s.projects, Tasks: s.tasks, Time: s.time, Comments: s.comments,
		Events: s.events, Feed: a.following.feed, Streams: a.following.streams, Statistics: s.statistics, Webhooks: webhooks,
		Idempotency:    answers,
		RequireIfMatch: httpapi.RequireIfMatch(cfg.RequireIfMatch),
		Probes:         a.health.probes(a.started),
		Logger:         logger,
		Metrics:        a.watching.metrics,
		Tracing:        a.watching.tracing,
		SlowRequest:    cfg.SlowRequest,
		BodyLimit:      cfg.BodyLimit,
		BulkBodyLimit:  cfg.BulkBodyLimit,
		RequestTimeout: cfg.RequestTimeout,
		MaxRequests:    int(cfg.MaxRequests),
		TrustedProxies: cfg.TrustedProxies,
		Replica:        a.database.replica(),
		Origins:        cfg.CORSOrigins,
		Limiter:        a.limiter,
		Demo:           demoAccount(cfg),
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
	// Streams do not end by themselves, and a stop waits for them.
	a.server.RegisterOnShutdown(a.following.streams.Drain)
	// Last, so that nothing can fail between making a password and printing it.
	if a.welcome, err = prepareFirstUse(ctx, a.database.db, cfg); err != nil {
		return nil, err
	}
	if tcp, ok := a.listener.Addr().(*net.TCPAddr); ok && cfg.Demo && !tcp.IP.IsLoopback() {
		logger.WarnContext(ctx, "the demo's accounts have a password that everybody knows: do not let others reach this address", "addr", tcp.String())
	}
	return a, nil
}

// demoAccount is whom the pages are filled in with: nobody but where the demo is served.
func demoAccount(cfg config.Serve) *site.Demo {
	if !cfg.Demo {
		return nil
	}
	return &site.Demo{Email: demoManagerEmail, Password: demoPassword}
}

func replicaOf(cfg config.Replica) []dbx.Option {
	if cfg.ReplicaURL == "" {
		return nil
	}
	return []dbx.Option{dbx.WithReplica(cfg.ReplicaURL.Reveal(), cfg.ReplicaMaxLag)}
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

// Close gives back everything that New took.
func (a *App) Close(ctx context.Context) error {
	var err error
	// Once it serves, the server has closed the listener; doing so again is no error.
	if a.listener != nil {
		if err = a.listener.Close(); errors.Is(err, net.ErrClosed) {
			err = nil
		}
	}
	err = errors.Join(err, a.limiter.Close())
	a.background.close()
	a.health.close()
	if a.database != nil {
		err = errors.Join(err, a.database.close(ctx))
	}
	return errors.Join(err, a.watching.close(ctx))
}

// Serve runs the service until the context ends. It prints where it can be
// reached, and at the first start how to sign in.
func Serve(ctx context.Context, cfg config.Serve, stdout io.Writer) (err error) {
	log, err := openLog(cfg.Log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, log.Close()) }()
	defer reloadOnHangup(ctx, log)()
	reserved := reserve()
	defer runtime.KeepAlive(reserved)
	a, err := New(ctx, cfg, log.Logger)
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
