package contract_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/test/expect"
)

// bookkeeping is what a request may write although it is refused: who is
// signed in, who tried to, and that it was written down.
var bookkeeping = map[string]string{
	"sessions":       "false",
	"refresh_tokens": "false",
	"events":         "t.entity_type NOT IN ('session', 'sign_in') AND t.action <> 'api_key.used'",
}

// counted are sums over other tables, which a read may bring up to date.
var counted = []string{"project_task_counts", "projects_to_count"}

// contents is the checksum of each table, leaving out what is bookkeeping.
func contents(t testing.TB, d db.DBTX) map[string]string {
	t.Helper()
	return checksums(t, d, bookkeeping)
}

// checksums asks the database for its tables, so that a new one is watched from
// its first day. Of some tables it watches the rows of a condition alone.
func checksums(t testing.TB, d db.DBTX, conditions map[string]string) map[string]string {
	t.Helper()
	rows, err := d.Query(t.Context(), "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename")
	expect.OK(t, err)
	var selects []string
	for rows.Next() {
		var table string
		expect.OK(t, rows.Scan(&table))
		watched, ok := conditions[table]
		if !ok {
			watched = "true"
		}
		selects = append(selects, fmt.Sprintf(
			`SELECT '%[1]s', md5(coalesce(string_agg(t::text, E'\n' ORDER BY t::text), '')) FROM %[1]q t WHERE %[2]s`, table, watched))
	}
	expect.OK(t, rows.Err())
	rows.Close()
	rows, err = d.Query(t.Context(), strings.Join(selects, " UNION ALL "))
	expect.OK(t, err)
	defer rows.Close()
	sums := map[string]string{}
	for rows.Next() {
		var table, sum string
		expect.OK(t, rows.Scan(&table, &sum))
		sums[table] = sum
	}
	expect.OK(t, rows.Err())
	return sums
}

// changed names the tables whose contents differ.
func changed(before, after map[string]string) []string {
	var found []string
	for _, table := range slices.Sorted(maps.Keys(after)) {
		if before[table] != after[table] {
			found = append(found, table)
		}
	}
	return found
}
