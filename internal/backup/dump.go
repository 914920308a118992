package backup

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/aicoordination/coordinator/internal/audit"
	"github.com/aicoordination/coordinator/internal/dbx"
	"github.com/aicoordination/coordinator/internal/localpg"
)

// Source is the database that is dumped.
type Source struct {
	// DB and Address are the schema's owner's: nobody else reads everything.
	DB       *dbx.DB
	Address  string
	PGBinDir string
	// Version is this program's.
	Version string
}

// Dump writes the database, as it is at one moment, into a file. The file gets
// its name once it is whole, and its owner alone reads it.
func Dump(ctx context.Context, s Source, path string) (_ Manifest, err error) {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		return Manifest{}, fmt.Errorf("making the file of the dump: %w", err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, f.Close(), os.Remove(f.Name()))
		}
	}()
	m, err := dumpInto(ctx, s, f)
	if err != nil {
		return Manifest{}, err
	}
	if err := f.Sync(); err != nil {
		return Manifest{}, fmt.Errorf("writing the dump to disk: %w", err)
	}
	if err := os.Rename(f.Name(), path); err != nil {
		return Manifest{}, fmt.Errorf("giving the dump its name: %w", err)
	}
	return m, f.Close()
}

// DumpTo writes the database to w, by way of a temporary file: what is sent has
// no error in it.
func DumpTo(ctx context.Context, s Source, w io.Writer) (_ Manifest, err error) {
	f, err := os.CreateTemp("", "coordinator-dump-*")
	if err != nil {
		return Manifest{}, fmt.Errorf("making a temporary file: %w", err)
	}
	defer func() { err = errors.Join(err, f.Close(), os.Remove(f.Name())) }()
	m, err := dumpInto(ctx, s, f)
	if err != nil {
		return Manifest{}, err
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return Manifest{}, err
	}
	if _, err := io.Copy(w, f); err != nil {
		return Manifest{}, fmt.Errorf("writing the dump: %w", err)
	}
	return m, nil
}

func dumpInto(ctx context.Context, s Source, f *os.File) (Manifest, error) {
	var m Manifest
	conn, err := s.DB.Pool().Acquire(ctx)
	if err != nil {
		return Manifest{}, fmt.Errorf("connecting to the database: %w", err)
	}
	defer conn.Release()
	var number int
	if err := conn.QueryRow(ctx, "SELECT current_setting('server_version_num')::int").Scan(&number); err != nil {
		return Manifest{}, fmt.Errorf("asking for the version of PostgreSQL: %w", err)
	}
	program, err := localpg.FindProgram(ctx, s.PGBinDir, "pg_dump", number/10_000)
	if err != nil {
		return Manifest{}, err
	}
	// One that only reads holds nobody up. It has to stay until pg_dump is done,
	// which takes no account of the limits of a session that answers requests.
	err = pgx.BeginTxFunc(ctx, conn, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}, func(tx pgx.Tx) error {
		var snapshot string
		if _, err := tx.Exec(ctx, `SELECT set_config(s.name, '0', true) FROM pg_settings s
			WHERE s.name IN ('statement_timeout', 'idle_in_transaction_session_timeout', 'transaction_timeout')`); err != nil {
			return err
		}
		if err := tx.QueryRow(ctx, "SELECT pg_export_snapshot()").Scan(&snapshot); err != nil {
			return err
		}
		if m, err = describe(ctx, tx); err != nil {
			return err
		}
		m.Version, m.PgDump, m.TakenAt = s.Version, program.Major, time.Now().UTC().Truncate(time.Second)
		return writeArchive(f, m, func(w io.Writer) error {
			return run(ctx, program, s.Address, nil, w, "--format=custom", "--snapshot="+snapshot,
				"--no-owner", "--no-privileges", "--no-comments", "--no-publications", "--no-subscriptions", "--lock-wait-timeout=30s")
		})
	})
	if err != nil {
		return Manifest{}, fmt.Errorf("dumping the database: %w", err)
	}
	return m, nil
}

// describe reads what the dump of the transaction's snapshot has to contain.
func describe(ctx context.Context, tx pgx.Tx) (Manifest, error) {
	m := Manifest{Format: format}
	var last string
	err := tx.QueryRow(ctx, `SELECT current_setting('server_version'), (SELECT max(version_id) FROM goose_db_version WHERE is_applied),
		greatest((SELECT e.transaction_id FROM events e ORDER BY e.transaction_id DESC, e.id DESC LIMIT 1),
			(SELECT c.transaction_id FROM event_chain c ORDER BY c.position DESC LIMIT 1), '0'::xid8)::text`).
		Scan(&m.PostgreSQL, &m.SchemaVersion, &last)
	if err != nil {
		return Manifest{}, fmt.Errorf("reading what is in the database: %w", err)
	}
	if m.LastTransaction, err = strconv.ParseUint(last, 10, 64); err != nil {
		return Manifest{}, err
	}
	var start, hash []byte
	var position int64
	err = tx.QueryRow(ctx, `SELECT b.hash, h.position, h.hash FROM event_chain b, (SELECT position, hash FROM event_chain ORDER BY position DESC LIMIT 1) h
		WHERE b.position = 0`).Scan(&start, &position, &hash)
	switch {
	case err == nil:
		m.AuditStart, m.AuditHead = hex.EncodeToString(start), audit.Head{Position: position, Hash: hash}.String()
	case !errors.Is(err, pgx.ErrNoRows):
		return Manifest{}, fmt.Errorf("reading where the audit chain ends: %w", err)
	}
	m.Rows, err = countRows(ctx, tx)
	return m, err
}

type querier interface {
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
}

// countRows counts every table that is not PostgreSQL's or an extension's.
func countRows(ctx context.Context, q querier) (map[string]int64, error) {
	rows, err := q.Query(ctx, `SELECT n.nspname::text, c.relname::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
		WHERE c.relkind = 'r' AND c.relpersistence <> 't' AND n.nspname <> 'information_schema' AND n.nspname NOT LIKE 'pg\_%'
			AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
		ORDER BY 1, 2`)
	if err != nil {
		return nil, fmt.Errorf("listing the tables: %w", err)
	}
	names, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (pgx.Identifier, error) {
		name := make(pgx.Identifier, 2)
		return name, row.Scan(&name[0], &name[1])
	})
	if err != nil {
		return nil, fmt.Errorf("listing the tables: %w", err)
	}
	counts := map[string]int64{}
	for _, name := range names {
		var count int64
		if err := q.QueryRow(ctx, "SELECT count(*) FROM "+name.Sanitize()).Scan(&count); err != nil {
			return nil, fmt.Errorf("counting %s: %w", name.Sanitize(), err)
		}
		counts[name[0]+"."+name[1]] = count
	}
	return counts, nil
}
