// Package dbtest gives each test a PostgreSQL database of its own, in
// milliseconds, on one server that all test processes share.
//
// A package that uses it has
//
//	func TestMain(m *testing.M) { dbtest.Main(m) }
//
// and its tests call Pool or URL, and run in parallel. The database is a copy of
// a template that holds the migrated schema and is dropped when the test ends.
// The server is a private one, started by the first test that needs it and
// stopped after the last (see package sharedpg), unless
// COORDINATOR_TEST_DATABASE_URL names another whose user may create databases.
//
// It is imported from tests alone.
package dbtest

import (
	"context"
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/aicoordination/coordinator/internal/dbx"
	"github.com/aicoordination/coordinator/internal/test/dbtest/sharedpg"
)

// ServerVariable names the environment variable that holds the URL of a server
// to use in place of the private one.
const ServerVariable = "COORDINATOR_TEST_DATABASE_URL"

const (
	// setupLimit bounds what happens around a test, most of all the first
	// one's start of the server.
	setupLimit = 3 * time.Minute

	// closeLimit is how long the connections of a test may take to come back.
	closeLimit = 10 * time.Second
)

// shared is the one server of this process. It is global because TestMain has
// no way to hand a value to the tests.
var shared server

// Main runs the tests of a package and exits. It is the whole of TestMain.
func Main(m *testing.M) {
	sharedpg.Supervise()

	shared.allow()
	code := m.Run()

	if err := shared.close(); err != nil {
		fmt.Fprintln(os.Stderr, "dbtest:", err)

		code = max(code, 1)
	}

	os.Exit(code)
}

// Pool returns connections to a fresh database with the migrated schema, as
// the role that the service has, which does not own the schema. They
// are closed when the test ends; one that the test has not given back by then
// fails it.
func Pool(t testing.TB) *pgxpool.Pool {
	t.Helper()

	pool, err := pgxpool.New(t.Context(), URL(t))
	if err != nil {
		t.Fatalf("connecting to the test's database: %v", err)
	}

	t.Cleanup(func() {
		closed := make(chan struct{})

		go func() {
			pool.Close()
			close(closed)
		}()

		select {
		case <-closed:
		case <-time.After(closeLimit):
			t.Errorf("%d connections were not given back to the pool", pool.Stat().AcquiredConns())
		}
	})

	return pool
}

// URL returns the address of a fresh database with the migrated schema, as the
// role that the service has. The database is dropped when the test ends,
// whoever is still connected.
func URL(t testing.TB) string {
	t.Helper()

	return ApplicationURL(t, OwnerURL(t))
}

// OwnerURL is URL for the owner of the schema, who is also the server's
// superuser.
func OwnerURL(t testing.TB) string {
	t.Helper()

	return create(t, (*server).createMigrated)
}

// ApplicationURL turns what OwnerURL or EmptyURL have returned into the address
// for the role that the service has.
func ApplicationURL(t testing.TB, ownerURL string) string {
	t.Helper()

	address, err := asApplication(ownerURL)
	if err != nil {
		t.Fatalf("reading the address of the test's database: %v", err)
	}

	return address
}

// Owner returns further connections to a test's database, as the owner of its
// schema, for what the service may not do.
func Owner(t testing.TB, d *dbx.DB) *dbx.DB {
	t.Helper()

	var name string
	if err := d.QueryRow(t.Context(), "SELECT current_database()").Scan(&name); err != nil {
		t.Fatalf("asking for the test's database: %v", err)
	}

	owner, err := pgxpool.New(t.Context(), shared.urlOf(name))
	if err != nil {
		t.Fatalf("connecting to the test's database: %v", err)
	}

	t.Cleanup(owner.Close)

	return dbx.New(owner)
}

// EmptyURL is OwnerURL for tests of the migrations themselves: nothing is in
// the database.
func EmptyURL(t testing.TB) string {
	t.Helper()

	return create(t, (*server).createEmpty)
}

func create(t testing.TB, create func(*server, context.Context) (database, error)) string {
	t.Helper()

	ctx, cancel := context.WithTimeout(t.Context(), setupLimit)
	defer cancel()

	if err := shared.open(ctx); err != nil {
		t.Fatalf("starting the test server: %v", err)
	}

	created, err := create(&shared, ctx)
	if err != nil {
		t.Fatalf("creating the test's database: %v", err)
	}

	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), setupLimit)
		defer cancel()

		if err := shared.drop(ctx, created); err != nil {
			t.Errorf("dropping the test's database: %v", err)
		}
	})

	return created.url
}
