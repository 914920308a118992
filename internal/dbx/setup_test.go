package dbx_test

import (
	"testing"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/test/dbtest"
	"github.com/aicoordination/coordinator/internal/test/expect"
)

func TestMain(m *testing.M) { dbtest.Main(m) }

// poolOf connects to the url with at most that many connections.
func poolOf(t *testing.T, url string, conns int32) *pgxpool.Pool {
	t.Helper()
	config, err := pgxpool.ParseConfig(url)
	expect.OK(t, err)
	config.MaxConns = conns
	pool, err := pgxpool.NewWithConfig(t.Context(), config)
	expect.OK(t, err)
	t.Cleanup(pool.Close)
	return pool
}

// newClient are the params of a client of a name.
func newClient(name string) db.ClientInsertParams {
	return db.ClientInsertParams{ID: uuid.Must(uuid.NewV7()), Name: name, Status: db.ClientStatusLead}
}
