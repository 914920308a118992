// Package scale makes a database of the size of a big agency, and holds every
// list, search and statistic of the API against it: how PostgreSQL would run
// them, and how long a first page takes. It is
// imported from tests and benchmarks alone.
package scale

import (
	"context"
	_ "embed"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

//go:embed world.sql
var worldSQL string

// Fill puts the given number of tasks, and of everything else in proportion,
// into the database at url, as [Load] does.
func Fill(t testing.TB, url string, tasks int) {
	t.Helper()

	if err := Load(t.Context(), url, tasks); err != nil {
		t.Fatal(err)
	}
}

// Load puts the given number of tasks, and of everything else in proportion,
// into the database at url, which is empty: 10,000 projects and 2,000 users and
// clients for a million tasks. A million takes about two minutes. The same
// number makes the same rows each time.
func Load(ctx context.Context, url string, tasks int) error {
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return fmt.Errorf("connecting to the database to fill: %w", err)
	}

	defer func() { _ = conn.Close(ctx) }()

	sql := strings.ReplaceAll(worldSQL, "$tasks$", strconv.Itoa(tasks))
	if _, err := conn.PgConn().Exec(ctx, sql).ReadAll(); err != nil {
		return fmt.Errorf("filling the database: %w", err)
	}

	// Rows that are loaded as a replica's pass the triggers by.
	for _, step := range []string{
		"INSERT INTO projects_to_count (project_id) SELECT id FROM projects", "SELECT projects_count(1000000)",
		"INSERT INTO task_texts (task_id, search) SELECT id, tasks_search(title, description) FROM tasks ORDER BY id",
	} {
		if _, err := conn.Exec(ctx, step); err != nil {
			return fmt.Errorf("doing what triggers would have done: %w", err)
		}
	}

	return settle(ctx, conn)
}

// settle has every row known as visible to everybody, without which nothing is
// read from an index alone. Autovacuum, which sees to the new rows as well, has
// VACUUM leave some out while it looks at them.
func settle(ctx context.Context, conn *pgx.Conn) error {
	const (
		tries = 20
		check = "SELECT count(*) FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND relallvisible < relpages"
	)

	for range tries {
		if _, err := conn.Exec(ctx, "VACUUM ANALYZE"); err != nil {
			return fmt.Errorf("analyzing the database: %w", err)
		}

		var unsettled int
		if err := conn.QueryRow(ctx, check).Scan(&unsettled); err != nil {
			return fmt.Errorf("asking what VACUUM has left out: %w", err)
		}

		if unsettled == 0 {
			return nil
		}

		time.Sleep(500 * time.Millisecond)
	}

	return fmt.Errorf("after %d times VACUUM still leaves rows out: another transaction on the database is open", tries)
}

// Script is what makes the rows, for who keeps what it has made.
func Script() string { return worldSQL }
