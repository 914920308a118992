package dbx_test

import (
	"context"
	"errors"
	"net"
	neturl "net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/apperr"
	"github.com/aicoordination/coordinator/internal/dbx"
	"github.com/aicoordination/coordinator/internal/page"
	"github.com/aicoordination/coordinator/internal/test/dbtest"
	"github.com/aicoordination/coordinator/internal/test/expect"
	"github.com/aicoordination/coordinator/internal/test/factory"
)

// A renamed constraint would silently become an internal error.
func TestEveryTranslatedConstraintExists(t *testing.T) {
	t.Parallel()
	d := dbx.New(dbtest.Pool(t))
	for _, name := range dbx.ConstraintNames() {
		if expect.Count(t, d, "SELECT (SELECT count(*) FROM pg_constraint WHERE conname = $1) + (SELECT count(*) FROM pg_indexes WHERE indexname = $1 AND schemaname = 'public')", name) == 0 {
			t.Errorf("no table has %s", name)
		}
	}
}

func TestBrokenConstraints(t *testing.T) {
	t.Parallel()
	d := dbx.New(dbtest.Pool(t))

	t.Run("AddressIsTakenInAnyCase", func(t *testing.T) {
		t.Parallel()
		factory.User(t, d, &factory.UserOpts{Email: "ana@agency.example"})
		_, err := db.New(d).UserInsert(t.Context(), db.UserInsertParams{Kind: "human", Role: "user", Email: "Ana@Agency.Example", Name: "Ana"})
		e := expect.Code(t, err, apperr.AlreadyExists)
		want := []apperr.Field{{Pointer: "/email", Code: "taken", Detail: "This e-mail address is taken."}}
		if diff := cmp.Diff(want, e.Fields); diff != "" {
			t.Error(diff)
		}
	})

	t.Run("DeletedAccountHoldsNoAddress", func(t *testing.T) {
		t.Parallel()
		deleted := factory.User(t, d, &factory.UserOpts{Email: "ben@agency.example"}).ID
		_, err := d.Exec(t.Context(), "UPDATE users SET deleted_at = now(), deletion_id = id WHERE id = $1", deleted)
		expect.OK(t, err)
		factory.User(t, d, &factory.UserOpts{Email: "ben@agency.example"})
	})

	t.Run("OthersPassThrough", func(t *testing.T) {
		t.Parallel()
		_, err := db.New(d).ClientInsert(t.Context(), newClient(""))
		var broken *pgconn.PgError
		var refusal *apperr.Error
		if !errors.As(err, &broken) || broken.ConstraintName != "clients_name_length" || errors.As(err, &refusal) {
			t.Errorf("the error is %v", err)
		}
	})
}

// every runs each way to the database.
func every(ctx context.Context, d *dbx.DB) map[string]error {
	_, execErr := d.Exec(ctx, "SELECT 1")
	rows, queryErr := d.Query(ctx, "SELECT 1")
	if queryErr == nil {
		rows.Close()
	}
	var one int
	list, listErr := dbx.NewList(d, nil, "", page.First(1))
	if listErr == nil {
		_, listErr = db.New(list).ClientList(ctx, db.ClientListParams{SeesAll: true, RowLimit: list.Limit()})
	}
	return map[string]error{
		"Exec":     execErr,
		"Query":    queryErr,
		"QueryRow": d.QueryRow(ctx, "SELECT 1").Scan(&one),
		"Ping":     d.Ping(ctx),
		"Check":    dbx.CheckMigrated(ctx, d),
		"WithTx":   dbx.WithTx(ctx, d, func(*db.Queries) error { return nil }),
		"List":     listErr,
	}
}

func TestUnavailable(t *testing.T) {
	t.Parallel()

	t.Run("PoolIsExhausted", func(t *testing.T) {
		t.Parallel()
		pool := poolOf(t, dbtest.URL(t), 1)
		d := dbx.New(pool)
		held, err := pool.Acquire(t.Context())
		expect.OK(t, err)
		begin := time.Now()
		ways := every(t.Context(), d)
		average := time.Since(begin) / time.Duration(len(ways))
		for name, err := range ways {
			if !apperr.Is(err, apperr.Unavailable) {
				t.Errorf("%s gives %v", name, err)
			}
		}
		if average < 100*time.Millisecond || average > time.Second {
			t.Errorf("it is found out after %v", average)
		}
		held.Release()
		for name, err := range every(t.Context(), d) {
			if err != nil {
				t.Errorf("with a free connection %s gives %v", name, err)
			}
		}
	})

	t.Run("NobodyListens", func(t *testing.T) {
		t.Parallel()
		listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
		expect.OK(t, err)
		url := "postgres://nobody:hunter2@" + listener.Addr().String() + "/none"
		expect.OK(t, listener.Close())
		d := dbx.New(poolOf(t, url, 1))
		for name, err := range every(t.Context(), d) {
			if !apperr.Is(err, apperr.Unavailable) {
				t.Errorf("%s gives %v", name, err)
			}
		}
		if _, err := dbx.Open(t.Context(), url, 1); err == nil || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("Open gives %v", err)
		}
	})

	t.Run("ConnectionsAreCut", func(t *testing.T) {
		t.Parallel()
		url := dbtest.URL(t)
		d, other := dbx.New(poolOf(t, url, 1)), dbx.New(poolOf(t, url, 1))
		cut := func() {
			_, err := other.Exec(t.Context(), "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()")
			expect.OK(t, err)
		}
		err := dbx.WithTx(t.Context(), d, func(q *db.Queries) error {
			cut()
			_, err := q.ClientInsert(t.Context(), newClient("Lost"))
			return err
		})
		if !apperr.Is(err, apperr.Unavailable) {
			t.Errorf("in the middle of a transaction it is %v", err)
		}
		// The pool makes a new connection.
		for name, err := range every(t.Context(), d) {
			if err != nil {
				t.Errorf("afterwards %s gives %v", name, err)
			}
		}
		if got := expect.Count(t, d, "SELECT count(*) FROM clients"); got != 0 {
			t.Errorf("there are %d clients", got)
		}
	})

	t.Run("CallerWhoIsGoneIsNoFaultOfTheDatabase", func(t *testing.T) {
		t.Parallel()
		d := dbx.New(dbtest.Pool(t))
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		for name, err := range every(ctx, d) {
			if !errors.Is(err, context.Canceled) || apperr.Is(err, apperr.Unavailable) {
				t.Errorf("%s gives %v", name, err)
			}
		}
	})
}

func TestOpen(t *testing.T) {
	t.Parallel()
	url := dbtest.URL(t)

	t.Run("SpeaksUTCAndSaysItsName", func(t *testing.T) {
		t.Parallel()
		d, err := dbx.Open(t.Context(), url, 0)
		expect.OK(t, err)
		defer d.Close()
		var zone, name string
		expect.OK(t, d.QueryRow(t.Context(), "SELECT current_setting('timezone'), current_setting('application_name')").Scan(&zone, &name))
		if zone != "UTC" || name != "coordinator" {
			t.Errorf("the zone is %s, the name %s", zone, name)
		}
		if version, err := d.ServerVersion(t.Context()); err != nil || version == "" {
			t.Errorf("the server's version is %q, %v", version, err)
		}
	})

	t.Run("NameOfTheAddressHolds", func(t *testing.T) {
		t.Parallel()
		address, err := neturl.Parse(url)
		expect.OK(t, err)
		query := address.Query()
		query.Set("application_name", "mine")
		address.RawQuery = query.Encode()
		d, err := dbx.Open(t.Context(), address.String(), 1)
		expect.OK(t, err)
		defer d.Close()
		var name string
		expect.OK(t, d.QueryRow(t.Context(), "SELECT current_setting('application_name')").Scan(&name))
		if name != "mine" {
			t.Errorf("the name is %s", name)
		}
	})

	t.Run("AddressThatIsNoneIsAMistake", func(t *testing.T) {
		t.Parallel()
		if _, err := dbx.Open(t.Context(), "postgres://%zz", 1); err == nil || apperr.Is(err, apperr.Unavailable) {
			t.Errorf("the error is %v", err)
		}
	})
}
