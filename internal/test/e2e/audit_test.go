package e2e_test

import (
	"encoding/base64"
	"fmt"
	"log/slog"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/aicoordination/coordinator/internal/audit"
	"github.com/aicoordination/coordinator/internal/dbx"
	"github.com/aicoordination/coordinator/internal/test/dbtest"
)

var (
	auditSecret = []byte("the secret key of the audit log's")
	otherSecret = []byte("what somebody else takes for that")
)

// insertEvents writes so many events, each in a transaction of its own, with a
// value in every column.
const insertEvents = `DO $do$ BEGIN FOR n IN 1..%d LOOP
	INSERT INTO events (actor_id, credential, request_id, entity_type, entity_id, project_id, action, changes, version)
	VALUES (gen_random_uuid(), 'session:' || n, 'request-' || n, 'task', gen_random_uuid(), gen_random_uuid(), 'task.updated', jsonb_build_object('title', jsonb_build_object('old', 'ä' || n, 'new', 1.50)), n);
	COMMIT;
END LOOP; END $do$`

// sealer works on the database at url, as the binary does.
func sealer(t *testing.T, url string, secret []byte) *audit.Sealer {
	t.Helper()

	pool, err := pgxpool.New(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}

	t.Cleanup(pool.Close)

	s, err := audit.NewSealer(dbx.New(pool), secret, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}

	return s
}

// sealAll seals every event, waiting for transactions of other databases that
// hold the end of the log back.
func sealAll(t *testing.T, url string, secret []byte, events int64) audit.Head {
	t.Helper()

	s := sealer(t, url, secret)

	for ; ; time.Sleep(10 * time.Millisecond) {
		head, err := s.CatchUp(t.Context())
		if err != nil {
			t.Fatal(err)
		}

		if head.Position == events {
			return head
		}
	}
}

func auditSettings(t *testing.T, ownerURL string, secret []byte) []string {
	t.Helper()

	return []string{"DATABASE_URL=" + dbtest.ApplicationURL(t, ownerURL), "COORDINATOR_SECRET_KEY=" + base64.StdEncoding.EncodeToString(secret)}
}

// Whoever has all rights over the database, but not the secret, changes
// nothing that "audit verify" does not name: the first row of it, exactly.
func TestAuditVerifyNamesTheFirstRowTamperedWith(t *testing.T) {
	t.Parallel()

	const events = 12

	type want struct {
		position int64
		event    int64 // 0 where it is not the position
		what     string
	}

	// tampered says what is done, at which position, and which words name it.
	tampered := map[string]struct {
		statements string
		want       want
		withHead   bool
	}{
		"FirstDeleted":           {statements: "DELETE FROM events WHERE id = 1", want: want{1, 1, "the event was removed"}},
		"MiddleDeleted":          {statements: "DELETE FROM events WHERE id = 6", want: want{6, 6, "the event was removed"}},
		"LastDeleted":            {statements: "DELETE FROM events WHERE id = 12", want: want{12, 12, "the event was removed"}},
		"SeveralDeleted":         {statements: "DELETE FROM events WHERE id IN (4, 9)", want: want{4, 4, "the event was removed"}},
		"FirstChanged":           {statements: "UPDATE events SET credential = 'system' WHERE id = 1", want: want{1, 1, "the event was changed"}},
		"LastChanged":            {statements: "UPDATE events SET credential = 'system' WHERE id = 12", want: want{12, 12, "is not what was sealed here"}},
		"ChangedToNull":          {statements: "UPDATE events SET project_id = NULL WHERE id = 3", want: want{3, 3, "the event was changed"}},
		"MovedBetweenTwoColumns": {statements: "UPDATE events SET credential = credential || left(request_id, 1), request_id = substr(request_id, 2) WHERE id = 8", want: want{8, 8, "the event was changed"}},
		"Inserted": {
			statements: `INSERT INTO events (id, transaction_id, credential, entity_type, entity_id, action, changes) OVERRIDING SYSTEM VALUE
				SELECT 1000, transaction_id, 'system', 'task', gen_random_uuid(), 'task.deleted', '{}' FROM events WHERE id = 6`,
			want: want{7, 1000, "inserted here afterwards"},
		},
		"InsertedAtTheBeginning": {
			statements: `INSERT INTO events (id, transaction_id, credential, entity_type, entity_id, action, changes) OVERRIDING SYSTEM VALUE
				VALUES (0, '3', 'system', 'task', gen_random_uuid(), 'task.deleted', '{}')`,
			want: want{1, 0, "inserted here afterwards"},
		},
		"InsertedBeforeAChange": {
			statements: `INSERT INTO events (id, transaction_id, credential, entity_type, entity_id, action, changes) OVERRIDING SYSTEM VALUE
				SELECT 1000, transaction_id, 'system', 'task', gen_random_uuid(), 'task.deleted', '{}' FROM events WHERE id = 4;
				DELETE FROM events WHERE id = 9`,
			want: want{5, 1000, "inserted here afterwards"},
		},
		"TwoSwapped": {
			statements: "UPDATE events SET id = -4 WHERE id = 4; UPDATE events SET id = 4 WHERE id = 9; UPDATE events SET id = 9 WHERE id = -4",
			want:       want{4, 4, "the event was changed"},
		},
		"NeighboursSwapped": {
			statements: "UPDATE events SET id = -4 WHERE id = 4; UPDATE events SET id = 4 WHERE id = 5; UPDATE events SET id = 5 WHERE id = -4",
			want:       want{4, 4, "is not what was sealed here"},
		},
		"LinkChanged": {statements: `UPDATE event_chain SET hash = sha256('x') WHERE position = 7`, want: want{7, 7, "its link in the chain was changed"}},
		"LinkRemoved": {statements: "DELETE FROM event_chain WHERE position = 7", want: want{7, 7, "its link in the chain was removed"}},
		"LinksSwapped": {
			statements: "UPDATE event_chain SET position = 1000 WHERE position = 7; UPDATE event_chain SET position = 7 WHERE position = 9; UPDATE event_chain SET position = 9 WHERE position = 1000",
			want:       want{7, 9, "is not what was sealed here"},
		},
		"LinkSaysAnotherAction":      {statements: "UPDATE event_chain SET action = 'task.created' WHERE position = 7", want: want{7, 7, "its link in the chain was changed"}},
		"LinkSaysAnotherTime":        {statements: "UPDATE event_chain SET occurred_at = now() WHERE position = 7", want: want{7, 7, "its link in the chain was changed"}},
		"LinkSaysAnotherTransaction": {statements: "UPDATE event_chain SET transaction_id = '3' WHERE position = 7", want: want{7, 7, "its link in the chain was changed"}},
		"LinkOfAnotherEvent":         {statements: "DELETE FROM event_chain WHERE position = 12; UPDATE event_chain SET event_id = 12 WHERE position = 7", want: want{7, 7, "nothing was sealed for it"}},
		"EventAndItsLinkRemoved":     {statements: "DELETE FROM events WHERE id = 7; DELETE FROM event_chain WHERE position = 7", want: want{7, 0, "its link in the chain was removed"}},
		"BeginningChanged":           {statements: "UPDATE event_chain SET hash = sha256('x') WHERE position = 0", want: want{0, 0, "the beginning of the chain"}},
		"BeginningRemoved":           {statements: "DELETE FROM event_chain WHERE position = 0", want: want{0, 0, "the beginning of the chain"}},

		"EndCutOff":           {statements: "DELETE FROM event_chain WHERE position > 8", withHead: true, want: want{9, 9, "its end was cut off here"}},
		"EndCutOffWithEvents": {statements: "DELETE FROM event_chain WHERE position > 8; DELETE FROM events WHERE id > 8", withHead: true, want: want{9, 0, "its end was cut off here"}},
		"AllCutOff":           {statements: "DELETE FROM event_chain", withHead: true, want: want{1, 1, "its end was cut off here"}},
	}

	other := map[string]string{
		"id": "1000", "transaction_id": "'999999999999'", "occurred_at": "occurred_at + interval '1 microsecond'", "actor_id": "gen_random_uuid()",
		"credential": "credential || ' '", "request_id": "''", "entity_type": "'tas'", "entity_id": "gen_random_uuid()", "project_id": "gen_random_uuid()",
		"action": "'task.deleted'", "changes": `'{"title": {"old": "ä5", "new": 1.5}}'`, "version": "version + 1",
	}

	for _, column := range audit.Columns {
		test := tampered["FirstDeleted"]
		test.statements = "ALTER TABLE events DROP CONSTRAINT events_action_names_its_entity; UPDATE events SET " + column + " = " + other[column] + " WHERE id = 5"
		test.want = want{5, 5, "the event was changed"}

		if column == "id" {
			test.want.what = "the event was removed"
		}

		tampered["Column_"+column] = test
	}

	for name, test := range tampered {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			url := dbtest.OwnerURL(t)
			execute(t, url, fmt.Sprintf(insertEvents, events))
			head := sealAll(t, url, auditSecret, events)
			settings := auditSettings(t, url, auditSecret)

			args := []string{"audit", "verify"}
			if test.withHead {
				args = append(args, "--head="+head.String())
			}

			if got, want := mustRun(t, settings, args...), "Verified: 12\nNot sealed yet: 0\nHead: "+head.String()+"\n"; got != want {
				t.Fatalf("before, it prints %q, want %q", got, want)
			}

			execute(t, url, append([]string{
				"ALTER TABLE events DISABLE TRIGGER ALL", "ALTER TABLE event_chain DISABLE TRIGGER ALL", "ALTER TABLE events ALTER COLUMN id SET GENERATED BY DEFAULT",
			}, strings.Split(test.statements, ";")...)...)

			got := run(t, settings, args...)
			row := fmt.Sprintf(`the audit log was tampered with: position %d`, test.want.position)

			if test.want.event != 0 {
				row += fmt.Sprintf(`, event %d \(task\.\w+ at 20\S+Z\)`, test.want.event)
			} else if test.want.position != 1 {
				row += ":"
			}

			if got.code != 1 || !regexp.MustCompile(row).MatchString(got.stderr) || !strings.Contains(got.stderr, test.want.what) {
				t.Errorf("it ends with %d and says %q, want %s … %s", got.code, got.stderr, row, test.want.what)
			}

			if !strings.HasPrefix(got.stdout, fmt.Sprintf("Verified: %d\n", max(0, test.want.position-1))) {
				t.Errorf("it prints %q", got.stdout)
			}
		})
	}
}

// A chain that somebody has written anew under another key is found out, and
// one that is looked at with the wrong key is not taken for that.
func TestAuditVerifyTellsAnotherSecretFromAnotherChain(t *testing.T) {
	t.Parallel()

	const events = 12

	url := dbtest.OwnerURL(t)
	execute(t, url, fmt.Sprintf(insertEvents, events))
	head := sealAll(t, url, auditSecret, events)
	right, wrong := auditSettings(t, url, auditSecret), auditSettings(t, url, otherSecret)

	run(t, wrong, "audit", "verify").refuses(t, 3, "could not be checked", "another secret key")
	run(t, wrong, "audit", "verify", "--head="+head.String()).refuses(t, 3, "could not be checked", "another secret key")

	// Who has the wrong secret does not go on with the chain either.
	execute(t, url, fmt.Sprintf(insertEvents, 1))

	stranger := sealer(t, url, otherSecret)

	var refusal error
	for ; refusal == nil; time.Sleep(10 * time.Millisecond) {
		_, refusal = stranger.CatchUp(t.Context())
	}

	if !strings.Contains(refusal.Error(), "another secret key") {
		t.Error(refusal)
	}

	// All of it anew, with a change, but for the beginning, which nobody else can make.
	beginning := query[string](t, url, "SELECT encode(hash, 'hex') FROM event_chain WHERE position = 0")[0]
	execute(t, url, "ALTER TABLE events DISABLE TRIGGER ALL", "ALTER TABLE event_chain DISABLE TRIGGER ALL",
		"UPDATE events SET credential = 'system' WHERE id = 6", "DELETE FROM event_chain")
	sealAll(t, url, otherSecret, events+1)

	withHead := run(t, right, "audit", "verify", "--head="+head.String())
	if withHead.code != 1 || !strings.Contains(withHead.stderr, "it was written anew at or before this position") {
		t.Errorf("with the head it ends with %d and says %q", withHead.code, withHead.stderr)
	}

	run(t, right, "audit", "verify").refuses(t, 3, "another secret key")

	execute(t, url, "UPDATE event_chain SET hash = decode('"+beginning+"', 'hex') WHERE position = 0")

	anew := run(t, right, "audit", "verify")
	if anew.code != 1 || !strings.Contains(anew.stderr, "position 1, event 1 (task.updated at ") {
		t.Errorf("it ends with %d and says %q", anew.code, anew.stderr)
	}
}
