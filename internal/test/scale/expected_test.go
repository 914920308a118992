package scale_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/aicoordination/coordinator/internal/test/dbtest"
	"github.com/aicoordination/coordinator/internal/test/expect"
)

// holdExpectations holds how many rows PostgreSQL expects of the lists of a board
// against how many there are: totals that are too dear to count are told by that.
// Without the statistics of status and priority together, it has no idea.
func (w *world) holdExpectations(t *testing.T, owner string) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), owner)
	expect.OK(t, err)
	defer func() { _ = conn.Close(t.Context()) }()
	if off := w.misjudged(t, conn); len(off) > 0 {
		t.Errorf("PostgreSQL does not know how many rows there are: %v", off)
	}
	err = pgx.BeginFunc(t.Context(), conn, func(tx pgx.Tx) error {
		if _, err := tx.Exec(t.Context(), "DROP STATISTICS tasks_standing_stats"); err != nil {
			return err
		}
		if off := w.misjudged(t, conn); len(off) == 0 {
			t.Error("PostgreSQL knows as well without the statistics")
		}
		return errUndone
	})
	if !errors.Is(err, errUndone) {
		t.Fatal(err)
	}
}

// misjudged are the lists of which PostgreSQL expects less than two thirds or more
// than one and a half times of the rows, by more than a hundred.
func (w *world) misjudged(t *testing.T, conn *pgx.Conn) []string {
	t.Helper()
	var found []string
	for _, status := range []string{"todo", "in_progress", "in_review", "blocked", "backlog"} {
		for _, priority := range []string{"medium", "high", "urgent"} {
			path := "/api/v1/tasks?status=" + status + "&priority=" + priority + "&sort=due_date"
			s, _ := w.statementOf(t, guard{path: path, as: "admin", statement: "TaskList"})
			var there int
			expect.OK(t, conn.QueryRow(t.Context(), "SELECT count(*) FROM tasks WHERE deleted_at IS NULL AND status::text = $1 AND priority::text = $2", status, priority).Scan(&there))
			if expected := expectedOf(t, conn, s); expected*3 < there*2-300 || expected*2 > there*3+200 {
				found = append(found, fmt.Sprintf("%s: %d of %d", path, expected, there))
			}
		}
	}
	return found
}

// expectedOf is how many rows PostgreSQL expects below the LIMIT of a statement.
func expectedOf(t *testing.T, conn *pgx.Conn, s dbtest.Statement) int {
	t.Helper()
	type node struct {
		Type  string  `json:"Node Type"`
		As    string  `json:"Parent Relationship"`
		Rows  float64 `json:"Plan Rows"`
		Plans []node  `json:"Plans"`
	}
	var plans []struct {
		Plan node `json:"Plan"`
	}
	var text []byte
	args := append([]any{pgx.QueryExecModeDescribeExec}, s.Args...)
	expect.OK(t, conn.QueryRow(t.Context(), "EXPLAIN (FORMAT JSON) "+s.SQL, args...).Scan(&text))
	expect.OK(t, json.Unmarshal(text, &plans))
	for _, below := range plans[0].Plan.Plans {
		if plans[0].Plan.Type == "Limit" && below.As == "Outer" {
			return int(below.Rows)
		}
	}
	t.Fatalf("the statement has no LIMIT: %s", text)
	return 0
}
