// Package scale makes a database of the size of a big agency, and holds every
// list, search and statistic of the API against it: how PostgreSQL would run
// them, and how long a first page takes. It is imported from tests alone.
package scale

import (
	_ "embed"
	"strconv"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
)

//go:embed world.sql
var worldSQL string

// Fill puts the given number of tasks, and of everything else in proportion,
// into the database at url, which is empty: 10,000 projects and 2,000 users and
// clients for a million tasks. A million takes about two minutes.
func Fill(t testing.TB, url string, tasks int) {
	t.Helper()

	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatalf("connecting to the database to fill: %v", err)
	}

	defer func() { _ = conn.Close(t.Context()) }()

	sql := strings.ReplaceAll(worldSQL, "$tasks$", strconv.Itoa(tasks))
	if _, err := conn.PgConn().Exec(t.Context(), sql).ReadAll(); err != nil {
		t.Fatalf("filling the database: %v", err)
	}

	// Rows that are loaded as a replica's pass the triggers by.
	for _, step := range []string{"INSERT INTO projects_to_count (project_id) SELECT id FROM projects", "SELECT projects_count(1000000)"} {
		if _, err := conn.Exec(t.Context(), step); err != nil {
			t.Fatalf("counting the tasks of projects: %v", err)
		}
	}

	// What is visible to everybody is read from an index alone only once VACUUM has said so.
	if _, err := conn.Exec(t.Context(), "VACUUM ANALYZE"); err != nil {
		t.Fatalf("analyzing the database: %v", err)
	}
}
