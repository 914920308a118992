package dbx_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/dbx"
	"github.com/aicoordination/coordinator/internal/test/dbtest"
	"github.com/aicoordination/coordinator/internal/test/expect"
)

// both runs the function as the second of two that are sent together.
func both(ctx context.Context, d *dbx.DB, fn func(q *db.Queries) error) error {
	return dbx.Together(ctx, db.New(d),
		func(q *db.Queries) error { _, err := q.Conn().Exec(ctx, "SELECT 1"); return err }, fn)
}

// A statement that was prepared before what it reads has changed fails once, as
// it does with pgx, and then it is another one.
func TestStatementsThatAreSentTogetherArePreparedAnew(t *testing.T) {
	t.Parallel()
	d := dbx.New(poolOf(t, dbtest.URL(t), 1))
	owner := dbtest.Owner(t, d)
	for _, sql := range []string{"CREATE TABLE changing (n integer)", "INSERT INTO changing VALUES (7)", "GRANT SELECT ON changing TO public"} {
		_, err := owner.Exec(t.Context(), sql)
		expect.OK(t, err)
	}
	var n any
	read := func(q *db.Queries) error {
		found, err := q.Conn().Query(t.Context(), "SELECT * FROM changing") //nolint:unqueryvet // What the star stands for is to change.
		if err != nil {
			return err
		}
		defer found.Close()
		for found.Next() {
			values, err := found.Values()
			if err != nil {
				return err
			}
			n = values[0]
		}
		return found.Err()
	}
	expect.OK(t, both(t.Context(), d, read))
	_, err := owner.Exec(t.Context(), "ALTER TABLE changing ALTER n TYPE text USING 'changed'")
	expect.OK(t, err)
	failed, ok := errors.AsType[*pgconn.PgError](both(t.Context(), d, read))
	if !ok || failed.Code != "0A000" {
		t.Errorf("the error is %v", failed)
	}
	expect.OK(t, both(t.Context(), d, read))
	if n != "changed" {
		t.Errorf("it is read as %v", n)
	}
}

// However many statements there are, a connection keeps a few hundred of them.
func TestStatementsThatAreSentTogetherAreBounded(t *testing.T) {
	t.Parallel()
	d := dbx.New(poolOf(t, dbtest.URL(t), 1))
	for i := range 1100 {
		var is int
		expect.OK(t, both(t.Context(), d, func(q *db.Queries) error {
			return q.Conn().QueryRow(t.Context(), fmt.Sprintf("SELECT %d", i)).Scan(&is)
		}))
		if is != i {
			t.Fatalf("%d is read as %d", i, is)
		}
	}
	if n := expect.Count(t, d, "SELECT count(*) FROM pg_prepared_statements WHERE name LIKE 'dbx%'"); n < 2 || n > 512 {
		t.Errorf("%d statements are kept", n)
	}
}

// An argument that cannot be sent, a wrong number of them and a statement that
// cannot be prepared are errors that tell which it was; the connection stays, and
// nothing of what was to be sent along is done.
func TestWhatCannotBeSentIsNotSent(t *testing.T) {
	t.Parallel()
	d := dbx.New(poolOf(t, dbtest.URL(t), 1))
	conn := expect.Count(t, d, "SELECT pg_backend_pid()")
	for says, fn := range map[string]func(q *db.Queries) error{
		"the arguments of other: argument 1": func(q *db.Queries) error {
			_, err := q.Conn().Exec(t.Context(), "SELECT $1::uuid", make(chan int))
			return err
		},
		"it has 1 parameters, and 0 arguments are given": func(q *db.Queries) error {
			_, err := q.Conn().Exec(t.Context(), "SELECT $1::integer")
			return err
		},
		"preparing a statement": func(q *db.Queries) error {
			_, err := q.Conn().Exec(t.Context(), "SELECT nothing_like_it")
			return err
		},
	} {
		before := expect.Count(t, d, "SELECT count(*) FROM clients")
		err := dbx.Together(t.Context(), db.New(d), inserting(t.Context(), "New"), fn)
		if err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("the error is %v, want %s", err, says)
		}
		if after := expect.Count(t, d, "SELECT count(*) FROM clients"); after != before {
			t.Errorf("%s: what it was sent with is done", says)
		}
	}
	if now := expect.Count(t, d, "SELECT pg_backend_pid()"); now != conn {
		t.Error("the connection is another one")
	}
}

// What is read of statements that were sent together is what pgx reads of each
// alone: rows, what they are made of, and what was done.
func TestResultsOfABatchAreThoseOfPgx(t *testing.T) {
	t.Parallel()
	d := dbx.New(poolOf(t, dbtest.URL(t), 2))
	type result struct {
		rows   [][]any
		tag    string
		fields []pgconn.FieldDescription
		failed string
	}
	read := func(found pgx.Rows, err error) (r result) {
		if err != nil {
			return result{failed: err.Error()}
		}
		defer found.Close()
		for found.Next() {
			r.fields = append([]pgconn.FieldDescription{}, found.FieldDescriptions()...)
			values, err := found.Values()
			expect.OK(t, err)
			r.rows = append(r.rows, values)
		}
		if err := found.Err(); err != nil {
			r.failed = err.Error()
		}
		r.tag = found.CommandTag().String()
		return r
	}
	for _, statement := range []struct {
		sql  string
		args []any
	}{
		{"SELECT 1::integer AS a, NULL::text AS b, 'x'::text AS c, now() > '2000-01-01' AS d", nil},
		{"SELECT n, n::text || $1::text, ARRAY[n], '(1,2)'::point FROM generate_series(1, 300) AS n", []any{"!"}},
		{"SELECT 'todo'::task_status, $1::integer", []any{int16(7)}},
		{"SELECT 1 WHERE false", nil},
		{"SELECT 1 / (3 - n) FROM generate_series(1, 9) AS n", nil},
		{"", nil},
		{"CREATE TEMPORARY TABLE IF NOT EXISTS here (a integer)", nil},
		{"SELECT * FROM pg_stat_activity WHERE pid = -1", nil},
	} {
		want := read(d.Pool().Query(t.Context(), statement.sql, statement.args...))
		var got result
		_ = both(t.Context(), d, func(q *db.Queries) error {
			got = read(q.Conn().Query(t.Context(), statement.sql, statement.args...))
			return nil
		})
		if diff := cmp.Diff(want, got, cmp.AllowUnexported(result{})); diff != "" {
			t.Errorf("%s is (-pgx +batch):\n%s", statement.sql, diff)
		}
	}
}

// More statements than are made room for are sent in one round trip too.
func TestManyStatementsAreSentTogether(t *testing.T) {
	t.Parallel()
	pool, sent := dbtest.Recorded(t, dbtest.URL(t))
	d := dbx.New(pool)
	const many = 20
	var read [many]int
	var functions []func(q *db.Queries) error
	for i := range many {
		functions = append(functions, func(q *db.Queries) error {
			return q.Conn().QueryRow(t.Context(), "SELECT $1::integer * 2", i).Scan(&read[i])
		})
	}
	statements := sent.During(func() {
		expect.OK(t, dbx.WithTx(t.Context(), d, func(q *db.Queries) error { return dbx.Conclude(t.Context(), q, functions...) }))
	})
	if len(statements) != many+2 || sent.RoundTrips() != 1 {
		t.Errorf("%d statements in %d round trips", len(statements), sent.RoundTrips())
	}
	for i, n := range read {
		if n != 2*i {
			t.Errorf("the statement %d brings %d", i, n)
		}
	}
}

// Rows that somebody keeps beyond their turn have ended, and are nobody else's.
func TestRowsOfABatchEndWhereTheNextResultBegins(t *testing.T) {
	t.Parallel()
	d := dbx.New(poolOf(t, dbtest.URL(t), 1))
	var kept pgx.Rows
	expect.OK(t, dbx.Together(t.Context(), db.New(d),
		func(q *db.Queries) (err error) {
			kept, err = q.Conn().Query(t.Context(), "SELECT 1 FROM generate_series(1, 5)") //nolint:sqlclosecheck // That they end by themselves is what is tested.
			if err == nil && !kept.Next() {
				t.Error("there are no rows")
			}
			return err
		},
		func(q *db.Queries) error {
			var n int
			return q.Conn().QueryRow(t.Context(), "SELECT 2").Scan(&n)
		},
	))
	if kept.Next() || kept.Err() != nil {
		t.Errorf("the rows go on: %v", kept.Err())
	}
	expect.OK(t, d.Ping(t.Context()))
}
