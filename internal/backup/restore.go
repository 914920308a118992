package backup

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/aicoordination/coordinator/internal/dbx"
	"github.com/aicoordination/coordinator/internal/localpg"
)

// Target is the database that is restored into. DB and Address are those of
// the role that will own the schema.
type Target struct {
	DB       *dbx.DB
	Address  string
	PGBinDir string
}

// ErrNotEmpty says that there is something in the database already.
var ErrNotEmpty = errors.New("the database is not empty")

// things are the tables, views, sequences, functions and types that are no
// system's and no extension's, as the words that DROP takes.
const things = `
	SELECT CASE c.relkind WHEN 'r' THEN 'TABLE' WHEN 'p' THEN 'TABLE' WHEN 'v' THEN 'VIEW' WHEN 'm' THEN 'MATERIALIZED VIEW' ELSE 'SEQUENCE' END AS kind,
		c.oid::regclass::text AS name
	FROM pg_class c
	WHERE c.relkind IN ('r', 'p', 'v', 'm', 'S') AND c.relpersistence <> 't' AND c.relnamespace IN (SELECT oid FROM mine)
		AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype IN ('e', 'i', 'a'))
	UNION ALL
	SELECT 'ROUTINE', p.oid::regprocedure::text FROM pg_proc p
	WHERE p.pronamespace IN (SELECT oid FROM mine)
		AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype IN ('e', 'i'))
	UNION ALL
	SELECT 'TYPE', t.oid::regtype::text FROM pg_type t
	WHERE t.typtype IN ('e', 'd') AND t.typnamespace IN (SELECT oid FROM mine)
		AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_type'::regclass AND d.objid = t.oid AND d.deptype IN ('e', 'i'))`

const withMine = `WITH mine AS (SELECT n.oid FROM pg_namespace n WHERE n.nspname <> 'information_schema' AND n.nspname NOT LIKE 'pg\_%') `

type thing struct{ Kind, Name string }

func thingsIn(ctx context.Context, q querier) ([]thing, error) {
	rows, err := q.Query(ctx, withMine+things+" ORDER BY 1, 2")
	if err != nil {
		return nil, fmt.Errorf("looking at what is in the database: %w", err)
	}
	found, err := pgx.CollectRows(rows, pgx.RowToStructByPos[thing])
	if err != nil {
		return nil, fmt.Errorf("looking at what is in the database: %w", err)
	}
	return found, nil
}

// CheckEmpty returns ErrNotEmpty, with what is there, unless nothing is.
func CheckEmpty(ctx context.Context, t Target) error {
	found, err := thingsIn(ctx, t.DB)
	if err != nil || len(found) == 0 {
		return err
	}
	return fmt.Errorf("%w: it has %s %s and %d others; restore into a new one (CREATE DATABASE …), or with COORDINATOR_DATA_DIR into a new data directory",
		ErrNotEmpty, strings.ToLower(found[0].Kind), found[0].Name, len(found)-1)
}

// Restore puts the dump into the database, which has to be empty, and holds
// what is there then against the manifest. On any error the database is empty
// again.
func Restore(ctx context.Context, t Target, a *Archive) error {
	program, err := localpg.FindProgram(ctx, t.PGBinDir, "pg_restore", a.Manifest.PgDump)
	if err != nil {
		return err
	}
	err = run(ctx, program, t.Address, a.dump(), nil, "--dbname="+databaseName(t), "--single-transaction", "--exit-on-error",
		"--no-owner", "--no-privileges", "--no-comments")
	if err != nil {
		return fmt.Errorf("restoring the dump: %w", err)
	}
	if err := checkRows(ctx, t.DB, a.Manifest); err != nil {
		return errors.Join(err, Undo(context.WithoutCancel(ctx), t))
	}
	return nil
}

// databaseName is what pg_restore has to be told although the environment says it.
func databaseName(t Target) string { return t.DB.Pool().Config().ConnConfig.Database }

func checkRows(ctx context.Context, d *dbx.DB, m Manifest) error {
	counts, err := countRows(ctx, d)
	if err != nil {
		return err
	}
	var wrong []string
	names := maps.Clone(m.Rows)
	maps.Copy(names, counts)
	for _, name := range slices.Sorted(maps.Keys(names)) {
		want, wanted := m.Rows[name]
		got, there := counts[name]
		switch {
		case !there:
			wrong = append(wrong, fmt.Sprintf("the table %s is missing", name))
		case !wanted:
			wrong = append(wrong, fmt.Sprintf("the table %s does not belong into it", name))
		case want != got:
			wrong = append(wrong, fmt.Sprintf("%s has %d rows and not %d", name, got, want))
		}
	}
	if len(wrong) > 0 {
		return fmt.Errorf("what was restored is not what the manifest says: %s; the database is left empty", strings.Join(wrong, ", "))
	}
	return nil
}

// Undo makes the database empty again.
func Undo(ctx context.Context, t Target) error {
	for {
		found, err := thingsIn(ctx, t.DB)
		if err != nil {
			return err
		}
		if len(found) == 0 {
			break
		}
		// What depends on it goes along, so that the rest is looked for again.
		if _, err := t.DB.Exec(ctx, "DROP "+found[0].Kind+" IF EXISTS "+found[0].Name+" CASCADE"); err != nil {
			return fmt.Errorf("emptying the database: %w", err)
		}
	}
	_, err := t.DB.Exec(ctx, "DROP SCHEMA IF EXISTS "+dbx.JobSchema+" CASCADE")
	return err
}

// DropJobs removes the jobs that were waiting when the dump was taken, and
// returns how many: the service that it was taken of does them itself.
func DropJobs(ctx context.Context, d *dbx.DB) (int64, error) {
	tag, err := d.Exec(ctx, "DELETE FROM "+dbx.JobSchema+".river_job WHERE finalized_at IS NULL")
	if err != nil {
		return 0, fmt.Errorf("leaving out the jobs: %w", err)
	}
	return tag.RowsAffected(), nil
}

// DropDeliveries has the webhooks' deliveries fail that were pending when the
// dump was taken, and those never come about whose events were not looked at
// yet, and returns how many were pending: the service that it was taken of
// delivers them itself. The schema has to be the present one, and nobody to
// write meanwhile.
func DropDeliveries(ctx context.Context, d *dbx.DB) (int64, error) {
	tag, err := d.Exec(ctx, `UPDATE webhook_deliveries SET state = 'failed', next_attempt_at = NULL,
		error = 'It was pending in the dump that this service was restored from.' WHERE state = 'pending'`)
	if err != nil {
		return 0, fmt.Errorf("leaving out the deliveries to webhooks: %w", err)
	}
	_, err = d.Exec(ctx, `UPDATE webhook_cursor SET transaction_id = e.transaction_id, event_id = e.id
		FROM (SELECT l.transaction_id, l.id FROM events l ORDER BY l.transaction_id DESC, l.id DESC LIMIT 1) e
		WHERE (webhook_cursor.transaction_id, webhook_cursor.event_id) < (e.transaction_id, e.id)`)
	if err != nil {
		return 0, fmt.Errorf("leaving out events for webhooks: %w", err)
	}
	return tag.RowsAffected(), nil
}
