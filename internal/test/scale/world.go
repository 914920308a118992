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
	for _, step := range []string{"INSERT INTO projects_to_count (project_id) SELECT id FROM projects", "SELECT projects_count(1000000)"} {
		if _, err := conn.Exec(ctx, step); err != nil {
			return fmt.Errorf("counting the tasks of projects: %w", err)
		}
	}

	// What is visible to everybody is read from an index alone only once VACUUM has said so.
	if _, err := conn.Exec(ctx, "VACUUM ANALYZE"); err != nil {
		return fmt.Errorf("analyzing the database: %w", err)
	}

	return nil
}

// Script is what makes the rows, for who keeps what it has made.
func Script() string { return worldSQL }
