package dbx

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
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

// lockTimeout is how long a statement of a migration waits for a lock. While it
// waits, whoever wants the table waits behind it, so that is also how long the
// service may stand still for a migration.
const lockTimeout = 2 * time.Second

// lockAttempts is how often a migration that did not get its locks is begun
// again. Between them everybody else passes.
const lockAttempts = 60

// lockPause is how long that is at most.
const lockPause = 3 * time.Second

// Migrate applies the pending migrations, one process at a time. It returns
// ErrSchemaVersion when the database is newer than this binary.
//
// A migration does not wait for others' locks for long, because everybody waits
// behind it: it gives up, and is tried again for some minutes.
func Migrate(ctx context.Context, d *DB) error {
	pool, err := migrating(ctx, d.pool)
	if err != nil {
		return err
	}
	defer pool.Close()
	return withProvider(pool, func(p *goose.Provider) error {
		if err := refuseNewer(ctx, p); err != nil {
			return err
		}
		err := retryLocked(ctx, func() error {
			_, err := p.Up(ctx)
			return err
		})
		if denied, ok := errors.AsType[*pgconn.PgError](err); ok && denied.Code == pgerrInsufficientPrivilege {
			return fmt.Errorf("migrating the database: %w; set DATABASE_OWNER_URL to the role that owns the schema", err)
		}
		if err != nil {
			return fmt.Errorf("migrating the database: %w", err)
		}
		return nil
	})
}

// migrating opens connections for a migration: they wait for a lock for
// lockTimeout, and have all the time for what they then do.
func migrating(ctx context.Context, pool *pgxpool.Pool) (*pgxpool.Pool, error) {
	config := pool.Config()
	// By a statement, since a pooler in session mode takes no such parameter.
	before := config.AfterConnect
	config.AfterConnect = func(ctx context.Context, conn *pgx.Conn) error {
		if before != nil {
			if err := before(ctx, conn); err != nil {
				return err
			}
		}
		_, err := conn.Exec(ctx, fmt.Sprintf("SET lock_timeout = %d; SET statement_timeout = 0; SET idle_in_transaction_session_timeout = 0", lockTimeout.Milliseconds()),
			pgx.QueryExecModeSimpleProtocol)
		return err
	}
	own, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, fmt.Errorf("opening the connections of a migration: %w", err)
	}
	return own, nil
}

// retryLocked runs fn again as long as it fails for want of a lock.
func retryLocked(ctx context.Context, fn func() error) error {
	for attempt := 1; ; attempt++ {
		err := fn()
		refused, ok := errors.AsType[*pgconn.PgError](err)
		// Of two that wait for each other, one of them building an index
		// concurrently, PostgreSQL ends one.
		if !ok || refused.Code != "55P03" && refused.Code != "40P01" {
			return err
		}
		if attempt == lockAttempts {
			return fmt.Errorf("%w; others held the lock at each of %d attempts: look for transactions that do not end in pg_stat_activity, and migrate again", err, attempt)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(min(time.Duration(attempt)*lockPause/10, lockPause)):
		}
	}
}

// MigrateDown takes the newest migration back. It returns the migration it
// reversed, nil when there was none.
func MigrateDown(ctx context.Context, d *DB) (*Migration, error) {
	pool, err := migrating(ctx, d.pool)
	if err != nil {
		return nil, err
	}
	defer pool.Close()
	var reversed *Migration
	err = withProvider(pool, func(p *goose.Provider) error {
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
