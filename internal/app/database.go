package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/aicoordination/coordinator/internal/config"
	"github.com/aicoordination/coordinator/internal/dbx"
	"github.com/aicoordination/coordinator/internal/httpapi"
	"github.com/aicoordination/coordinator/internal/localpg"
)

// ownerConns is how many connections a migration has at most: its own, and one
// beside it for what else is asked meanwhile.
const ownerConns = 2

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

func openDatabase(ctx context.Context, cfg config.Database, logger *slog.Logger, options ...dbx.Option) (*database, error) {
	if cfg.URL != "" {
		d, err := dbx.Open(ctx, cfg.URL.Reveal(), cfg.MaxConns, options...)
		if err != nil {
			return nil, fmt.Errorf("%w (DATABASE_URL is %s)", err, cfg.URL.Redacted())
		}
		return &database{db: d, url: cfg.URL.Reveal(), owner: cfg.OwnerURL, address: cfg.URL.Redacted()}, nil
	}
	private, err := localpg.Start(ctx, localpg.Options{
		DataDir: cfg.DataDir, BinDir: cfg.PGBinDir, AllowDownload: true, Logger: logger,
	})
	if _, ok := errors.AsType[*localpg.InUseError](err); ok {
		return nil, err
	}
	if err != nil {
		return nil, fmt.Errorf("starting a private PostgreSQL (set DATABASE_URL to use one of your own): %w", err)
	}
	d, err := dbx.Open(ctx, private.ApplicationURL(), cfg.MaxConns, options...)
	if err != nil {
		return nil, errors.Join(err, private.Stop(context.WithoutCancel(ctx)))
	}
	return &database{db: d, url: private.ApplicationURL(), owner: config.DatabaseURL(private.URL()), private: private, address: private.ApplicationURL()}, nil
}

// asOwner runs fn as the owner of the schema.
func (d *database) asOwner(ctx context.Context, fn func(*dbx.DB) error) error {
	if d.owner == "" {
		return fn(d.db)
	}
	owner, err := dbx.Open(ctx, d.owner.Reveal(), ownerConns)
	if err != nil {
		return fmt.Errorf("%w (DATABASE_OWNER_URL is %s)", err, d.owner.Redacted())
	}
	defer owner.Close()
	return fn(owner)
}

// migrate applies the pending migrations, and gives the application's role
// what it needs of them where that is another one than the owner.
func (d *database) migrate(ctx context.Context) error {
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

// lost tells when the private PostgreSQL has ended although nobody stopped it.
// The program then ends too: whoever supervises it starts both again.
func (d *database) lost() <-chan error {
	if d.private == nil {
		return nil
	}
	lost := make(chan error, 1)
	go func() {
		<-d.private.Done()
		if err := d.private.Err(); err != nil {
			lost <- fmt.Errorf("the private PostgreSQL has ended: %w", err)
		}
	}()
	return lost
}

func (d *database) close(ctx context.Context) error {
	d.db.Close()
	if d.private == nil {
		return nil
	}
	return d.private.Stop(ctx)
}

func probes(d *database, started time.Time) httpapi.Probes {
	return httpapi.Probes{
		Version:   Version(),
		StartedAt: started,
		Ready:     func(ctx context.Context) error { return dbx.CheckMigrated(ctx, d.db) },
		Checks: func(ctx context.Context) []httpapi.Check {
			begin := time.Now()
			version, err := d.db.ServerVersion(ctx)
			return []httpapi.Check{{
				Name: "database", Err: err, Latency: time.Since(begin), Detail: "PostgreSQL " + version,
			}}
		},
	}
}
