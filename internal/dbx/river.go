package dbx

import (
	"context"
	"database/sql"
	"fmt"
	"log/slog"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/pressly/goose/v3"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivermigrate"
)

// JobSchema is the PostgreSQL schema of River's tables, which River alone
// creates and changes.
const JobSchema = "river"

// JobSchemaVersion is the version of River's tables that migration 21 makes. A
// River that needs a later one gets a migration of its own.
const JobSchemaVersion = 8

// riverMigrations are the migrations that River brings along, as some of ours,
// so that there is one version of the schema and one lock.
func riverMigrations(pool *pgxpool.Pool) []*goose.Migration {
	tables := goose.NewGoMigration(21,
		&goose.GoFunc{RunTx: func(ctx context.Context, _ *sql.Tx) error {
			// Not in the transaction, because River uses values of an enum that it
			// adds; running it again changes nothing. goose holds a connection of
			// the pool meanwhile, which may be the only one.
			own, err := pgxpool.NewWithConfig(ctx, pool.Config())
			if err != nil {
				return err
			}
			defer own.Close()
			if _, err := own.Exec(ctx, "CREATE SCHEMA IF NOT EXISTS "+JobSchema); err != nil {
				return err
			}
			migrator, err := rivermigrate.New(riverpgxv5.New(own), &rivermigrate.Config{Schema: JobSchema, Logger: slog.New(slog.DiscardHandler)})
			if err != nil {
				return fmt.Errorf("preparing River's migrations: %w", err)
			}
			_, err = migrator.Migrate(ctx, rivermigrate.DirectionUp, &rivermigrate.MigrateOpts{TargetVersion: JobSchemaVersion})
			return err
		}},
		&goose.GoFunc{RunTx: func(ctx context.Context, tx *sql.Tx) error {
			_, err := tx.ExecContext(ctx, "DROP SCHEMA "+JobSchema+" CASCADE")
			return err
		}},
	)
	tables.Source = "00021_river.go"
	return []*goose.Migration{tables}
}
