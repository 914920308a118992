package dbx_test

import (
	"io/fs"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"github.com/aicoordination/coordinator/internal/dbx"
	"github.com/aicoordination/coordinator/internal/test/dbtest"
	"github.com/aicoordination/coordinator/internal/test/expect"
	"github.com/aicoordination/coordinator/schema"
)

func migrationsUpTo(t *testing.T, version int) fs.FS {
	t.Helper()
	return without{FS: schema.FS, hidden: func(name string) bool { return migrationVersion(t, name) > version }}
}

// A migration is applied while the service answers: it changes what is known of
// a table, and leaves the rows and whoever works with them alone.
func TestMigrationsLeaveTheServiceAlone(t *testing.T) {
	t.Parallel()
	conn := baseline(t, dbtest.EmptyURL(t))
	files, err := fs.Glob(schema.FS, "*.sql")
	expect.OK(t, err)
	slices.Sort(files)
	linted := 0
	for _, file := range files {
		if migrationVersion(t, file) <= lintedAfter {
			continue
		}
		text, err := fs.ReadFile(schema.FS, file)
		expect.OK(t, err)
		linted++
		for _, finding := range findings(t, conn, parseMigration(string(text))) {
			t.Errorf("%s %s", file, finding)
		}
	}
	t.Logf("%d migrations after version %d", linted, lintedAfter)
}

// The control: what the lint is there for is found, and what is harmless is not.
func TestMigrationLintFinds(t *testing.T) {
	t.Parallel()
	conn := baseline(t, dbtest.EmptyURL(t))
	for name, test := range map[string]struct {
		sql  string
		want []string
	}{
		"IndexThatStopsWrites":  {"CREATE INDEX bad_idx ON tasks (title);", []string{"goes through the rows of tasks while it keeps others from tasks (ShareLock)"}},
		"ColumnThatRewrites":    {"ALTER TABLE tasks ADD COLUMN token uuid DEFAULT gen_random_uuid();", []string{"writes tasks anew"}},
		"TypeThatRewrites":      {"ALTER TABLE clients ALTER COLUMN version TYPE numeric;", []string{"writes clients anew"}},
		"NotNullThatLooks":      {"ALTER TABLE tasks ALTER COLUMN title DROP NOT NULL;\nALTER TABLE tasks ALTER COLUMN title SET NOT NULL;", []string{"goes through the rows of tasks"}},
		"CheckThatLooks":        {"ALTER TABLE tasks ADD CONSTRAINT bad CHECK (title <> '');", []string{"goes through the rows of tasks"}},
		"ForeignKeyThatLooks":   {"ALTER TABLE tasks ADD COLUMN of_client uuid;\nALTER TABLE tasks ADD CONSTRAINT bad FOREIGN KEY (of_client) REFERENCES clients (id);", []string{"goes through the rows of"}},
		"UniqueThatBuilds":      {"ALTER TABLE tasks ADD CONSTRAINT bad UNIQUE (id, title);", []string{"goes through the rows of tasks"}},
		"BackfillUnderALock":    {"ALTER TABLE tasks ADD COLUMN size int;\nUPDATE clients SET name = name || '!';", []string{"goes through the rows of clients"}},
		"BackfillInOne":         {"CREATE TABLE bad (id uuid REFERENCES tasks (id));\nINSERT INTO bad SELECT t.id FROM tasks t;", []string{"goes through the rows of"}},
		"Lock":                  {"LOCK TABLE tasks IN EXCLUSIVE MODE;", []string{"locks a table by LOCK"}},
		"TimeoutOfItsOwn":       {"SET LOCAL lock_timeout = '1h';", []string{"sets a timeout"}},
		"IndexNotToBeRepeated":  {"-- +goose NO TRANSACTION\n-- +goose Up\nCREATE INDEX CONCURRENTLY bad_idx ON tasks (title);", []string{"builds bad_idx without DROP INDEX CONCURRENTLY IF EXISTS"}},
		"IndexOutsideThatStops": {"-- +goose NO TRANSACTION\n-- +goose Up\nCREATE INDEX bad_idx ON tasks (title);", []string{"goes through the rows of tasks"}},

		"Column":             {"ALTER TABLE tasks ADD COLUMN size int;", nil},
		"ColumnWithConstant": {"ALTER TABLE tasks ADD COLUMN size int NOT NULL DEFAULT 1;", nil},
		"CheckNotValid":      {"ALTER TABLE tasks ADD CONSTRAINT good CHECK (title <> '') NOT VALID;", nil},
		"CheckInTwoSteps":    {"-- +goose NO TRANSACTION\n-- +goose Up\nALTER TABLE tasks ADD CONSTRAINT good CHECK (title <> '') NOT VALID;\nALTER TABLE tasks VALIDATE CONSTRAINT good;", nil},
		"TableWithReference": {"CREATE TABLE notes (id uuid PRIMARY KEY, task_id uuid NOT NULL REFERENCES tasks (id));\nCREATE INDEX notes_task_id_idx ON notes (task_id);", nil},
		"IndexConcurrently":  {"-- +goose NO TRANSACTION\n-- +goose Up\nDROP INDEX CONCURRENTLY IF EXISTS good_idx;\nCREATE INDEX CONCURRENTLY good_idx ON tasks (title);", nil},
		"BackfillInParts": {"-- +goose NO TRANSACTION\n-- +goose Up\nCREATE TABLE good (id uuid REFERENCES tasks (id));\n-- +goose StatementBegin\nDO $$ BEGIN\n    LOOP\n        INSERT INTO good SELECT t.id FROM tasks t WHERE NOT EXISTS (SELECT FROM good g WHERE g.id = t.id) LIMIT 100;\n" +
			"        EXIT WHEN NOT FOUND;\n        COMMIT;\n    END LOOP;\nEND $$;\n-- +goose StatementEnd", nil},
		"Function": {"-- +goose StatementBegin\nCREATE FUNCTION one() RETURNS int LANGUAGE plpgsql AS $$\nBEGIN\n    RETURN 1;\nEND $$;\n-- +goose StatementEnd\nCREATE TABLE other (id int);", nil},
	} {
		t.Run(name, func(t *testing.T) {
			// Each has names of its own on the one database.
			own := strings.NewReplacer("bad", "bad_"+strings.ToLower(name), "good", "good_"+strings.ToLower(name), "size", "size_"+strings.ToLower(name))
			got := findings(t, conn, parseMigration(own.Replace(test.sql)))
			if len(test.want) == 0 && len(got) != 0 {
				t.Errorf("found %q, want nothing", got)
			}
			for _, want := range test.want {
				if !slices.ContainsFunc(got, func(finding string) bool { return strings.HasPrefix(finding, own.Replace(want)) }) {
					t.Errorf("found %q, want %q", got, want)
				}
			}
		})
	}
}

// A migration that cannot have its lock lets others pass, and is tried again
// until it has it.
func TestMigrationWaitsAside(t *testing.T) {
	t.Parallel()
	url := dbtest.OwnerURL(t)
	d := dbx.New(poolOf(t, url, 4))
	for {
		down, err := dbx.MigrateDown(t.Context(), d)
		expect.OK(t, err)
		if strings.HasSuffix(down.Name, "_replica_reads.sql") {
			break
		}
	}

	const insert = "INSERT INTO events (credential, entity_type, entity_id, action, changes) VALUES ('system', 'task', gen_random_uuid(), 'task.created', '{}')"
	holder, err := pgx.Connect(t.Context(), url)
	expect.OK(t, err)
	defer holder.Close(t.Context())
	tx, err := holder.Begin(t.Context())
	expect.OK(t, err)
	_, err = tx.Exec(t.Context(), insert)
	expect.OK(t, err)

	migrated := make(chan error, 1)
	go func() { migrated <- dbx.Migrate(t.Context(), d) }()

	// It has waited and given up once it is seen waiting again.
	waits := map[time.Time]bool{}
	for giveUp := time.Now().Add(time.Minute); len(waits) < 2; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(giveUp) {
			t.Fatal("the migration does not give up")
		}
		var since *time.Time
		expect.OK(t, d.QueryRow(t.Context(), `SELECT max(query_start) FROM pg_stat_activity
			WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE '%INDEX CONCURRENTLY%'`).Scan(&since))
		if since != nil {
			waits[*since] = true
		}
		// Everybody else writes to the log meanwhile.
		_, err := d.Exec(t.Context(), insert)
		expect.OK(t, err)
	}
	expect.OK(t, tx.Commit(t.Context()))
	expect.OK(t, <-migrated)
	expect.OK(t, dbx.CheckMigrated(t.Context(), d))
	if diff := cmp.Diff(0, expect.Count(t, d, "SELECT count(*) FROM pg_index WHERE NOT indisvalid")); diff != "" {
		t.Errorf("an index that was broken off is left (-want +got):\n%s", diff)
	}
}
