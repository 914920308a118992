package scale

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/aicoordination/coordinator/internal/test/dbtest"
)

// Plans returns how PostgreSQL would run the statement: for its arguments, and
// as the one plan for all arguments that a prepared statement may end up with.
func Plans(t testing.TB, pool *pgxpool.Pool, s dbtest.Statement) []string {
	t.Helper()

	conn, err := pool.Acquire(t.Context())
	if err != nil {
		t.Fatalf("taking a connection: %v", err)
	}
	defer conn.Release()

	execute := "EXPLAIN EXECUTE generic"
	if len(s.Args) > 0 {
		execute += "(" + strings.Join(slices.Repeat([]string{"NULL"}, len(s.Args)), ", ") + ")"
	}

	var plans []string

	for _, step := range []struct {
		sql       string
		args      []any
		isExplain bool
	}{
		{sql: "SET plan_cache_mode = force_generic_plan"},
		{sql: "PREPARE generic AS " + s.SQL},
		{sql: execute, isExplain: true},
		{sql: "DEALLOCATE generic"},
		{sql: "RESET plan_cache_mode"},
		{sql: "EXPLAIN " + s.SQL, args: asTexts(s.Args), isExplain: true},
	} {
		// Arrays of ids are encoded by the type that the server describes.
		mode := pgx.QueryExecModeExec
		if len(step.args) > 0 {
			mode = pgx.QueryExecModeDescribeExec
		}

		rows, err := conn.Query(t.Context(), step.sql, append([]any{mode}, step.args...)...)
		if err != nil {
			t.Fatalf("%s: %v", step.sql, err)
		}

		if !step.isExplain {
			rows.Close()

			if rows.Err() != nil {
				t.Fatalf("%s: %v", step.sql, rows.Err())
			}

			continue
		}

		lines, err := pgx.CollectRows(rows, pgx.RowTo[string])
		if err != nil {
			t.Fatalf("%s: %v", step.sql, err)
		}

		plans = append(plans, strings.Join(lines, "\n"))
	}

	return plans
}

// asTexts returns the arguments with lists of ids as lists of texts: what is
// explained is not described first, and pgx then knows no list of ids.
func asTexts(args []any) []any {
	texts := slices.Clone(args)

	for i, arg := range args {
		if ids, ok := arg.([]uuid.UUID); ok {
			list := make([]string, len(ids))
			for j, id := range ids {
				list[j] = id.String()
			}

			texts[i] = list
		}
	}

	return texts
}

// Median returns the median time that the statements take together, over so
// many rounds on a warm database.
func Median(t testing.TB, pool *pgxpool.Pool, statements []dbtest.Statement, rounds int) time.Duration {
	t.Helper()

	took := make([]time.Duration, rounds)

	for i := range took {
		start := time.Now()

		for _, s := range statements {
			drain(t.Context(), t, pool, s)
		}

		took[i] = time.Since(start)
	}

	slices.Sort(took)

	return took[rounds/2]
}

func drain(ctx context.Context, t testing.TB, pool *pgxpool.Pool, s dbtest.Statement) {
	t.Helper()

	rows, err := pool.Query(ctx, s.SQL, s.Args...)
	if err != nil {
		t.Fatalf("%s: %v", s.SQL, err)
	}

	rows.Close()

	if rows.Err() != nil {
		t.Fatalf("%s: %v", s.SQL, rows.Err())
	}
}
