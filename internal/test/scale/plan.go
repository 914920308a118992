package scale

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/aicoordination/coordinator/internal/test/dbtest"
)

// PlanForValues begins what a list sends before statements that PostgreSQL is to
// plan for their values; see dbx.List.
const PlanForValues = "SELECT set_config('plan_cache_mode', 'force_custom_plan', true)"

// Plans returns how PostgreSQL would run the statement: for its arguments, and
// as the one plan for all arguments that a prepared statement may end up with
// unless it is planned for its values each time.
func Plans(t testing.TB, pool *pgxpool.Pool, s dbtest.Statement, forValues bool) []string {
	t.Helper()

	conn, err := pool.Acquire(t.Context())
	if err != nil {
		t.Fatalf("taking a connection: %v", err)
	}
	defer conn.Release()

	return PlansOn(t, conn.Conn(), s, forValues)
}

// PlansOn is [Plans] on a connection, which may be in a transaction.
func PlansOn(t testing.TB, conn *pgx.Conn, s dbtest.Statement, forValues bool) []string {
	t.Helper()

	execute := "EXPLAIN EXECUTE generic"
	if len(s.Args) > 0 {
		execute += "(" + strings.Join(slices.Repeat([]string{"NULL"}, len(s.Args)), ", ") + ")"
	}

	var plans []string

	type step struct {
		sql       string
		args      []any
		isExplain bool
	}

	explain := step{sql: "EXPLAIN " + s.SQL, args: asTexts(s.Args), isExplain: true}
	steps := []step{
		{sql: "SET plan_cache_mode = force_generic_plan"},
		{sql: "PREPARE generic AS " + s.SQL},
		{sql: execute, isExplain: true},
		{sql: "DEALLOCATE generic"},
		{sql: "RESET plan_cache_mode"},
		explain,
	}

	if forValues {
		steps = []step{{sql: "SET enable_seqscan = off"}, explain, {sql: "RESET enable_seqscan"}}
	}

	for _, step := range steps {
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

// Blocks runs the statement and returns how many blocks PostgreSQL has looked at
// for it, in memory or not.
func Blocks(t testing.TB, pool *pgxpool.Pool, s dbtest.Statement) int {
	t.Helper()

	var plan []struct {
		Plan struct {
			Hit  int `json:"Shared Hit Blocks"`
			Read int `json:"Shared Read Blocks"`
		} `json:"Plan"`
	}

	args := append([]any{pgx.QueryExecModeDescribeExec}, asTexts(s.Args)...)
	if err := pool.QueryRow(t.Context(), "EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) "+s.SQL, args...).Scan(&plan); err != nil {
		t.Fatalf("%s: %v", s.SQL, err)
	}

	return plan[0].Plan.Hit + plan[0].Plan.Read
}

// Times returns the median and the shortest time that the statements take, sent
// together, over so many rounds on a warm database.
func Times(t testing.TB, pool *pgxpool.Pool, statements []dbtest.Statement, rounds int) (median, fastest time.Duration) {
	t.Helper()

	took := make([]time.Duration, rounds)

	for i := range took {
		batch := &pgx.Batch{}
		for _, s := range statements {
			batch.Queue(s.SQL, s.Args...)
		}

		start := time.Now()

		if err := pool.SendBatch(t.Context(), batch).Close(); err != nil {
			t.Fatalf("sending %d statements: %v", len(statements), err)
		}

		took[i] = time.Since(start)
	}

	slices.Sort(took)

	return took[rounds/2], took[0]
}
