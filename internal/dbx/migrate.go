package dbx

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/database"
	"github.com/pressly/goose/v3/lock"

	"github.com/aicoordination/coordinator/schema"
)

// ErrSchemaVersion says that the database's schema is not the one this binary was built for.
var ErrSchemaVersion = errors.New("schema version")

// pgerrInsufficientPrivilege is what PostgreSQL answers to a role that may not
// do what it was told to.
const pgerrInsufficientPrivilege = "42501"

// Migration is one migration's state in a database.
type Migration struct {
	Version int64
	Name    string
	// AppliedAt is zero while the migration is pending.
	AppliedAt time.Time
}

// LatestVersion is the version of the schema that this binary was built for.
func LatestVersion() (int64, error) {
	names, err := fs.Glob(schema.FS, "*.sql")
	if err != nil {
		return 0, fmt.Errorf("listing the migrations: %w", err)
	}
	var latest int64
	for _, name := range names {
		version, err := goose.NumericComponent(name)
		if err != nil {
			return 0, fmt.Errorf("reading the name of a migration: %w", err)
		}
		latest = max(latest, version)
	}
	for _, migration := range riverMigrations(nil) {
		latest = max(latest, migration.Version)
	}
	return latest, nil
}

// Migrate applies the pending migrations, one process at a time. It returns
// ErrSchemaVersion when the database is newer than this binary.
func Migrate(ctx context.Context, d *DB) error {
	return withProvider(d.pool, func(p *goose.Provider) error {
		if err := refuseNewer(ctx, p); err != nil {
			return err
		}
		if _, err := p.Up(ctx); err != nil {
			if denied, ok := errors.AsType[*pgconn.PgError](err); ok && denied.Code == pgerrInsufficientPrivilege {
				return fmt.Errorf("migrating the database: %w; set DATABASE_OWNER_URL to the role that owns the schema", err)
			}
			return fmt.Errorf("migrating the database: %w", err)
		}
		return nil
	})
}

// MigrateDown takes the newest migration back. It returns the migration it
// reversed, nil when there was none.
func MigrateDown(ctx context.Context, d *DB) (*Migration, error) {
	var reversed *Migration
	err := withProvider(d.pool, func(p *goose.Provider) error {
		if err := refuseNewer(ctx, p); err != nil {
			return err
		}
		result, err := p.Down(ctx)
		if errors.Is(err, goose.ErrNoNextVersion) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("reversing a migration: %w", err)
		}
		reversed = &Migration{Version: result.Source.Version, Name: result.Source.Path}
		return nil
	})
	return reversed, err
}

// Migrations returns every migration this binary knows, in order, with its state.
func Migrations(ctx context.Context, d *DB) ([]Migration, error) {
	var found []Migration
	err := withProvider(d.pool, func(p *goose.Provider) error {
		states, err := p.Status(ctx)
		if err != nil {
			return fmt.Errorf("reading the migrations' state: %w", err)
		}
		for _, s := range states {
			found = append(found, Migration{Version: s.Source.Version, Name: s.Source.Path, AppliedAt: s.AppliedAt})
		}
		return nil
	})
	return found, err
}

// CheckMigrated returns ErrSchemaVersion, with what to do about it, unless the
// database is at exactly the version this binary was built for, and Unavailable
// when it cannot be asked.
func CheckMigrated(ctx context.Context, d *DB) error {
	// goose waits for a connection as long as ctx lives; readiness is to be told at once.
	if err := d.Ping(ctx); err != nil {
		return err
	}
	return withProvider(d.pool, func(p *goose.Provider) error {
		if err := refuseNewer(ctx, p); err != nil {
			return err
		}
		current, target, err := p.GetVersions(ctx)
		if err != nil {
			return fmt.Errorf("reading the schema's version: %w", translate(err))
		}
		if current < target {
			return fmt.Errorf("%w: the database is at version %d, this binary needs %d; run `coordinator migrate up`", ErrSchemaVersion, current, target)
		}
		return nil
	})
}

func refuseNewer(ctx context.Context, p *goose.Provider) error {
	current, target, err := p.GetVersions(ctx)
	if err != nil {
		return fmt.Errorf("reading the schema's version: %w", translate(err))
	}
	if current > target {
		return fmt.Errorf("%w: the database is at version %d, this binary knows no further than %d; start the newer binary that migrated it", ErrSchemaVersion, current, target)
	}
	return nil
}

// withProvider runs fn with goose on a connection of the pool. The session
// lock keeps replicas that start together from migrating at the same time.
func withProvider(pool *pgxpool.Pool, fn func(*goose.Provider) error) error {
	// Whoever waits looks again every second, for five minutes; goose's own five
	// seconds would be what most replicas spend on starting.
	locker, err := lock.NewPostgresSessionLocker(lock.WithLockTimeout(1, 300))
	if err != nil {
		return fmt.Errorf("preparing the migration lock: %w", err)
	}
	conn := stdlib.OpenDBFromPool(pool)
	defer conn.Close()
	provider, err := goose.NewProvider(database.DialectPostgres, conn, schema.FS, goose.WithSessionLocker(locker),
		goose.WithGoMigrations(riverMigrations(pool)...))
	if err != nil {
		return fmt.Errorf("reading the migrations: %w", err)
	}
	return fn(provider)
}
