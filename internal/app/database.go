package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/aicoordination/coordinator/internal/access"
	"github.com/aicoordination/coordinator/internal/config"
	"github.com/aicoordination/coordinator/internal/dbx"
	"github.com/aicoordination/coordinator/internal/httpapi"
	"github.com/aicoordination/coordinator/internal/localpg"
)

// ownerConns is how many connections a migration has at most: its own, and one
// beside it for what else is asked meanwhile.
const ownerConns = 2

// idleInTransaction is how long a transaction of ours may do nothing. None does:
// one that is left open holds its locks, and keeps the audit log from being sealed.
const idleInTransaction = 30 * time.Second

// database is the one the configuration names: somebody else's, or a private
// PostgreSQL that lives as long as the program.
//
// It has two roles: the owner of the schema, who migrates, and the
// application's, who may not change the log of events.
type database struct {
	// db connects as the application's role.
	db *dbx.DB
	// url is what db connects to, with its password.
	url string
	// owner is the address as the schema's owner, empty where that is the
	// application itself.
	owner config.DatabaseURL
	// direct is past the pooler; url where there is none.
	direct config.DatabaseURL
	// pooled tells that url leads to a pooler in transaction mode.
	pooled bool
	// private is nil for a database of somebody else's.
	private *localpg.Server
	// address is how a person reaches it with psql, without a password.
	address string
}

// openShared is openDatabase for a command, which may run beside a service
// that has the private PostgreSQL: it is then a guest there.
func openShared(ctx context.Context, cfg config.Database, logger *slog.Logger) (*database, error) {
	d, err := openDatabase(ctx, cfg, logger)
	inUse, ok := errors.AsType[*localpg.InUseError](err)
	if !ok || inUse.URL == "" {
		return d, err
	}
	// The server may be one of an earlier version, which made no such role.
	if err := localpg.EnsureApplicationRole(ctx, inUse.URL); err != nil {
		return nil, err
	}
	guest, err := dbx.Open(ctx, inUse.ApplicationURL, cfg.MaxConns)
	if err != nil {
		return nil, err
	}
	return &database{db: guest, url: inUse.ApplicationURL, owner: config.DatabaseURL(inUse.URL), address: inUse.ApplicationURL}, nil
}

// requestLimits bound what requests ask of the database.
func requestLimits(cfg config.DatabaseTimeouts) dbx.Limits {
	return dbx.Limits{Statement: cfg.Statement, Lock: cfg.Lock, IdleInTransaction: idleInTransaction, Impatient: true}
}

func openDatabase(ctx context.Context, cfg config.Database, logger *slog.Logger, opts ...dbx.Option) (*database, error) {
	if cfg.URL != "" {
		pooled := cfg.Pooler == config.PoolerTransaction
		if pooled {
			opts = append(opts, dbx.BehindPooler())
		}
		d, err := dbx.Open(ctx, cfg.URL.Reveal(), cfg.MaxConns, opts...)
		if err != nil {
			return nil, fmt.Errorf("%w (DATABASE_URL is %s)", err, cfg.URL.Redacted())
		}
		return &database{db: d, url: cfg.URL.Reveal(), owner: cfg.OwnerURL, direct: cfg.DirectURL, pooled: pooled, address: cfg.URL.Redacted()}, nil
	}
	private, err := localpg.Start(ctx, localpg.Options{
		DataDir: cfg.DataDir, BinDir: cfg.PGBinDir, AllowDownload: true, Restart: true, Logger: logger,
	})
	if _, ok := errors.AsType[*localpg.InUseError](err); ok {
		return nil, err
	}
	if err != nil {
		return nil, fmt.Errorf("starting a private PostgreSQL (set DATABASE_URL to use one of your own): %w", err)
	}
	d, err := dbx.Open(ctx, private.ApplicationURL(), cfg.MaxConns, opts...)
	if err != nil {
		return nil, errors.Join(err, private.Stop(context.WithoutCancel(ctx)))
	}
	return &database{db: d, url: private.ApplicationURL(), owner: config.DatabaseURL(private.URL()), private: private, address: private.ApplicationURL()}, nil
}

// open opens connections of their own to where db leads to.
func (d *database) open(ctx context.Context, conns int32, limits dbx.Limits, observed dbx.Option) (*dbx.DB, error) {
	opts := []dbx.Option{dbx.WithLimits(limits), observed}
	if d.pooled {
		opts = append(opts, dbx.BehindPooler())
	}
	return dbx.Open(ctx, d.url, conns, opts...)
}

// openBeside opens connections for what runs beside requests: past the pooler,
// where a way there is known, so that LISTEN reaches it.
func (d *database) openBeside(ctx context.Context, conns int32, limits dbx.Limits, observed dbx.Option) (*dbx.DB, error) {
	if d.direct == "" {
		return d.open(ctx, conns, limits, observed)
	}
	found, err := dbx.Open(ctx, d.direct.Reveal(), conns, dbx.WithLimits(limits), observed)
	if err != nil {
		return nil, fmt.Errorf("%w (DATABASE_DIRECT_URL is %s)", err, d.direct.Redacted())
	}
	return found, nil
}

// listens tells whether LISTEN reaches the connections of openBeside.
func (d *database) listens() bool { return !d.pooled || d.direct != "" }

// asOwner runs fn as the owner of the schema, without the limits that requests
// have, and past a pooler in transaction mode: migrations hold a lock of the
// session.
func (d *database) asOwner(ctx context.Context, fn func(*dbx.DB) error) error {
	url, variable := d.owner, "DATABASE_OWNER_URL"
	if url == "" {
		url, variable = d.direct, "DATABASE_DIRECT_URL"
	}
	if url == "" {
		if d.pooled {
			return errMigratesThroughPooler
		}
		own, err := dbx.Open(ctx, d.url, ownerConns)
		if err != nil {
			return err
		}
		defer own.Close()
		return fn(own)
	}
	owner, err := dbx.Open(ctx, url.Reveal(), ownerConns)
	if err != nil {
		return fmt.Errorf("%w (%s is %s)", err, variable, url.Redacted())
	}
	defer owner.Close()
	return fn(owner)
}

var errMigratesThroughPooler = errors.New("migrations hold a lock of their session, which a pooler in transaction mode gives away: " +
	"set DATABASE_DIRECT_URL to PostgreSQL itself, or DATABASE_OWNER_URL to it as the role that owns the schema, or migrate elsewhere and start with --no-migrate")

// migrate applies the pending migrations, and gives the application's role
// what it needs of them where that is another one than the owner.
func (d *database) migrate(ctx context.Context) error {
	// Where the owner has an address of its own, or there is a pooler, these are
	// held against the database in any case.
	if d.owner == "" && d.direct == "" && !d.pooled && dbx.IsMigrated(ctx, d.db) {
		return nil
	}
	return d.asOwner(ctx, func(owner *dbx.DB) error {
		if d.owner == "" {
			return dbx.Migrate(ctx, owner)
		}
		role, err := dbx.Role(ctx, d.db)
		if err != nil {
			return err
		}
		return dbx.MigrateAs(ctx, owner, role)
	})
}

// warnOfOneRole tells whoever reads the log that nothing but the program keeps
// the audit log from being changed, and how to mend that.
func (d *database) warnOfOneRole(ctx context.Context, logger *slog.Logger) error {
	can, err := dbx.CanChangeLog(ctx, d.db)
	if err != nil || !can {
		return err
	}
	role, err := dbx.Role(ctx, d.db)
	if err != nil {
		return err
	}
	logger.WarnContext(ctx, "the database role of the service could change the audit log; to keep it from that, set DATABASE_OWNER_URL to the role that "+
		"owns the schema, and DATABASE_URL to another role without any rights (CREATE ROLE … LOGIN): it is granted what it needs at the next start", "role", role)
	return nil
}

// replica is what decides, by request, whether the replica answers it; nil
// without one.
func (d *database) replica() httpapi.Replica {
	if !d.db.HasReplica() {
		return nil
	}
	return func(ctx context.Context, actor access.Actor) (context.Context, func(), bool) {
		ctx, ok := d.db.OnReplica(ctx, dbx.Reader{ID: actor.ID, SeesAll: actor.SeesAll()})
		return ctx, func() { dbx.LeaveReplica(ctx) }, ok
	}
}

// warnOfReplica tells that the replica is not read from at the start, and why.
// The service does without it meanwhile.
func (d *database) warnOfReplica(ctx context.Context, logger *slog.Logger) {
	if !d.db.HasReplica() {
		return
	}
	if _, err := d.db.CheckReplica(); err != nil {
		logger.WarnContext(ctx, "the replica is not read from yet: the primary answers everything", "error", err)
	}
}

func (d *database) close(ctx context.Context) error {
	d.db.Close()
	if d.private == nil {
		return nil
	}
	return d.private.Stop(ctx)
}
