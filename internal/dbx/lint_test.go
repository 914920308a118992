package dbx_test

import (
	"context"
	"fmt"
	"io/fs"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
)

// lintedAfter is the version after which migrations are held to the rules: those
// up to it were made before the first release, so that no database with rows and
// callers has ever met them.
const lintedAfter = 20

// migrationFile is the part of a migration that is applied.
type migrationFile struct {
	inTransaction bool
	statements    []string
}

// parseMigration reads what goose makes of a file.
func parseMigration(text string) migrationFile {
	up, _, _ := strings.Cut(text, "-- +goose Down")
	m := migrationFile{inTransaction: !strings.Contains(text, "-- +goose NO TRANSACTION")}
	var statement []string
	whole := false
	end := func() {
		if joined := strings.TrimSpace(strings.Join(statement, "\n")); joined != "" {
			m.statements = append(m.statements, joined)
		}
		statement = nil
	}
	for line := range strings.Lines(up) {
		line = strings.TrimRight(line, "\n")
		switch trimmed := strings.TrimSpace(line); {
		case trimmed == "-- +goose StatementBegin":
			whole = true
		case trimmed == "-- +goose StatementEnd":
			whole = false
			end()
		case strings.HasPrefix(trimmed, "--"):
		default:
			statement = append(statement, line)
			if code, _, _ := strings.Cut(trimmed, " --"); !whole && strings.HasSuffix(strings.TrimSpace(code), ";") {
				end()
			}
		}
	}
	return m
}

var (
	concurrently = regexp.MustCompile(`(?is)^\s*(CREATE|DROP|REINDEX)\b.*?\bCONCURRENTLY\b`)
	// A block that commits as it goes keeps nothing locked from one part to the next.
	commits      = regexp.MustCompile(`(?is)^\s*DO\b.*\bLOOP\b.*\bCOMMIT;\s*END LOOP`)
	createsIndex = regexp.MustCompile(`(?is)^\s*CREATE\s+(?:UNIQUE\s+)?INDEX\s+CONCURRENTLY\s+(\w+)`)
	locksTable   = regexp.MustCompile(`(?is)^\s*LOCK\b`)
	setsATimeout = regexp.MustCompile(`(?is)\b(lock|statement)_timeout\b`)
	strongLocks  = "'ShareLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock'"
	filenodes    = `SELECT c.oid::bigint, c.relfilenode::bigint, c.oid::regclass::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = 'public' AND c.relkind IN ('r', 'm') AND c.relname NOT LIKE 'goose%'`
	lockedTables = `SELECT c.relname || ' (' || string_agg(DISTINCT l.mode, ', ') || ')' FROM pg_locks l JOIN pg_class c ON c.oid = l.relation WHERE l.pid = pg_backend_pid() AND l.granted AND c.relkind = 'r' AND c.oid::bigint = ANY($1) AND l.mode IN (` + strongLocks + `) GROUP BY c.relname ORDER BY 1`
	// PostgreSQL counts until it has the time to add up, also over several
	// transactions.
	scansSoFar = `SELECT relname || ':' || coalesce(seq_scan, 0) + coalesce(idx_scan, 0) FROM pg_stat_xact_user_tables WHERE relid::bigint = ANY($1) ORDER BY 1`
)

// findings applies the migration and returns what would stop a service that runs
// meanwhile, or slow it down for as long as a table is big:
//
//   - a table that was there is written anew;
//   - a table that was there is locked against writes or reads in a transaction
//     that also goes through the rows of one;
//   - an index is built in a way that cannot be repeated when it was broken off;
//   - the migration waits for locks by a rule of its own.
func findings(t *testing.T, conn *pgx.Conn, m migrationFile) []string {
	t.Helper()
	var found []string
	before := nodes(t, conn)
	oids := make([]int64, 0, len(before))
	for oid := range before {
		oids = append(oids, oid)
	}
	for i, statement := range m.statements {
		if setsATimeout.MatchString(statement) {
			found = append(found, "sets a timeout, which Migrate does for all of them")
		}
		if locksTable.MatchString(statement) {
			found = append(found, "locks a table by LOCK")
		}
		if name := createsIndex.FindStringSubmatch(statement); name != nil {
			undo := regexp.MustCompile(`(?i)^\s*DROP\s+INDEX\s+CONCURRENTLY\s+IF\s+EXISTS\s+` + name[1] + `\s*;?$`)
			if i == 0 || !undo.MatchString(m.statements[i-1]) {
				found = append(found, "builds "+name[1]+" without DROP INDEX CONCURRENTLY IF EXISTS before it: what is left of an attempt that was broken off is in its way")
			}
		}
	}
	transactions := [][]string{m.statements}
	if !m.inTransaction {
		transactions = nil
		for _, statement := range m.statements {
			transactions = append(transactions, []string{statement})
		}
	}
	for _, statements := range transactions {
		if len(statements) == 1 && (concurrently.MatchString(statements[0]) || !m.inTransaction && commits.MatchString(statements[0])) {
			if _, err := conn.Exec(t.Context(), statements[0]); err != nil {
				t.Fatalf("%s: %v", statements[0], err)
			}
			continue
		}
		err := pgx.BeginFunc(t.Context(), conn, func(tx pgx.Tx) error {
			scansBefore := texts(t, tx, scansSoFar, oids)
			for _, statement := range statements {
				if _, err := tx.Exec(t.Context(), statement); err != nil {
					return fmt.Errorf("%s: %w", statement, err)
				}
			}
			locked := texts(t, tx, lockedTables, oids)
			var scanned []string
			for _, scans := range texts(t, tx, scansSoFar, oids) {
				if !slices.Contains(scansBefore, scans) && !strings.HasSuffix(scans, ":0") {
					table, _, _ := strings.Cut(scans, ":")
					scanned = append(scanned, table)
				}
			}
			if len(locked) > 0 && len(scanned) > 0 {
				found = append(found, fmt.Sprintf("goes through the rows of %s while it keeps others from %s", strings.Join(scanned, ", "), strings.Join(locked, ", ")))
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	for oid, node := range nodes(t, conn) {
		if was, ok := before[oid]; ok && was.number != node.number {
			found = append(found, "writes "+node.name+" anew")
		}
	}
	slices.Sort(found)
	return found
}

type filenode struct {
	number int64
	name   string
}

func nodes(t *testing.T, conn *pgx.Conn) map[int64]filenode {
	t.Helper()
	rows, err := conn.Query(t.Context(), filenodes)
	if err != nil {
		t.Fatal(err)
	}
	found := map[int64]filenode{}
	var oid int64
	var node filenode
	if _, err := pgx.ForEachRow(rows, []any{&oid, &node.number, &node.name}, func() error { found[oid] = node; return nil }); err != nil {
		t.Fatal(err)
	}
	return found
}

func texts(t *testing.T, tx pgx.Tx, sql string, args ...any) []string {
	t.Helper()
	rows, err := tx.Query(t.Context(), sql, args...)
	if err != nil {
		t.Fatal(err)
	}
	found, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// baseline is a database at the version after which migrations are linted, with
// rows in the tables that grow.
func baseline(t *testing.T, url string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	through := stdlib.OpenDB(*conn.Config())
	defer through.Close()
	provider, err := goose.NewProvider(goose.DialectPostgres, through, migrationsUpTo(t, lintedAfter))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := provider.Up(t.Context()); err != nil {
		t.Fatal(err)
	}
	_, err = conn.Exec(t.Context(), `
		INSERT INTO users (id, email, name, role) SELECT gen_random_uuid(), 'user' || i || '@agency.example', 'User ' || i, 'user' FROM generate_series(1, 20) i;
		INSERT INTO clients (id, name) SELECT gen_random_uuid(), 'Client ' || i FROM generate_series(1, 20) i;
		INSERT INTO projects (id, name, client_id) SELECT gen_random_uuid(), 'Project ' || row_number() OVER (), c.id FROM clients c;
		INSERT INTO project_members (project_id, user_id, role) SELECT p.id, u.id, 'contributor' FROM projects p, users u;
		INSERT INTO tasks (id, project_id, title) SELECT gen_random_uuid(), p.id, 'Task ' || i FROM projects p, generate_series(1, 20) i;
		INSERT INTO events (credential, entity_type, entity_id, action, changes) SELECT 'system', 'task', t.id, 'task.created', '{}' FROM tasks t`)
	if err != nil {
		t.Fatal(err)
	}
	return conn
}

// migrationVersion is the number that a migration's file begins with.
func migrationVersion(t *testing.T, name string) int {
	t.Helper()
	number, _, _ := strings.Cut(name, "_")
	version, err := strconv.Atoi(number)
	if err != nil {
		t.Fatal(err)
	}
	return version
}

// without hides files.
type without struct {
	fs.FS
	hidden func(name string) bool
}

// Glob is how goose finds the files.
func (w without) Glob(pattern string) ([]string, error) {
	names, err := fs.Glob(w.FS, pattern)
	return slices.DeleteFunc(names, w.hidden), err
}
