package localpg

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

const (
	// maxLogSize is the size at which a start begins the server's log anew.
	maxLogSize = 10 << 20

	// patience is after how long a wait for crash recovery is worth a log line.
	patience = 3 * time.Second
)

// Server is a running private PostgreSQL.
type Server struct {
	binaries  Binaries
	dir       string // the cluster
	socketDir string
	url       string
	appURL    string
	log       *slog.Logger
	logFile   string
	lock      *instanceLock

	life    context.Context //nolint:containedctx // It ends with Stop, and with it a restart that is under way.
	endLife context.CancelFunc
	cleanup sync.Once
	done    chan struct{}
	err     error // read after done

	mu       sync.Mutex
	process  *process
	stopping bool
}

// Start runs PostgreSQL on the data directory and returns when it answers. It
// creates what is missing: directories, cluster, and the database. ctx bounds
// the start alone; the server runs until Stop, or until this process ends.
//
// It returns an InUseError when another instance holds the directory. All other
// errors name what was attempted and, where its user can do something about it,
// what; a server that did not come up adds the last lines of its log.
func Start(ctx context.Context, opts Options) (*Server, error) {
	opts, err := opts.withDefaults()
	if err != nil {
		return nil, err
	}

	opts.DataDir, err = makeDataDir(opts.DataDir)
	if err != nil {
		return nil, err
	}

	lock, err := lockInstance(ctx, opts.DataDir)
	if err != nil {
		return nil, err
	}

	server, err := start(ctx, opts, lock)
	if err != nil {
		lock.release()

		return nil, err
	}

	return server, nil
}

func start(ctx context.Context, opts Options, lock *instanceLock) (*Server, error) {
	base := clusterBase(opts.DataDir)

	major, err := existingMajor(base)
	if err != nil {
		return nil, err
	}

	owner, err := serverAccount(clusterDir(opts.DataDir, major))
	if err != nil {
		return nil, err
	}

	binaries, err := find(ctx, opts, owner, major)
	if err != nil {
		return nil, err
	}

	if err := makeDir(base, sharedDirMode()); err != nil {
		return nil, fmt.Errorf("creating the directory of clusters: %w", err)
	}

	if err := owner.canEnter(ctx, filepath.Join(binaries.Dir, "postgres"), base); err != nil {
		return nil, err
	}

	if err := initCluster(ctx, opts, binaries, owner); err != nil {
		return nil, err
	}

	s := &Server{
		binaries: binaries,
		dir:      clusterDir(opts.DataDir, binaries.Major),
		log:      opts.Logger,
		logFile:  clusterDir(opts.DataDir, binaries.Major) + ".log",
		lock:     lock,
		done:     make(chan struct{}),
	}
	s.life, s.endLife = context.WithCancel(context.WithoutCancel(ctx))

	if err := takeOver(ctx, s.log, s.dir); err != nil {
		return nil, err
	}

	if s.socketDir, err = makeSocketDir(opts.DataDir, owner); err != nil {
		return nil, err
	}

	s.url = socketURL(s.socketDir, Database, superuser)
	s.appURL = socketURL(s.socketDir, Database, applicationRole)

	if s.process, err = s.launch(ctx, opts, owner); err != nil {
		return nil, err
	}

	go s.watch(opts, owner)

	// On every start: data that an earlier version made has no such role yet.
	if err := EnsureApplicationRole(ctx, s.url); err != nil {
		return nil, errors.Join(err, s.Stop(context.WithoutCancel(ctx)))
	}

	return s, nil
}

// URL is the connection string of the database, for pgx and for psql, as the
// superuser, who owns the schema.
func (s *Server) URL() string { return s.url }

// ApplicationURL is URL for the role that the application connects as.
func (s *Server) ApplicationURL() string { return s.appURL }

// Version is the full version of the server, such as "17.10".
func (s *Server) Version() string { return s.binaries.Version }

// Done is closed when the server has exited for good, whether by Stop or by itself.
func (s *Server) Done() <-chan struct{} { return s.done }

// Err says why the server exited by itself. It is nil while the server runs and
// when it was Stop that ended it.
func (s *Server) Err() error {
	select {
	case <-s.done:
		return s.err
	default:
		return nil
	}
}

// Stop shuts the server down and gives the data directory up. Clients are
// disconnected and their transactions rolled back (a fast shutdown); when ctx
// ends, or that takes unusually long, the server is cut off, which loses nothing
// that was committed but makes the next start replay the log. Stop may be called
// more than once and after the server exited by itself.
func (s *Server) Stop(ctx context.Context) error {
	s.mu.Lock()
	s.stopping = true
	process := s.process
	s.mu.Unlock()
	s.endLife()

	defer s.cleanup.Do(func() {
		s.lock.release()

		if filepath.Dir(s.socketDir) != filepath.Dir(s.dir) {
			_ = os.RemoveAll(s.socketDir)
		}
	})

	err := s.shutDown(ctx, process)
	<-s.done

	return err
}

// shutDown ends the process whatever it takes.
func (s *Server) shutDown(ctx context.Context, p *process) error {
	if err := p.signal(syscall.SIGINT); err != nil {
		return err
	}

	fast, cancel := context.WithTimeout(ctx, fastShutdownLimit)
	defer cancel()

	select {
	case <-p.done:
		return nil
	case <-fast.Done():
	}

	s.log.WarnContext(ctx, "PostgreSQL takes long to shut down and is cut off")

	if err := p.signal(syscall.SIGQUIT); err != nil {
		return err
	}

	select {
	case <-p.done:
		return nil
	case <-time.After(immediateShutdownLimit):
	}

	if err := p.signal(os.Kill); err != nil {
		return err
	}

	<-p.done

	return nil
}

// launch starts the postmaster and waits until the database answers. A start
// right after a postmaster was killed meets the shared memory that the killed
// one's processes are about to let go of, and is tried again.
func (s *Server) launch(ctx context.Context, opts Options, owner account) (*process, error) {
	logFile, err := openLog(s.logFile, owner)
	if err != nil {
		return nil, err
	}
	defer logFile.Close()

	giveUp := time.Now().Add(memoryLimit)

	for {
		begin, err := logFile.Seek(0, io.SeekEnd)
		if err != nil {
			return nil, fmt.Errorf("reading the size of PostgreSQL's log: %w", err)
		}

		cmd := s.command(opts, owner)
		cmd.Stdout = logFile
		cmd.Stderr = logFile

		p, err := startProcess(cmd)
		if err != nil {
			return nil, fmt.Errorf("starting PostgreSQL: %w", err)
		}

		err = s.waitReady(ctx, p, begin)
		if err == nil {
			return p, nil
		}

		if p.exited() && strings.Contains(err.Error(), "is still in use") && time.Now().Before(giveUp) {
			if pause(ctx, 10*pollInterval) == nil {
				continue
			}
		}

		// ctx may be what failed, and the process must not stay in any case.
		return nil, errors.Join(err, s.shutDown(context.WithoutCancel(ctx), p))
	}
}

// command is the postmaster's.
func (s *Server) command(opts Options, owner account) *exec.Cmd {
	settings := map[string]string{
		"listen_addresses":        "",
		"port":                    socketPort,
		"unix_socket_directories": `"` + strings.ReplaceAll(s.socketDir, `"`, `""`) + `"`,
		"unix_socket_permissions": "0700",
		"max_connections":         "100",
		"cluster_name":            Database,
		"timezone":                "UTC",
		"log_timezone":            "UTC",
		"log_checkpoints":         "off", // routine; the log is for what goes wrong
		"jit":                     "off", // it compiles for longer than our statements run
		"random_page_cost":        "1.1", // solid-state disks; the default of 4 makes it read whole tables
	}
	maps.Copy(settings, opts.Settings)

	args := []string{"-D", s.dir}
	for _, name := range slices.Sorted(maps.Keys(settings)) {
		args = append(args, "-c", name+"="+settings[name])
	}

	cmd := owner.command(context.Background(), filepath.Join(s.binaries.Dir, "postgres"), args...)
	endWithParent(cmd.SysProcAttr)

	return cmd
}

// waitReady returns when the database answers, or why it never will. There is
// no limit but ctx: recovery after a crash takes as long as there is log to
// replay, and killing it would only start it over.
func (s *Server) waitReady(ctx context.Context, p *process, logBegin int64) error {
	begin := time.Now()
	told := false

	for {
		err := s.ensureDatabase(ctx)
		if err == nil {
			return nil
		}

		var refused *pgconn.PgError
		if errors.As(err, &refused) && refused.Code != "57P03" { // cannot_connect_now
			return err
		}

		if !told && time.Since(begin) > patience {
			told = true

			s.log.InfoContext(ctx, "waiting for PostgreSQL, which is recovering from a crash", "log", s.logFile)
		}

		select {
		case <-p.done:
			return s.exitError(p, logBegin)
		case <-ctx.Done():
			return fmt.Errorf("waiting for PostgreSQL to start: %w", ctx.Err())
		case <-time.After(pollInterval):
		}
	}
}

// ensureDatabase connects to the database, which it creates in a new cluster.
func (s *Server) ensureDatabase(ctx context.Context) error {
	conn, err := pgconn.Connect(ctx, s.url)
	if err == nil {
		return conn.Close(ctx)
	}

	var missing *pgconn.PgError
	if !errors.As(err, &missing) || missing.Code != "3D000" { // invalid_catalog_name
		return fmt.Errorf("connecting to the private PostgreSQL: %w", err)
	}

	conn, err = pgconn.Connect(ctx, socketURL(s.socketDir, "postgres", superuser))
	if err != nil {
		return fmt.Errorf("connecting to the private PostgreSQL: %w", err)
	}
	defer conn.Close(ctx)

	if _, err := conn.Exec(ctx, "CREATE DATABASE "+Database).ReadAll(); err != nil {
		return fmt.Errorf("creating the database %s: %w", Database, err)
	}

	return nil
}

// EnsureApplicationRole makes the role that the application connects as, unless
// it is there. url is the superuser's.
func EnsureApplicationRole(ctx context.Context, url string) error {
	conn, err := pgconn.Connect(ctx, url)
	if err != nil {
		return fmt.Errorf("connecting to the private PostgreSQL: %w", err)
	}
	defer conn.Close(ctx)

	// Of two that find it missing at the same time one fails, with either code.
	const statement = `DO $$ BEGIN
		IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '` + applicationRole + `') THEN
			CREATE ROLE ` + applicationRole + ` LOGIN;
		END IF;
	EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
	END $$`

	if _, err := conn.Exec(ctx, statement).ReadAll(); err != nil {
		return fmt.Errorf("creating the role %s: %w", applicationRole, err)
	}

	return nil
}
