package e2e_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/aicoordination/coordinator/gen/api"
	"github.com/aicoordination/coordinator/gen/client"
	"github.com/aicoordination/coordinator/internal/test/dbtest"
)

// eventually waits for a condition.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()

	for giveUp := time.Now().Add(patience); !holds(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(giveUp) {
			t.Fatalf("%s does not come about", what)
		}
	}
}

// Eight write, some of whom commit late or not at all, while two services
// seal and are killed again and again: in the end every event has its link, in
// the order of the log, and the whole verifies.
func TestTheChainIsCompleteWhateverIsKilled(t *testing.T) {
	t.Parallel()

	const writers, kills = 8, 8

	owner := dbtest.OwnerURL(t)
	settings := append([]string{"COORDINATOR_DB_MAX_CONNS=2"}, auditSettings(t, owner, auditSecret)...)

	stop := make(chan struct{})

	var (
		writing sync.WaitGroup
		failed  = make(chan error, writers)
	)

	url := dbtest.ApplicationURL(t, owner)

	for n := range writers {
		conn := connect(t, url)

		writing.Go(func() { failed <- writeEvents(t, conn, n, stop) })
	}

	// Each pair runs until both have sealed something, and then a little longer.
	for range kills / 2 {
		before := query[int64](t, url, "SELECT coalesce(max(position), 0) FROM event_chain")[0]
		first, second := launchServer(t, newDataDir(t), settings...), launchServer(t, newDataDir(t), settings...)

		first.awaitWelcome(t)
		second.awaitWelcome(t)
		eventually(t, "a longer chain", func() bool {
			return query[int64](t, url, "SELECT coalesce(max(position), 0) FROM event_chain")[0] > before
		})
		first.kill()
		time.Sleep(300 * time.Millisecond)
		second.kill()
	}

	close(stop)
	writing.Wait()
	close(failed)

	for err := range failed {
		if err != nil {
			t.Error(err)
		}
	}

	s := start(t, newDataDir(t), settings...)

	eventually(t, "a complete chain", func() bool {
		return query[int64](t, url, "SELECT count(*) FROM events WHERE id NOT IN (SELECT event_id FROM event_chain WHERE position > 0)")[0] == 0
	})
	s.stop(t)

	events := query[int64](t, url, "SELECT count(*) FROM events")[0]
	outOfOrder := query[int64](t, url, `SELECT count(*) FROM (SELECT id, row_number() OVER (ORDER BY transaction_id, id) AS place FROM events) e
		FULL JOIN (SELECT * FROM event_chain WHERE position > 0) c ON c.event_id = e.id AND c.position = e.place WHERE c.position IS NULL OR e.id IS NULL`)[0]

	if outOfOrder != 0 {
		t.Errorf("%d of %d events are not in their place", outOfOrder, events)
	}

	printed := mustRun(t, settings, "audit", "verify")
	if !strings.HasPrefix(printed, fmt.Sprintf("Verified: %d\nNot sealed yet: 0\n", events)) {
		t.Errorf("%d events: it prints %q", events, printed)
	}

	t.Logf("%d events of %d writers were sealed by %d services, %d of them killed", events, writers, kills+1, kills)
}

// writeEvents writes events until it is stopped, in transactions that are quick
// or slow, and of which every fifth is rolled back.
func writeEvents(t *testing.T, conn *pgx.Conn, writer int, stop <-chan struct{}) error {
	const insert = `INSERT INTO events (credential, entity_type, entity_id, action, changes) VALUES ('system', 'task', gen_random_uuid(), 'task.updated', '{}')`

	for n := writer; ; n++ {
		select {
		case <-stop:
			return nil
		default:
		}

		tx, err := conn.Begin(t.Context())
		if err != nil {
			return err
		}

		for range n%3 + 1 {
			if _, err := tx.Exec(t.Context(), insert); err != nil {
				return err
			}

			time.Sleep(time.Duration(n%4) * 5 * time.Millisecond)
		}

		if n%5 == 0 {
			err = tx.Rollback(t.Context())
		} else {
			err = tx.Commit(t.Context())
		}

		if err != nil {
			return err
		}
	}
}

// Whoever writes an event waits for no sealer, also while one is in the midst
// of its transaction, and takes no lock that another writer or the sealer wants.
func TestWritingAnEventDoesNotWaitForTheSealer(t *testing.T) {
	t.Parallel()

	owner := dbtest.OwnerURL(t)
	url := dbtest.ApplicationURL(t, owner)
	execute(t, url, fmt.Sprintf(insertEvents, 5))
	sealAll(t, url, auditSecret, 5)

	sealing := connect(t, url)

	tx, err := sealing.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}

	// As the sealer does, and then it stands still.
	for _, statement := range []string{
		"SELECT pg_advisory_xact_lock(7020118151204)", "SELECT * FROM event_chain ORDER BY position DESC LIMIT 1",
		"INSERT INTO event_chain (position, event_id, transaction_id, action, hash) VALUES (6, 6, '3', 'task.updated', sha256('x'))",
	} {
		if _, err := tx.Exec(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}

	execute(t, url, "SET lock_timeout = '1ms'; SET statement_timeout = '10s'", fmt.Sprintf(insertEvents, 5))

	writer := connect(t, url)

	writing, err := writer.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}

	if _, err := writing.Exec(t.Context(), `INSERT INTO events (credential, entity_type, entity_id, action, changes) VALUES ('system', 'task', gen_random_uuid(), 'task.updated', '{}')`); err != nil {
		t.Fatal(err)
	}

	held := query[string](t, owner, `SELECT DISTINCT mode || ' ' || coalesce(relation::regclass::text, '') FROM pg_locks
		WHERE pid = $1 AND locktype IN ('relation', 'advisory', 'tuple') ORDER BY 1`, writer.PgConn().PID())
	for _, lock := range held {
		if !strings.HasPrefix(lock, "RowExclusiveLock events") && !strings.HasPrefix(lock, "AccessShareLock") {
			t.Errorf("whoever writes an event holds %s", lock)
		}
	}
}

// The role that the binary uses cannot change the log, the private database
// has two roles also where an earlier version made it, and commands beside the
// service use them too.
func TestThePrivateDatabaseHasTwoRoles(t *testing.T) {
	t.Parallel()

	dataDir := newDataDir(t)
	s := start(t, dataDir, admin...)

	for _, statement := range []string{
		"UPDATE events SET action = action", "DELETE FROM events", "TRUNCATE events", "ALTER TABLE events DISABLE TRIGGER ALL", "DROP TABLE events",
		"UPDATE event_chain SET action = action", "DELETE FROM event_chain", "TRUNCATE event_chain", "ALTER TABLE event_chain DISABLE TRIGGER ALL", "DROP TABLE event_chain",
	} {
		_, err := connect(t, s.database).Exec(t.Context(), statement)

		var denied *pgconn.PgError
		if !errors.As(err, &denied) || denied.Code != "42501" {
			t.Errorf("%s gives %v", statement, err)
		}
	}

	users := query[string](t, s.database, "SELECT DISTINCT usename::text FROM pg_stat_activity WHERE datname = 'coordinator' AND application_name = 'coordinator'")
	if len(users) != 1 || users[0] != "coordinator" {
		t.Errorf("the service connects as %q", users)
	}

	if strings.Contains(s.stderr.String(), "could change the audit log") {
		t.Errorf("it warns of its own role:\n%s", s.stderr)
	}

	settings := []string{"COORDINATOR_DATA_DIR=" + dataDir}

	mustRun(t, settings, "user", "create", "--email=guest@agency.example")
	mustRun(t, settings, "migrate", "down")
	mustRun(t, settings, "migrate", "up")
	eventually(t, "a head", func() bool { return run(t, settings, "audit", "head").code == 0 })
	mustRun(t, settings, "audit", "verify")

	// As an earlier version left it: no such role, and everything the superuser's.
	execute(t, asSuperuser(t, s.database), "DROP OWNED BY coordinator")
	s.stop(t)

	s = start(t, dataDir, admin...)
	s.signedIn(t, adminEmail, adminPassword)
	execute(t, asSuperuser(t, s.database), "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'coordinator'",
		"DROP OWNED BY coordinator", "ALTER ROLE coordinator RENAME TO earlier")
	s.kill()

	s = start(t, dataDir, admin...)
	s.signedIn(t, adminEmail, adminPassword)
	s.stop(t)
}

// A database of somebody else's has one role until a second is set up, and
// then two; the service says so.
func TestADatabaseOfOnesOwnGetsTwoRolesBySettings(t *testing.T) {
	t.Parallel()

	const warning = "could change the audit log"

	owner := dbtest.EmptyURL(t)
	settings := slices.Concat(admin, []string{secretKey})

	alone := start(t, newDataDir(t), append(settings, "DATABASE_URL="+owner)...)
	alone.stop(t)

	if got := alone.stderr.String(); !strings.Contains(got, warning) || !strings.Contains(got, "DATABASE_OWNER_URL") {
		t.Errorf("with one role it does not say what that means:\n%s", got)
	}

	application := dbtest.ApplicationURL(t, owner)
	both := []string{"DATABASE_URL=" + application, "DATABASE_OWNER_URL=" + owner}

	// What is there was made by one role; the other is granted what it needs.
	two := start(t, newDataDir(t), append(settings, both...)...)
	two.signedIn(t, adminEmail, adminPassword)
	two.stop(t)

	if got := two.stderr.String(); strings.Contains(got, warning) {
		t.Errorf("with two roles it warns:\n%s", got)
	}

	// Without the owner it goes on as long as there is nothing to migrate, and says who is missing when there is.
	start(t, newDataDir(t), append(settings, "DATABASE_URL="+application)...).stop(t)
	mustRun(t, both, "migrate", "down")
	run(t, []string{"DATABASE_URL=" + application, secretKey, "COORDINATOR_DATA_DIR=" + newDataDir(t), "COORDINATOR_ADDR=127.0.0.1:0"}, "serve").refuses(t, 1, "DATABASE_OWNER_URL")
	mustRun(t, both, "migrate", "up")
	mustRun(t, both, "user", "create", "--email=ana@agency.example")
	mustRun(t, both, "migrate", "status")

	run(t, []string{"DATABASE_URL=" + owner, "DATABASE_OWNER_URL=" + owner}, "migrate", "up").refuses(t, 1, "are the same role")
}

// What an identity does is in the audit log, by the binary, and sealed.
func TestARoleChangeIsInTheAuditLog(t *testing.T) {
	t.Parallel()

	url := dbtest.EmptyURL(t)
	s := start(t, newDataDir(t), append(admin, "DATABASE_URL="+url)...)
	c := s.client(t, s.signIn(t, adminEmail, adminPassword).AccessToken)

	printed := mustRun(t, []string{"DATABASE_URL=" + url}, "user", "create", "--email=ana@agency.example")
	ana := uuid.MustParse(regexp.MustCompile(`\((\S+)\)`).FindStringSubmatch(printed)[1])
	role := api.RoleManager
	calling(c.Users.Update(t.Context(), ana, api.UserUpdate{Role: &role})).succeeds(t)

	changed := calling(c.Audit.List(t.Context(), client.AuditListParams{EntityID: ana, Action: []string{"user.updated"}})).succeeds(t)
	encoded, err := json.Marshal(changed.Data)
	if err != nil || len(changed.Data) != 1 || !strings.Contains(string(encoded), `"changes":{"role":{"new":"manager","old":"user"}}`) {
		t.Errorf("of a changed role the audit log has %s, %v", encoded, err)
	}

	for _, kind := range []api.EntityType{"user", "session", "sign_in", "api_key", "invitation", "signing_key"} {
		log := calling(c.Audit.List(t.Context(), client.AuditListParams{EntityType: kind})).succeeds(t)
		if (kind == "user" || kind == "session") && len(log.Data) == 0 {
			t.Errorf("there are no events of a %s", kind)
		}
	}

	s.stop(t)
}

// A long log is verified in constant memory; that of `make scale` is longer.
func TestALongLogVerifiesInConstantMemory(t *testing.T) {
	t.Parallel()

	const most = 100 << 20

	events := fromEnvironment(t, "COORDINATOR_TEST_EVENTS", 40_000)
	owner := dbtest.OwnerURL(t)
	execute(t, owner, fmt.Sprintf(`INSERT INTO events (actor_id, credential, request_id, entity_type, entity_id, project_id, action, changes, version)
		SELECT gen_random_uuid(), 'session:' || n, 'request-' || n, 'task', gen_random_uuid(), gen_random_uuid(), 'task.updated',
			jsonb_build_object('description', jsonb_build_object('old', repeat('was ', 100), 'new', repeat('is ', 100))), n
		FROM generate_series(1, %d) n`, events))

	begin := time.Now()
	sealAll(t, dbtest.ApplicationURL(t, owner), auditSecret, int64(events))
	sealed := time.Since(begin)

	begin = time.Now()

	p := launch(t, nil, auditSettings(t, owner, auditSecret), "audit", "verify")

	code, peak := p.awaitPeak(t)
	if code != 0 {
		t.Fatalf("it ends with %d: %s", code, p.stderr)
	}

	took := time.Since(begin)

	if !regexp.MustCompile(fmt.Sprintf(`^Verified: %d\nNot sealed yet: 0\nHead: %d:[0-9a-f]{64}\n$`, events, events)).MatchString(p.stdout.String()) {
		t.Errorf("it prints %q", p.stdout)
	}

	t.Logf("%d events were sealed at %.0f a second and verified at %.0f a second, with %d MiB at the peak",
		events, float64(events)/sealed.Seconds(), float64(events)/took.Seconds(), peak>>20)

	if peak == 0 || peak > most {
		t.Errorf("verifying takes %d MiB", peak>>20)
	}
}
