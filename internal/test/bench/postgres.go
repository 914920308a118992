package bench

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/aicoordination/coordinator/internal/localpg"
)

// Settings are PostgreSQL's beside those of a private server, the same for the
// floor and the service. Commits reach the disk, as they do where data matters.
// Autovacuum and checkpoints are kept out of the windows: [Postgres.Settle] does
// their work between them.
var Settings = map[string]string{
	"shared_buffers":       "1GB",
	"effective_cache_size": "3GB",
	"work_mem":             "8MB",
	"maintenance_work_mem": "256MB",
	"synchronous_commit":   "on",
	"fsync":                "on",
	"full_page_writes":     "on",
	"wal_level":            "replica",
	"wal_buffers":          "16MB",
	"max_wal_size":         "2GB",
	"checkpoint_timeout":   "1h",
	"autovacuum":           "off",
	"max_connections":      "200",
}

// logDirectory holds the log in which a [Sampler] reads what was sent.
const logDirectory = "statements"

// Postgres is a private server that answers over TCP on a loopback address of
// its own, for which it asks the application's role for a password.
type Postgres struct {
	// Dir is where its cluster lives.
	Dir string
	// Version is the server's, such as 17.2.
	Version string
	// Settings are those that it was started with.
	Settings map[string]string

	server   *localpg.Server
	host     string
	password string
}

// StartPostgres starts a server on the directory, with further settings that
// win over [Settings]. It stops with this process, or by Stop.
func StartPostgres(ctx context.Context, dir string, further map[string]string, log *slog.Logger) (*Postgres, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, fmt.Errorf("finding the directory of the data: %w", err)
	}
	p := &Postgres{Dir: dir, Settings: maps.Clone(Settings), password: rand.Text()}
	maps.Copy(p.Settings, further)

	// The socket's name holds the port, which is therefore everybody's; all of
	// 127.0.0.0/8 is this machine, so that the address tells servers apart.
	random := make([]byte, 3)
	if _, err := rand.Read(random); err != nil {
		return nil, fmt.Errorf("choosing an address: %w", err)
	}
	p.host = fmt.Sprintf("127.%d.%d.%d", 1+random[0]%250, random[1], 1+random[2]%250)

	// PostgreSQL, run by root, runs as somebody else, who has to pass through.
	if err := os.MkdirAll(dir, 0o711); err != nil {
		return nil, fmt.Errorf("making the directory of the data: %w", err)
	}
	access := filepath.Join(dir, "pg_hba.conf")
	if err := os.WriteFile(access, []byte("local all all trust\nlocal replication all trust\nhost all coordinator 127.0.0.0/8 scram-sha-256\n"), 0o644); err != nil {
		return nil, fmt.Errorf("writing who may connect: %w", err)
	}
	started := maps.Clone(p.Settings)
	maps.Copy(started, map[string]string{
		"listen_addresses": p.host, "hba_file": access, "ssl": "off",
		"logging_collector": "on", "log_destination": "jsonlog", "log_directory": logDirectory,
		"log_filename": "server.log", "log_rotation_age": "0", "log_rotation_size": "0", "log_checkpoints": "off",
	})
	p.server, err = localpg.Start(ctx, localpg.Options{DataDir: dir, Settings: started, Logger: log})
	if err != nil {
		return nil, fmt.Errorf("starting PostgreSQL in %s, which BENCH_DIR says: %w", dir, err)
	}
	p.Version = p.server.Version()
	if err := p.Execute(ctx, "postgres", "ALTER ROLE coordinator PASSWORD '"+p.password+"'"); err != nil {
		return nil, errors.Join(err, p.Stop(context.WithoutCancel(ctx)))
	}
	return p, nil
}

// Stop stops the server.
func (p *Postgres) Stop(ctx context.Context) error { return p.server.Stop(ctx) }

// OwnerURL is the address of a database as the superuser, over the socket.
func (p *Postgres) OwnerURL(database string) string {
	address, err := url.Parse(p.server.URL())
	if err != nil {
		panic(err) // localpg has made it
	}
	address.Path = "/" + database
	return address.String()
}

// URL is the address of a database as the application, over TCP.
func (p *Postgres) URL(database string) string {
	address := url.URL{
		Scheme: "postgres", User: url.UserPassword("coordinator", p.password), Host: p.host + ":5432",
		Path: "/" + database, RawQuery: "sslmode=disable",
	}
	return address.String()
}

// PID is the process id of the postmaster, whose children are all the others.
func (p *Postgres) PID() (int, error) {
	clusters, err := filepath.Glob(filepath.Join(p.Dir, "postgresql", "*", "postmaster.pid"))
	if err != nil || len(clusters) != 1 {
		return 0, fmt.Errorf("there are %d servers in %s, want one: %w", len(clusters), p.Dir, err)
	}
	content, err := os.ReadFile(clusters[0])
	if err != nil {
		return 0, fmt.Errorf("reading PostgreSQL's process id: %w", err)
	}
	first, _, _ := strings.Cut(string(content), "\n")
	return parseInt(first)
}

// logFile is where the statements are that a [Sampler] has logged.
func (p *Postgres) logFile() (string, error) {
	logs, err := filepath.Glob(filepath.Join(p.Dir, "postgresql", "*", logDirectory, "server.json"))
	if err != nil || len(logs) != 1 {
		return "", fmt.Errorf("there are %d logs in %s, want one: %w", len(logs), p.Dir, err)
	}
	return logs[0], nil
}

// Connect connects to a database as the superuser.
func (p *Postgres) Connect(ctx context.Context, database string) (*pgx.Conn, error) {
	conn, err := pgx.Connect(ctx, p.OwnerURL(database))
	if err != nil {
		return nil, fmt.Errorf("connecting to %s: %w", database, err)
	}
	return conn, nil
}

// Execute runs statements in a database as the superuser, each on its own.
func (p *Postgres) Execute(ctx context.Context, database string, statements ...string) error {
	conn, err := p.Connect(ctx, database)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	for _, statement := range statements {
		if _, err := conn.Exec(ctx, statement); err != nil {
			return fmt.Errorf("%s: %w", statement, err)
		}
	}
	return nil
}

// Settle does what autovacuum and the checkpointer would do amid a window: it
// removes dead rows, flushes the pending lists of GIN indexes, and writes what
// is dirty. The tables are those that were written to.
func (p *Postgres) Settle(ctx context.Context, database string, tables ...string) error {
	conn, err := p.Connect(ctx, database)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	for _, table := range tables {
		if _, err := conn.Exec(ctx, "VACUUM "+pgx.Identifier{table}.Sanitize()); err != nil {
			return fmt.Errorf("vacuuming %s: %w", table, err)
		}
	}
	const flush = `SELECT gin_clean_pending_list(c.oid) FROM pg_class c JOIN pg_am a ON a.oid = c.relam JOIN pg_index i ON i.indexrelid = c.oid
		JOIN pg_class t ON t.oid = i.indrelid WHERE a.amname = 'gin' AND t.relname = ANY($1)`
	if _, err := conn.Exec(ctx, flush, tables); err != nil {
		return fmt.Errorf("flushing the pending lists: %w", err)
	}
	if _, err := conn.Exec(ctx, "CHECKPOINT"); err != nil {
		return fmt.Errorf("writing a checkpoint: %w", err)
	}
	return nil
}

// Warm reads every table and index of the database into memory, and returns
// how: by pg_prewarm, or where the extension is not there by reading the tables.
func (p *Postgres) Warm(ctx context.Context, database string) (string, error) {
	const relations = ` FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = 'public' AND c.relkind = ANY($1)`
	conn, err := p.Connect(ctx, database)
	if err != nil {
		return "", err
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	if _, err := conn.Exec(ctx, "CREATE EXTENSION IF NOT EXISTS pg_prewarm"); err == nil {
		_, err := conn.Exec(ctx, "SELECT pg_prewarm(c.oid)"+relations+" ORDER BY c.relkind DESC", []string{"r", "i", "m"})
		return "pg_prewarm", err
	}
	rows, err := conn.Query(ctx, "SELECT c.relname"+relations, []string{"r"})
	if err != nil {
		return "", fmt.Errorf("listing the tables: %w", err)
	}
	tables, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return "", fmt.Errorf("listing the tables: %w", err)
	}
	for _, table := range slices.Sorted(slices.Values(tables)) {
		if _, err := conn.Exec(ctx, "SELECT count(*) FROM "+pgx.Identifier{table}.Sanitize()); err != nil {
			return "", fmt.Errorf("reading %s: %w", table, err)
		}
	}
	return "reading every table", nil
}
