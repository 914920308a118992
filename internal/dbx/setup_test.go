package dbx_test

import (
	"errors"
	"testing"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/apperr"
	"github.com/aicoordination/coordinator/internal/dbx"
	"github.com/aicoordination/coordinator/internal/test/dbtest"
)

func TestMain(m *testing.M) { dbtest.Main(m) }

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// wantCode fails unless err is a refusal of the code, and returns it.
func wantCode(t *testing.T, err error, code apperr.Code) *apperr.Error {
	t.Helper()
	var e *apperr.Error
	if !errors.As(err, &e) || e.Code != code {
		t.Fatalf("the error is %v, want %s", err, code)
	}
	return e
}

// poolOf connects to the url with at most that many connections.
func poolOf(t *testing.T, url string, conns int32) *pgxpool.Pool {
	t.Helper()
	config, err := pgxpool.ParseConfig(url)
	must(t, err)
	config.MaxConns = conns
	pool, err := pgxpool.NewWithConfig(t.Context(), config)
	must(t, err)
	t.Cleanup(pool.Close)
	return pool
}

// newClient are the params of a client of a name.
func newClient(name string) db.ClientInsertParams {
	return db.ClientInsertParams{ID: uuid.Must(uuid.NewV7()), Name: name, Status: db.ClientStatusLead}
}

// count returns what a statement counts.
func count(t *testing.T, d *dbx.DB, sql string, args ...any) int {
	t.Helper()
	var n int
	must(t, d.QueryRow(t.Context(), sql, args...).Scan(&n))
	return n
}
