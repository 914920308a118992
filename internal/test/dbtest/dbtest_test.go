package dbtest_test

import (
	"errors"
	"testing"
	"testing/fstest"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/aicoordination/coordinator/internal/dbx"
	"github.com/aicoordination/coordinator/internal/test/dbtest"
)

func TestMain(m *testing.M) { dbtest.Main(m) }

func TestPool(t *testing.T) {
	t.Parallel()

	t.Run("SchemaIsTheNewest", func(t *testing.T) {
		t.Parallel()

		if err := dbx.CheckMigrated(t.Context(), dbx.New(dbtest.Pool(t))); err != nil {
			t.Error(err)
		}
	})

	t.Run("TestsDoNotSeeEachOther", func(t *testing.T) {
		t.Parallel()

		for range 4 {
			t.Run("", func(t *testing.T) {
				t.Parallel()

				if _, err := dbtest.Owner(t, dbx.New(dbtest.Pool(t))).Exec(t.Context(), "CREATE TABLE mine ()"); err != nil {
					t.Error(err)
				}
			})
		}
	})

	t.Run("OneTestMayHaveSeveral", func(t *testing.T) {
		t.Parallel()

		if first, second := dbtest.URL(t), dbtest.URL(t); first == second {
			t.Errorf("both are %s", first)
		}
	})
}

func TestURL(t *testing.T) {
	t.Parallel()

	t.Run("DatabaseGoesWithItsTest", func(t *testing.T) {
		t.Parallel()

		var url string

		t.Run("User", func(t *testing.T) {
			url = dbtest.URL(t)

			// Left open: a test that forgets a connection leaves no database.
			if _, err := pgx.Connect(t.Context(), url); err != nil {
				t.Fatal(err)
			}
		})

		_, err := pgx.Connect(t.Context(), url)

		var missing *pgconn.PgError
		if !errors.As(err, &missing) || missing.Code != "3D000" { // invalid_catalog_name
			t.Errorf("connecting after the test gives %v", err)
		}
	})

	t.Run("CopyingTakesMilliseconds", func(t *testing.T) {
		t.Parallel()

		const count = 20

		dbtest.URL(t) // the first waits for the server and the template

		begin := time.Now()
		for range count {
			dbtest.URL(t)
		}

		average := time.Since(begin) / count
		t.Logf("a database takes %v", average)

		if average > time.Second {
			t.Errorf("a database takes %v", average)
		}
	})
}

func TestEmptyURL(t *testing.T) {
	t.Parallel()

	conn, err := pgx.Connect(t.Context(), dbtest.EmptyURL(t))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())

	var tables int

	err = conn.QueryRow(t.Context(), "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").Scan(&tables)
	if err != nil || tables != 0 {
		t.Errorf("there are %d tables, %v", tables, err)
	}
}

func TestTemplateName(t *testing.T) {
	t.Parallel()

	migrations := func(files ...string) fstest.MapFS {
		fs := fstest.MapFS{}
		for i := 0; i < len(files); i += 2 {
			fs[files[i]] = &fstest.MapFile{Data: []byte(files[i+1])}
		}

		return fs
	}

	seen := map[string]int{}

	for i, fs := range []fstest.MapFS{
		migrations("1.sql", "a"),
		migrations("1.sql", "b"),
		migrations("2.sql", "a"),
		migrations("1.sql", "a", "2.sql", "b"),
		migrations("1.sql", "ab", "2.sql", ""),
	} {
		name, err := dbtest.TemplateName(fs)
		if err != nil {
			t.Fatal(err)
		}

		if other, ok := seen[name]; ok {
			t.Errorf("%d and %d share the template %s", other, i, name)
		}

		seen[name] = i

		again, err := dbtest.TemplateName(fs)
		if err != nil || again != name {
			t.Errorf("the same migrations give %s and %s, %v", name, again, err)
		}
	}
}
