package dbx

import "testing"

func TestStatementsAreNamedAsInTheirSource(t *testing.T) {
	t.Parallel()
	for sql, want := range map[string]string{
		"-- name: TaskList :many\nSELECT 1":     "TaskList",
		"\n  -- name: TaskGet :one\nSELECT 1":   "TaskGet",
		"-- name: Short":                        "Short",
		"begin":                                 "begin",
		"begin isolation level repeatable read": "begin",
		"COMMIT":                                "commit",
		"savepoint sp_1":                        "savepoint",
		"SELECT 'planted'":                      otherStatement,
		"-- a remark\nSELECT 1":                 otherStatement,
		"":                                      otherStatement,
	} {
		if got := statementName(sql); got != want {
			t.Errorf("%q is named %q, want %q", sql, got, want)
		}
	}
	if got := nameLine("-- name: TaskList :many\nSELECT 1"); got != "-- name: TaskList :many\n" {
		t.Errorf("the line is %q", got)
	}
	if got := nameLine("begin\n"); got != "" {
		t.Errorf("a statement without one has the line %q", got)
	}
}
