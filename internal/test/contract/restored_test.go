package contract_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/aicoordination/coordinator/internal/dbx"
	"github.com/aicoordination/coordinator/internal/test/apitest"
	"github.com/aicoordination/coordinator/internal/test/dbtest"
	"github.com/aicoordination/coordinator/internal/test/expect"
)

// snapshot is what a database holds at one moment, and brings it back to that:
// a request that changes something needs no database of its own then. Copying
// back the few tables that a request changes takes a tenth of making a world.
type snapshot struct {
	owner *dbx.DB
	// columns are those of each table that can be written.
	columns map[string]string
	sums    map[string]string
}

// restored is a world for one test after the other, each of which finds it as it was made.
type restored struct {
	w     *world
	fresh *snapshot
}

func newRestored(t *testing.T) *restored {
	t.Helper()
	w := newWorld(t, nil)
	return &restored{w: w, fresh: takeSnapshot(t, w.DB)}
}

// in returns the world; another one where it takes a server of its own.
func (r *restored) in(t *testing.T, opts *apitest.Options) *world {
	t.Helper()
	if opts != nil {
		return newWorld(t, opts)
	}
	r.fresh.restore(t, r.w.DB)
	return r.w
}

// takeSnapshot copies every table of the service beside it.
func takeSnapshot(t testing.TB, d *dbx.DB) *snapshot {
	t.Helper()
	s := &snapshot{owner: dbtest.Owner(t, d), columns: map[string]string{}}
	rows, err := s.owner.Query(t.Context(), `
		SELECT table_name::text, string_agg(quote_ident(column_name), ', ' ORDER BY ordinal_position)
		FROM information_schema.columns JOIN information_schema.tables USING (table_schema, table_name)
		WHERE table_schema = 'public' AND table_type = 'BASE TABLE' AND is_generated = 'NEVER'
		GROUP BY table_name`)
	expect.OK(t, err)
	var name, columns string
	_, err = pgx.ForEachRow(rows, []any{&name, &columns}, func() error {
		s.columns[name] = columns
		return nil
	})
	expect.OK(t, err)
	copies := []string{"CREATE SCHEMA snapshot"}
	for _, table := range slices.Sorted(maps.Keys(s.columns)) {
		copies = append(copies, fmt.Sprintf("CREATE UNLOGGED TABLE snapshot.%[1]q AS SELECT %[2]s FROM public.%[1]q", table, s.columns[table]))
	}
	s.exec(t, copies)
	s.sums = checksums(t, d, nil)
	return s
}

// restore brings back what the snapshot holds. Triggers and foreign keys are
// off meanwhile, since all of it has stood like this before.
func (s *snapshot) restore(t testing.TB, d *dbx.DB) {
	t.Helper()
	var back []string
	for _, table := range changed(s.sums, checksums(t, d, nil)) {
		back = append(back, fmt.Sprintf("DELETE FROM public.%[1]q; INSERT INTO public.%[1]q (%[2]s) OVERRIDING SYSTEM VALUE SELECT %[2]s FROM snapshot.%[1]q", table, s.columns[table]))
	}
	if len(back) == 0 {
		return
	}
	s.exec(t, slices.Concat([]string{"BEGIN", "SET LOCAL session_replication_role = replica"}, back, []string{"COMMIT"}))
	if left := changed(s.sums, checksums(t, d, nil)); len(left) > 0 {
		t.Fatalf("%v is not what it was before", left)
	}
}

func (s *snapshot) exec(t testing.TB, statements []string) {
	t.Helper()
	_, err := s.owner.Exec(t.Context(), strings.Join(statements, "; "))
	expect.OK(t, err)
}
