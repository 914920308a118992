package e2e_test

import (
	"archive/tar"
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/aicoordination/coordinator/internal/test/chaos"

	"github.com/google/uuid"

	"github.com/aicoordination/coordinator/gen/api"
	"github.com/aicoordination/coordinator/gen/client"
	"github.com/aicoordination/coordinator/internal/test/dbtest"
)

// dump takes a dump of the service on a data directory, beside it.
func dump(t *testing.T, dataDir string) string {
	t.Helper()

	path := filepath.Join(t.TempDir(), "coordinator.dump")
	mustRun(t, []string{"COORDINATOR_DATA_DIR=" + dataDir}, "dump", "--output", path)

	return path
}

// elsewhere is a new data directory with the secret key of another.
func elsewhere(t *testing.T, dataDir string) string {
	t.Helper()

	target := newDataDir(t)

	key, err := os.ReadFile(filepath.Join(dataDir, "keys", "secret-key"))
	if err := errors.Join(err, os.MkdirAll(filepath.Join(target, "keys"), 0o700)); err != nil {
		t.Fatal(err)
	}

	if err := errors.Join(os.Chmod(target, 0o711), os.WriteFile(filepath.Join(target, "keys", "secret-key"), key, 0o600)); err != nil {
		t.Fatal(err)
	}

	return target
}

// private is where a data directory's own PostgreSQL is.
func private(dataDir string) []string { return []string{"COORDINATOR_DATA_DIR=" + dataDir} }

// foreign is an empty database of somebody else's server, with the secret key
// of a data directory.
func foreign(t *testing.T, dataDir string) []string {
	t.Helper()

	owner := dbtest.EmptyURL(t)

	return append(private(elsewhere(t, dataDir)), "DATABASE_URL="+dbtest.ApplicationURL(t, owner), "DATABASE_OWNER_URL="+owner)
}

func restore(t *testing.T, target []string, path string, args ...string) result {
	t.Helper()

	return run(t, target, append([]string{"restore", path}, args...)...)
}

// parts are those of a dump, by name.
func parts(t *testing.T, path string) map[string][]byte {
	t.Helper()

	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()

	found := map[string][]byte{}

	for reader := tar.NewReader(f); ; {
		header, err := reader.Next()
		if errors.Is(err, io.EOF) {
			return found
		}

		if err != nil {
			t.Fatal(err)
		}

		if found[header.Name], err = io.ReadAll(reader); err != nil {
			t.Fatal(err)
		}
	}
}

// manifestOf is what a dump says that it has.
func manifestOf(t *testing.T, path string) (m struct {
	Rows            map[string]int64 `json:"rows"`
	LastTransaction uint64           `json:"last_transaction,string"`
},
) {
	t.Helper()

	if err := json.Unmarshal(parts(t, path)["manifest.json"], &m); err != nil {
		t.Fatal(err)
	}

	return m
}

// forge writes the dump anew with another manifest, whose checksums fit.
func forge(t *testing.T, path string, change func(manifest []byte) []byte) string {
	t.Helper()

	content := parts(t, path)
	content["manifest.json"] = change(content["manifest.json"])
	content["SHA256SUMS"] = fmt.Appendf(nil, "%x  database.dump\n%x  manifest.json\n", sha256.Sum256(content["database.dump"]), sha256.Sum256(content["manifest.json"]))

	var forged bytes.Buffer

	w := tar.NewWriter(&forged)
	for _, name := range []string{"database.dump", "manifest.json", "SHA256SUMS"} {
		err := w.WriteHeader(&tar.Header{Name: name, Size: int64(len(content[name])), Mode: 0o600})
		if _, err2 := w.Write(content[name]); errors.Join(err, err2) != nil {
			t.Fatal(err, err2)
		}
	}

	return written(t, forged.Bytes(), w.Close())
}

func written(t *testing.T, content []byte, err error) string {
	t.Helper()

	path := filepath.Join(t.TempDir(), "forged")
	if err := errors.Join(err, os.WriteFile(path, content, 0o600)); err != nil {
		t.Fatal(err)
	}

	return path
}

// overview is how everything stands, as the service tells it.
func overview(t *testing.T, s *server) string {
	t.Helper()

	got := calling(s.signedIn(t, adminEmail, adminPassword).Statistics.GetOverview(t.Context(), client.StatisticsGetOverviewParams{})).succeeds(t)

	written, err := json.Marshal(got)
	if err != nil {
		t.Fatal(err)
	}

	var told map[string]any
	if err := json.Unmarshal(written, &told); err != nil {
		t.Fatal(err)
	}

	maps.DeleteFunc(told, func(name string, _ any) bool { return strings.HasSuffix(name, "_at") })

	text, err := json.Marshal(told)
	if err != nil {
		t.Fatal(err)
	}

	return string(text)
}

// A dump that is taken while everybody writes is one moment: restored
// elsewhere, everything that was acknowledged before is there, every rule
// holds, and the audit log is whole and goes on.
func TestChaosDumpUnderLoad(t *testing.T) {
	t.Parallel()

	rounds := chaos.Size(1, 5)

	source := newDataDir(t)
	s := start(t, source, append(admin, unlimited...)...)
	token := s.signIn(t, adminEmail, adminPassword).AccessToken
	projectID := calling(s.client(t, token).Projects.Create(t.Context(), api.ProjectCreate{Name: "Dumped"})).succeeds(t).ID

	// The new server's transactions are far behind.
	execute(t, s.database, "SET synchronous_commit = off", "DO $$ BEGIN FOR n IN 1..250000 LOOP PERFORM pg_current_xact_id(); COMMIT; END LOOP; END $$")

	var taken, broken string

	writing := startWriting(t.Context(), s.client(t, token), projectID, "load")
	for range rounds {
		<-writing.enough

		writing.mu.Lock()
		before := maps.Clone(writing.acknowledged)
		writing.mu.Unlock()

		taken = dump(t, source)

		target := elsewhere(t, source)
		if got := restore(t, private(target), taken); got.code != 0 {
			t.Fatalf("restoring: exit code %d\n%s", got.code, got.stderr)
		}

		requireRestored(t, target, manifestOf(t, taken).Rows, before)
	}

	// Nobody writes any more: the copy tells the same of everything.
	want := func() string {
		s.kill()
		writing.end()

		if err := endPostgres(source); err != nil {
			t.Fatal(err)
		}

		again := start(t, source, unlimited...)
		defer again.stop(t)

		taken = dump(t, source)
		told := overview(t, again)

		// A rule that does not hold in the original is found in the copy.
		execute(t, asSuperuser(t, again.database), "INSERT INTO seen_projects SELECT gen_random_uuid(), id FROM projects LIMIT 1")

		broken = dump(t, source)

		return told
	}()

	target := foreign(t, source)
	if got := restore(t, target, taken); got.code != 0 {
		t.Fatalf("restoring: exit code %d\n%s", got.code, got.stderr)
	}

	copied := start(t, newDataDir(t), append(target, unlimited...)...)
	if got := overview(t, copied); got != want {
		t.Errorf("the copy tells\n%s\nof what is\n%s", got, want)
	}

	copied.stop(t)
	refusals(t, source, taken, broken)
}

// requireRestored looks at a copy that was made amid writes.
func requireRestored(t *testing.T, target string, rows map[string]int64, before map[uuid.UUID]string) {
	t.Helper()

	s := start(t, target, unlimited...)

	there := map[uuid.UUID]bool{}
	for _, id := range query[uuid.UUID](t, s.database, "SELECT id FROM tasks") {
		there[id] = true
	}

	lost := 0

	for id := range before {
		if !there[id] {
			lost++
		}
	}

	if lost > 0 || int64(len(there)) != rows["public.tasks"] {
		t.Errorf("%d of %d tasks that were acknowledged are lost; there are %d, and the manifest says %d", lost, len(before), len(there), rows["public.tasks"])
	}

	last := query[string](t, s.database, "SELECT max(transaction_id::text::numeric)::text FROM events WHERE id <= "+fmt.Sprint(rows["public.events"]))[0]

	// Somebody signs in, which is one more event, and it is sealed after the others.
	s.signedIn(t, adminEmail, adminPassword)

	events := query[int64](t, s.database, "SELECT count(*) FROM events WHERE transaction_id::text::numeric > "+last)[0]

	for sealed := int64(-1); sealed != 0; {
		sealed = query[int64](t, s.database, "SELECT count(*) FROM events e WHERE NOT EXISTS (SELECT FROM event_chain c WHERE c.event_id = e.id)")[0]
	}

	verified := mustRun(t, []string{"COORDINATOR_DATA_DIR=" + target}, "audit", "verify")
	if !strings.Contains(verified, "Not sealed yet: 0") || events == 0 {
		t.Errorf("the copy's audit log has %d events after those of the dump, and verifies as\n%s", events, verified)
	}

	s.stop(t)
	t.Logf("%d tasks acknowledged before the dump, %d in it, %d lost; events go on after transaction %s; audit: %s",
		len(before), len(there), lost, last, strings.ReplaceAll(strings.TrimSpace(verified), "\n", ", "))
}

// refusals are the controls: what is not the dump that was taken is refused,
// says why, and leaves a database into which the right one goes.
func refusals(t *testing.T, source, taken, broken string) {
	t.Helper()

	whole, err := os.ReadFile(taken)
	if err != nil {
		t.Fatal(err)
	}

	rows := manifestOf(t, taken).Rows
	flipped := bytes.Clone(whole)
	flipped[len(flipped)/3] ^= 1
	tasks := fmt.Sprintf(`"public.tasks": %d`, rows["public.tasks"])

	target := foreign(t, source)

	for name, control := range map[string]struct{ path, says string }{
		"Truncated":   {written(t, whole[:len(whole)/2], nil), "the dump is damaged"},
		"CutAtAnEnd":  {written(t, whole[:len(whole)-4096], nil), "the dump is damaged"},
		"Flipped":     {written(t, flipped, nil), "does not fit its checksums"},
		"NoDump":      {written(t, []byte("SELECT 1;\n"), nil), "the dump is damaged"},
		"MissingTask": {forge(t, taken, func(m []byte) []byte { return bytes.Replace(m, []byte(tasks), []byte(tasks+"0"), 1) }), "public.tasks has"},
		"MissingTable": {forge(t, taken, func(m []byte) []byte {
			return bytes.Replace(m, []byte(`"public.timers"`), []byte(`"public.clocks"`), 1)
		}), "the table public.clocks is missing"},
		"CutChain": {forge(t, taken, changedHead), "the audit log was tampered with"},
	} {
		t.Run(name, func(t *testing.T) { restore(t, target, control.path).refuses(t, 1, control.says) })
	}

	t.Run("OtherSecret", func(t *testing.T) {
		restore(t, private(newDataDir(t)), taken).refuses(t, 1, "the secret key of the service is needed")
		restore(t, append(slices.Clone(target), "COORDINATOR_SECRET_KEY="+strings.Repeat("A", 43)+"="), taken).refuses(t, 1, "another secret key")
	})

	if got := restore(t, target, taken, "--with-jobs"); got.code != 0 {
		t.Errorf("after the refusals the right one is refused: %s", got.stderr)
	}

	restore(t, target, taken).refuses(t, 1, "the database is not empty")

	restore(t, foreign(t, source), broken).refuses(t, 1, "a viewer sees exactly the projects")
}

// changedHead lets the chain end one link later than it does.
func changedHead(manifest []byte) []byte {
	before, after, _ := bytes.Cut(manifest, []byte(`"audit_head": "`))
	position, rest, _ := bytes.Cut(after, []byte(":"))

	return fmt.Appendf(nil, `%s"audit_head": "%s0:%s`, before, position, rest)
}
