package dbx_test

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/aicoordination/coordinator/internal/dbx"
	"github.com/aicoordination/coordinator/internal/test/dbtest"
	"github.com/aicoordination/coordinator/internal/test/expect"
	"github.com/aicoordination/coordinator/schema"
)

// migrationFiles are the names of all there are, in order.
func migrationFiles(t *testing.T) []string {
	t.Helper()
	files, err := fs.Glob(schema.FS, "*.sql")
	expect.OK(t, err)
	files = append(files, "00021_river.go")
	slices.Sort(files)
	return files
}

// leftovers is what stands in the schema beside goose's own table.
func leftovers(t *testing.T, d *dbx.DB) int {
	t.Helper()
	return expect.Count(t, d, `SELECT
		(SELECT count(*) FROM pg_class WHERE relnamespace IN ('public'::regnamespace, to_regnamespace('river')) AND relname NOT LIKE 'goose_db_version%')
		+ (SELECT count(*) FROM pg_type WHERE typnamespace = 'public'::regnamespace AND typtype = 'e')
		+ (SELECT count(*) FROM pg_proc WHERE pronamespace = 'public'::regnamespace)`)
}

func TestMigrationsGoUpDownAndUp(t *testing.T) {
	t.Parallel()
	// One connection is enough: a pool may be that small.
	d := dbx.New(poolOf(t, dbtest.EmptyURL(t), 1))
	files := migrationFiles(t)

	wantOlder := func(version string) {
		t.Helper()
		err := dbx.CheckMigrated(t.Context(), d)
		if !errors.Is(err, dbx.ErrSchemaVersion) || !strings.Contains(err.Error(), "at version "+version+",") || !strings.Contains(err.Error(), "coordinator migrate up") {
			t.Errorf("CheckMigrated gives %v", err)
		}
	}
	applied := func() []string {
		t.Helper()
		found, err := dbx.Migrations(t.Context(), d)
		expect.OK(t, err)
		var names []string
		for i, m := range found {
			if number, _, _ := strings.Cut(files[i], "_"); number != fmt.Sprintf("%05d", m.Version) {
				t.Errorf("migration %s is version %d", m.Name, m.Version)
			}
			if !m.AppliedAt.IsZero() {
				names = append(names, m.Name)
			}
		}
		return names
	}

	wantOlder("0")
	for range 2 {
		expect.OK(t, dbx.Migrate(t.Context(), d))
		expect.OK(t, dbx.Migrate(t.Context(), d)) // nothing is pending
		expect.OK(t, dbx.CheckMigrated(t.Context(), d))
		if diff := cmp.Diff(files, applied()); diff != "" {
			t.Errorf("applied (-want +got):\n%s", diff)
		}
		for i, file := range slices.Backward(files) {
			reversed, err := dbx.MigrateDown(t.Context(), d)
			expect.OK(t, err)
			if reversed == nil || reversed.Name != file {
				t.Fatalf("reversed %v, want %s", reversed, file)
			}
			wantOlder(strconv.Itoa(i))
		}
		if reversed, err := dbx.MigrateDown(t.Context(), d); reversed != nil || err != nil {
			t.Errorf("with none left, reversed %v, %v", reversed, err)
		}
		if got := leftovers(t, d); got != 0 {
			t.Errorf("%d objects are left", got)
		}
	}
}

func TestNewerDatabaseIsRefused(t *testing.T) {
	t.Parallel()
	d := dbtest.Owner(t, dbx.New(dbtest.Pool(t)))
	_, err := d.Exec(t.Context(), "INSERT INTO goose_db_version (version_id, is_applied) VALUES (99999, true)")
	expect.OK(t, err)
	before := leftovers(t, d)
	_, downErr := dbx.MigrateDown(t.Context(), d)
	for name, err := range map[string]error{
		"CheckMigrated": dbx.CheckMigrated(t.Context(), d), "Migrate": dbx.Migrate(t.Context(), d), "MigrateDown": downErr,
	} {
		if !errors.Is(err, dbx.ErrSchemaVersion) || !strings.Contains(err.Error(), "version 99999") || !strings.Contains(err.Error(), "start the newer binary") {
			t.Errorf("%s gives %v", name, err)
		}
	}
	if after := leftovers(t, d); after != before {
		t.Errorf("%d objects became %d", before, after)
	}
}

// Replicas that start together on an empty database: each finds it migrated,
// and every migration ran once.
func TestConcurrentMigrations(t *testing.T) {
	t.Parallel()
	url := dbtest.EmptyURL(t)
	const replicas = 5
	var starts []func() error
	for range replicas {
		d := dbx.New(poolOf(t, url, 2))
		starts = append(starts, func() error {
			if err := dbx.Migrate(t.Context(), d); err != nil {
				return err
			}
			return dbx.CheckMigrated(t.Context(), d)
		})
	}
	expect.OK(t, errors.Join(expect.Together(starts...)...))

	d := dbx.New(poolOf(t, url, 1))
	total := expect.Count(t, d, "SELECT count(*) FROM goose_db_version WHERE version_id > 0")
	distinct := expect.Count(t, d, "SELECT count(DISTINCT version_id) FROM goose_db_version WHERE version_id > 0 AND is_applied")
	if want := len(migrationFiles(t)); total != want || distinct != want {
		t.Errorf("%d migrations were applied, %d different ones, want %d", total, distinct, want)
	}
	if zeros := expect.Count(t, d, "SELECT count(*) FROM goose_db_version WHERE version_id = 0"); zeros != 1 {
		t.Errorf("the table was begun %d times", zeros)
	}
	if locks := expect.Count(t, d, "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"); locks != 0 {
		t.Errorf("%d migration locks are still held", locks)
	}
}
