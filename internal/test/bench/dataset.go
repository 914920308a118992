package bench

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/aicoordination/coordinator/internal/audit"
	"github.com/aicoordination/coordinator/internal/dbx"
	"github.com/aicoordination/coordinator/internal/test/scale"
	"github.com/aicoordination/coordinator/schema"
)

// Sizes are the named numbers of tasks; everything else is in proportion:
// 10,000 projects and 2,000 users and clients for a million tasks.
var Sizes = map[string]int{"full": 1_000_000, "medium": 100_000, "small": 10_000, "tiny": 2_000}

// Dataset is a database of so many tasks, the same rows each time.
type Dataset struct {
	Tasks int
	// Took is how long it took to load, 0 where it was kept from a former run.
	Took time.Duration

	postgres *Postgres
	template string
}

// LoadDataset returns the database of so many tasks, which it loads unless the
// server has it from a former run. It is known by its size, the schema, and
// what makes the rows.
func LoadDataset(ctx context.Context, p *Postgres, tasks int) (*Dataset, error) {
	hash, err := datasetHash()
	if err != nil {
		return nil, err
	}
	d := &Dataset{Tasks: tasks, postgres: p, template: fmt.Sprintf("tasks_%d_%s", tasks, hash)}
	kept, err := d.kept(ctx)
	if err != nil || kept {
		return d, err
	}
	// What an interrupted run has begun, and what an earlier schema was, is of no use.
	if err := d.dropOthers(ctx); err != nil {
		return nil, err
	}
	begin := time.Now()
	if err := p.Execute(ctx, "postgres", "CREATE DATABASE "+d.template); err != nil {
		return nil, err
	}
	if err := migrate(ctx, p.OwnerURL(d.template)); err != nil {
		return nil, fmt.Errorf("migrating the data set: %w", err)
	}
	if err := scale.Load(ctx, p.OwnerURL(d.template), tasks); err != nil {
		return nil, fmt.Errorf("loading the data set: %w", err)
	}
	if err := calm(ctx, p, d.template); err != nil {
		return nil, fmt.Errorf("doing what the background would do: %w", err)
	}
	// Only a whole one becomes a template, which tells it from one that was begun.
	if err := p.Execute(ctx, "postgres", "ALTER DATABASE "+d.template+" IS_TEMPLATE true ALLOW_CONNECTIONS false"); err != nil {
		return nil, err
	}
	d.Took = time.Since(begin)
	return d, nil
}

// Copy makes a database of that name as the data set was loaded, in place of
// one that is there.
func (d *Dataset) Copy(ctx context.Context, name string) error {
	return d.postgres.Execute(ctx, "postgres",
		"DROP DATABASE IF EXISTS "+name+" WITH (FORCE)",
		"CREATE DATABASE "+name+" TEMPLATE "+d.template+" STRATEGY file_copy")
}

func (d *Dataset) kept(ctx context.Context) (bool, error) {
	conn, err := d.postgres.Connect(ctx, "postgres")
	if err != nil {
		return false, err
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	var kept bool
	err = conn.QueryRow(ctx, "SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1 AND datistemplate)", d.template).Scan(&kept)
	return kept, err
}

// dropOthers drops what has this size and is not this data set.
func (d *Dataset) dropOthers(ctx context.Context) error {
	conn, err := d.postgres.Connect(ctx, "postgres")
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	var names []string
	const find = "SELECT coalesce(array_agg(datname::text), '{}') FROM pg_database WHERE datname ~ ('^tasks_' || $1 || '_')"
	if err := conn.QueryRow(ctx, find, fmt.Sprint(d.Tasks)).Scan(&names); err != nil {
		return fmt.Errorf("listing the databases: %w", err)
	}
	for _, name := range names {
		for _, step := range []string{"ALTER DATABASE " + name + " IS_TEMPLATE false", "DROP DATABASE " + name + " WITH (FORCE)"} {
			if _, err := conn.Exec(ctx, step); err != nil {
				return fmt.Errorf("%s: %w", step, err)
			}
		}
	}
	return nil
}

// quiet is what the data set has none of: webhooks, which would be sent all of
// its events; and nine of ten of these, whose sealing would take longer than all
// else. It is part of what the data set is known by.
const quiet = "DELETE FROM webhook_deliveries; DELETE FROM webhook_queues; DELETE FROM webhooks; " +
	"SET session_replication_role = replica; DELETE FROM events WHERE id % 10 > 0; RESET session_replication_role"

// secret is the key of all data sets: anybody can make them.
var secret = sha256.Sum256([]byte("the data set of a benchmark"))

// calm leaves nothing to do for the work in the background, which would go on
// amid the windows: the log of changes is sealed.
func calm(ctx context.Context, p *Postgres, database string) error {
	pool, err := pgxpool.New(ctx, p.OwnerURL(database))
	if err != nil {
		return err
	}
	defer pool.Close()
	if _, err := pool.Exec(ctx, quiet); err != nil {
		return fmt.Errorf("removing the webhooks: %w", err)
	}
	sealer, err := audit.NewSealer(dbx.New(pool), secret[:], slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	if _, err := sealer.CatchUp(ctx); err != nil {
		return fmt.Errorf("sealing the log: %w", err)
	}
	_, err = pool.Exec(ctx, "VACUUM ANALYZE")
	return err
}

func migrate(ctx context.Context, url string) error {
	pool, err := pgxpool.New(ctx, url)
	if err != nil {
		return err
	}
	defer pool.Close()
	return dbx.MigrateAs(ctx, dbx.New(pool), "coordinator")
}

// datasetHash changes with the schema and with what makes the rows.
func datasetHash() (string, error) {
	hash := sha256.New()
	err := fs.WalkDir(schema.FS, ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := fs.ReadFile(schema.FS, path)
		_, _ = hash.Write(content) // which never fails
		return err
	})
	if err != nil {
		return "", fmt.Errorf("reading the schema: %w", err)
	}
	_, _ = hash.Write([]byte(scale.Script() + quiet))
	return hex.EncodeToString(hash.Sum(nil)[:6]), nil
}
