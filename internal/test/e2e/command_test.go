package e2e_test

import (
	"encoding/json"
	"io"
	"io/fs"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/aicoordination/coordinator/gen/api"
	"github.com/aicoordination/coordinator/gen/client"
	"github.com/aicoordination/coordinator/internal/test/dbtest"
	"github.com/aicoordination/coordinator/schema"
)

func TestMigrate(t *testing.T) {
	t.Parallel()

	migrations, err := fs.Glob(schema.FS, "*.sql")
	if err != nil {
		t.Fatal(err)
	}

	// Some that a library brings along are no files.
	migrations = append(migrations, "00021_river.go")
	slices.Sort(migrations)

	newest := len(migrations)
	last := migrations[newest-1]

	// states is the output of status: every migration, and whether it is applied.
	states := func(t *testing.T, url string) map[string]string {
		t.Helper()

		found := map[string]string{}

		for line := range strings.Lines(mustRun(t, []string{"DATABASE_URL=" + url}, "migrate", "status")) {
			fields := strings.Fields(line)
			found[fields[0]] = fields[1]
		}

		return found
	}

	// want has the first so many migrations applied.
	want := func(applied int) map[string]string {
		found := map[string]string{}

		for i, name := range migrations {
			found[name] = "pending"
			if i < applied {
				found[name] = "applied"
			}
		}

		return found
	}

	t.Run("UpAndDown", func(t *testing.T) {
		t.Parallel()

		url := dbtest.EmptyURL(t)
		settings := []string{"DATABASE_URL=" + url}

		if diff := cmp.Diff(want(0), states(t, url)); diff != "" {
			t.Errorf("on an empty database (-want +got):\n%s", diff)
		}

		mustRun(t, settings, "migrate", "up")

		if diff := cmp.Diff(want(newest), states(t, url)); diff != "" {
			t.Errorf("after up (-want +got):\n%s", diff)
		}

		for n := newest; n > 0; n-- {
			if got, want := mustRun(t, settings, "migrate", "down"), "Took back "+migrations[n-1]+".\n"; got != want {
				t.Errorf("down prints %q, want %q", got, want)
			}
		}

		if got := mustRun(t, settings, "migrate", "down"); got != "There is no migration to take back.\n" {
			t.Errorf("down on an empty database prints %q", got)
		}

		left := query[string](t, url, "SELECT tablename::text FROM pg_tables WHERE schemaname = 'public'")
		if diff := cmp.Diff([]string{"goose_db_version"}, left); diff != "" {
			t.Errorf("the tables that are left (-want +got):\n%s", diff)
		}

		mustRun(t, settings, "migrate", "up")

		if diff := cmp.Diff(want(newest), states(t, url)); diff != "" {
			t.Errorf("after down and up (-want +got):\n%s", diff)
		}
	})

	serve := func(t *testing.T, url string, flags ...string) result {
		t.Helper()

		return run(t, []string{"DATABASE_URL=" + url, "COORDINATOR_ADDR=127.0.0.1:0", "COORDINATOR_DATA_DIR=" + newDataDir(t)},
			append([]string{"serve"}, flags...)...)
	}

	t.Run("OlderDatabase", func(t *testing.T) {
		t.Parallel()

		url := dbtest.OwnerURL(t)
		mustRun(t, []string{"DATABASE_URL=" + url}, "migrate", "down")

		serve(t, url, "--migrate=false").refuses(t, 1, "the database is at version "+strconv.Itoa(newest-1),
			"this binary needs "+strconv.Itoa(newest), "coordinator migrate up")

		if got := states(t, url)[last]; got != "pending" {
			t.Errorf("%s is %s after the refusal", last, got)
		}

		dataDir := newDataDir(t) // with the secret key, which the database is tied to
		start(t, dataDir, "DATABASE_URL="+url).stop(t)

		if diff := cmp.Diff(want(newest), states(t, url)); diff != "" {
			t.Errorf("after a start (-want +got):\n%s", diff)
		}

		start(t, dataDir, "DATABASE_URL="+url, "COORDINATOR_MIGRATE=false").stop(t)
	})

	t.Run("NewerDatabase", func(t *testing.T) {
		t.Parallel()

		url := dbtest.OwnerURL(t)
		execute(t, url, "INSERT INTO goose_db_version (version_id, is_applied) VALUES (99999, true)")

		for _, got := range []result{
			serve(t, url, "--migrate=false"),
			serve(t, url),
			run(t, []string{"DATABASE_URL=" + url}, "migrate", "up"),
			run(t, []string{"DATABASE_URL=" + url}, "migrate", "down"),
		} {
			got.refuses(t, 1, "the database is at version 99999", "this binary knows no further than "+strconv.Itoa(newest), "newer binary")
		}
	})
}

func TestUserCreate(t *testing.T) {
	t.Parallel()

	url := dbtest.EmptyURL(t)
	settings := []string{"DATABASE_URL=" + url}

	printed := mustRun(t, settings, "user", "create", "--email=ana@agency.example", "--name=Ana Duarte", "--role=manager")

	match := regexp.MustCompile(`^Created the manager ana@agency\.example \(\S+\)\.\nThe password is (\S+) and is shown this once\.\n$`).FindStringSubmatch(printed)
	if match == nil {
		t.Fatalf("it prints %q", printed)
	}

	given := runWithInput(t, "my own password\n", settings, "user", "create", "--email=root@agency.example", "--role=admin", "--password-stdin")
	if given.code != 0 || strings.Contains(given.stdout+given.stderr, "password") {
		t.Errorf("with a password of one's own it ends with %d and prints %q, %q", given.code, given.stdout, given.stderr)
	}

	run(t, settings, "user", "create", "--email=ANA@agency.example").refuses(t, 1, "coordinator: There is an account with this e-mail address already; sign in, or use another address.\n")

	s := start(t, newDataDir(t), settings...)

	for _, want := range []struct {
		email, password, name string
		role                  api.Role
	}{
		{"ana@agency.example", match[1], "Ana Duarte", api.RoleManager},
		{"root@agency.example", "my own password", "root", api.RoleAdmin},
	} {
		me := calling(s.signedIn(t, want.email, want.password).Users.Me(t.Context())).succeeds(t)
		if me.Email != want.email || me.Name != want.name || me.Role != want.role {
			t.Errorf("%s is %+v", want.email, me)
		}
	}

	// A database that has an administrator gets no other.
	if !strings.HasPrefix(s.account, "as set up at the first start") {
		t.Errorf("signing in is described as %q", s.account)
	}

	s.stop(t)
}

// A command works beside a server that has the private database: on the same
// data directory, and by the address that the server prints.
func TestCommandBesideAServer(t *testing.T) {
	t.Parallel()

	dir := newDataDir(t)
	s := start(t, dir)

	for email, setting := range map[string]string{
		"ana@agency.example": "COORDINATOR_DATA_DIR=" + dir,
		"ben@agency.example": "DATABASE_URL=" + s.database,
	} {
		mustRun(t, []string{setting, "COORDINATOR_USER_PASSWORD=my own password"}, "user", "create", "--email="+email, "--role=admin")
		s.signedIn(t, email, "my own password")
	}

	s.stop(t)
}

func TestDemo(t *testing.T) {
	t.Parallel()

	const signIn = "Sign in as ana@studio.example with the password coordinator-demo.\n"

	// One database is filled by the command, the other by a server.
	byCommand, byServer := dbtest.EmptyURL(t), dbtest.EmptyURL(t)

	for _, want := range []string{"Loaded the demo data. " + signIn, "The demo data are there already. " + signIn} {
		if got := mustRun(t, []string{"DATABASE_URL=" + byCommand}, "demo"); got != want {
			t.Errorf("it prints %q, want %q", got, want)
		}
	}

	dataDir := newDataDir(t)
	s := start(t, dataDir, "DATABASE_URL="+byServer, "COORDINATOR_DEMO=true")

	if s.demo != "ana@studio.example with the password coordinator-demo" {
		t.Errorf("the server printed\n%s", s.stdout)
	}

	projects := calling(s.signedIn(t, "ana@studio.example", "coordinator-demo").Projects.List(t.Context(), client.ProjectListParams{})).
		succeeds(t)
	if projects.Page.Total.MustGet() != 5 {
		t.Errorf("the demo's manager sees %d projects, want 5", projects.Page.Total.MustGet())
	}

	s.stop(t)

	// Another start leaves them as they are.
	start(t, dataDir, "DATABASE_URL="+byServer, "COORDINATOR_DEMO=true").stop(t)

	if diff := cmp.Diff(demoRecords(t, byCommand), demoRecords(t, byServer)); diff != "" {
		t.Errorf("the demo data by the command and by the server (-/+):\n%s", diff)
	}

	clients := query[string](t, byCommand, "SELECT name FROM clients ORDER BY name")
	if diff := cmp.Diff([]string{"Harbour Coffee", "Northwind Clinics", "Tidewater Museum"}, clients); diff != "" {
		t.Errorf("the demo's clients (-want +got):\n%s", diff)
	}
}

// demoRecords are the rows of the demo data without what depends on when they
// were loaded, and by whom.
func demoRecords(t *testing.T, url string) map[string][]string {
	t.Helper()

	const volatile = "'{created_at,updated_at,password_hash,starts_on,ends_on,due_date,completed_at,spent_on}'::text[]"

	found := map[string][]string{}

	for table, where := range map[string]string{
		"users": "email LIKE '%@studio.example'", "clients": "true", "client_contacts": "true", "projects": "true",
		"project_members": "true", "tasks": "true", "task_dependencies": "true", "time_entries": "true",
	} {
		found[table] = query[string](t, url, "SELECT (to_jsonb(r) - "+volatile+")::text FROM "+table+" r WHERE "+where+" ORDER BY 1")
		if len(found[table]) == 0 {
			t.Errorf("there are no demo %s", table)
		}
	}

	return found
}

func TestOpenAPI(t *testing.T) {
	t.Parallel()

	contract, err := os.ReadFile("../../../openapi.yaml")
	if err != nil {
		t.Fatal(err)
	}

	if diff := cmp.Diff(string(contract), mustRun(t, nil, "openapi")); diff != "" {
		t.Errorf("the contract and what is printed (-/+):\n%s", diff)
	}

	printed := mustRun(t, nil, "openapi", "--format=json")
	if !json.Valid([]byte(printed)) {
		t.Error("what is printed is no JSON")
	}

	s := start(t, newDataDir(t), "DATABASE_URL="+dbtest.EmptyURL(t))

	for path, want := range map[string]string{"/openapi.json": printed, "/openapi.yaml": string(contract)} {
		response, err := http.Get(s.origin + path)
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()

		served, err := io.ReadAll(response.Body)
		if err != nil || string(served) != want {
			t.Errorf("%s is another document than the command prints: %v", path, err)
		}
	}

	s.stop(t)
}

func TestVersion(t *testing.T) {
	t.Parallel()

	if got := mustRun(t, nil, "version"); got != builtVersion+"\n" {
		t.Errorf("it prints %q, want %q", got, builtVersion)
	}
}
