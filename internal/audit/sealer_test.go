package audit

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"pgregory.net/rapid"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/access"
	"github.com/aicoordination/coordinator/internal/dbx"
	"github.com/aicoordination/coordinator/internal/event"
	"github.com/aicoordination/coordinator/internal/test/dbtest"
	"github.com/aicoordination/coordinator/internal/test/expect"
)

func TestMain(m *testing.M) { dbtest.Main(m) }

var secret = []byte("a secret that is long enough to be one")

func newSealer(t testing.TB, d *dbx.DB) *Sealer {
	t.Helper()
	s, err := NewSealer(d, secret, slog.New(slog.DiscardHandler))
	expect.OK(t, err)
	return s
}

func record(ctx context.Context, d *dbx.DB, n int) error {
	return dbx.WithTx(ctx, d, func(q *db.Queries) error {
		for range n {
			err := event.Record(ctx, q, access.System(), event.Event{Entity: "task", ID: uuid.New(), Action: "updated"})
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// sealUpTo waits for transactions of other tests' databases, which hold the
// end of the log back.
func sealUpTo(t testing.TB, s *Sealer, position int64) Head {
	t.Helper()
	for giveUp := time.Now().Add(time.Minute); ; time.Sleep(time.Millisecond) {
		head, err := s.CatchUp(t.Context())
		expect.OK(t, err)
		if head.Position == position {
			return head
		}
		if head.Position > position || time.Now().After(giveUp) {
			t.Fatalf("the chain ends at %d, want %d", head.Position, position)
		}
	}
}

// A column of events that the hash does not cover could be changed unnoticed.
func TestTheHashCoversEveryColumn(t *testing.T) {
	t.Parallel()
	d := dbx.New(dbtest.Pool(t))
	var columns []string
	expect.OK(t, d.QueryRow(t.Context(), `SELECT array_agg(attname::text ORDER BY attnum) FROM pg_attribute
		WHERE attrelid = 'events'::regclass AND attnum > 0 AND NOT attisdropped`).Scan(&columns))
	slices.Sort(columns)
	if diff := cmp.Diff(slices.Sorted(slices.Values(Columns)), columns); diff != "" {
		t.Errorf("(-covered +there):\n%s", diff)
	}
}

// However many events come in transactions of whatever size, in batches of
// whatever size, by one sealer or by several, the chain is the same as that
// which is sealed at once, and verifies.
func TestTheChainDoesNotDependOnHowItWasSealed(t *testing.T) {
	t.Parallel()
	d := dbx.New(dbtest.Pool(t))
	var total int64
	// Each run goes on where the one before has ended.
	rapid.Check(t, func(r *rapid.T) {
		for i, n := range rapid.SliceOfN(rapid.IntRange(1, 7), 1, 6).Draw(r, "transactions") {
			expect.OK(t, record(t.Context(), d, n))
			total += int64(n)
			s := newSealer(t, d)
			s.batch = int32(rapid.IntRange(1, 5).Draw(r, "batch"))
			if rapid.Bool().Draw(r, "together") {
				_, other := newSealer(t, d), newSealer(t, d)
				expect.OK(t, errors.Join(expect.Together(
					func() error { _, err := s.CatchUp(t.Context()); return err },
					func() error { _, err := other.CatchUp(t.Context()); return err })...))
			}
			if i%2 == 0 {
				sealUpTo(t, s, total)
			}
		}
		head := sealUpTo(t, newSealer(t, d), total)
		hash := testChain(t).start()
		events, err := db.New(d).EventChainUnsealed(t.Context(), db.EventChainUnsealedParams{TransactionID: "0", RowLimit: 1_000_000})
		expect.OK(t, err)
		c := testChain(t)
		for i, e := range events {
			hash = c.next(int64(i+1), hash, unsealed(e))
		}
		if !bytes.Equal(hash, head.Hash) {
			r.Fatalf("%d events are sealed as %s", total, head)
		}
		report, err := Verify(t.Context(), d, secret, &head)
		if err != nil || report.Finding != nil || report.Verified != total || report.Unsealed != 0 {
			r.Fatalf("it verifies as %+v, %v", report, err)
		}
	})
}

// An idle sealer writes nothing: no transaction gets a number.
func TestAnIdleSealerWritesNothing(t *testing.T) {
	t.Parallel()
	url := dbtest.URL(t)
	pool, statements := dbtest.Recorded(t, url)
	d := dbx.New(pool)
	expect.OK(t, record(t.Context(), d, 3))
	s := newSealer(t, d)
	sealUpTo(t, s, 3)
	sent := statements.During(func() {
		_, err := s.CatchUp(t.Context())
		expect.OK(t, err)
	})
	if len(sent) != 2 {
		t.Errorf("it sends %v", sent)
	}
	for _, statement := range sent {
		_, sql, _ := strings.Cut(statement.SQL, "\n")
		if !strings.HasPrefix(sql, "SELECT") || strings.Contains(sql, "advisory") {
			t.Errorf("it sends %s", sql)
		}
	}
	var mine *string
	expect.OK(t, d.QueryRow(t.Context(), "SELECT pg_current_xact_id_if_assigned()::text").Scan(&mine))
	if mine != nil {
		t.Errorf("a transaction has got the number %s", *mine)
	}
}

// What is not committed yet, and what follows it, is sealed afterwards.
func TestASealerStopsAtTheOldestRunningTransaction(t *testing.T) {
	t.Parallel()
	d := dbx.New(dbtest.Pool(t))
	s := newSealer(t, d)
	expect.OK(t, dbx.WithTx(t.Context(), d, func(q *db.Queries) error {
		expect.OK(t, event.Record(t.Context(), q, access.System(), event.Event{Entity: "task", ID: uuid.New(), Action: "created"}))
		expect.OK(t, record(t.Context(), d, 2))
		head, err := s.CatchUp(t.Context())
		if err != nil || head.Position != 0 {
			t.Errorf("the chain ends at %d, %v", head.Position, err)
		}
		return nil
	}))
	sealUpTo(t, s, 3)
	var first string
	expect.OK(t, d.QueryRow(t.Context(), "SELECT action FROM event_chain WHERE position = 1").Scan(&first))
	if first != "task.created" {
		t.Errorf("the first is %s", first)
	}
}

// A dump that was restored on a server with fewer transactions is noticed,
// where its new events would otherwise never be sealed.
func TestASealerNoticesAnotherServer(t *testing.T) {
	t.Parallel()
	d := dbx.New(dbtest.Pool(t))
	owner := dbtest.Owner(t, d)
	expect.OK(t, record(t.Context(), d, 1))
	sealUpTo(t, newSealer(t, d), 1)
	for _, statement := range []string{"ALTER TABLE event_chain DISABLE TRIGGER ALL", "UPDATE event_chain SET transaction_id = '99999999999'"} {
		_, err := owner.Exec(t.Context(), statement)
		expect.OK(t, err)
	}
	if _, err := newSealer(t, d).CatchUp(t.Context()); !errors.Is(err, ErrOtherServer) {
		t.Errorf("it gives %v", err)
	}
}

// Without a single event, and before anything is sealed, there is nothing to
// complain about, but for a head that there was.
func TestVerifyingWhatIsNotSealed(t *testing.T) {
	t.Parallel()
	d := dbx.New(dbtest.Pool(t))
	expect.OK(t, record(t.Context(), d, 3))
	report, err := Verify(t.Context(), d, secret, nil)
	if err != nil || report.Finding != nil || report.Verified != 0 || report.Unsealed != 3 {
		t.Errorf("it gives %+v, %v", report, err)
	}
	if _, ok, err := ReadHead(t.Context(), d); ok || err != nil {
		t.Errorf("there is a head: %t, %v", ok, err)
	}
	report, err = Verify(t.Context(), d, secret, &Head{Position: 2, Hash: make([]byte, hashLen)})
	if err != nil || report.Finding == nil || report.Finding.Position != 1 || report.Finding.EventID != 1 {
		t.Errorf("with a head it gives %+v, %v", report, err)
	}
}

// Run seals by itself until its context ends.
func TestRunSealsUntilItIsStopped(t *testing.T) {
	t.Parallel()
	d := dbx.New(dbtest.Pool(t))
	s := newSealer(t, d)
	s.every = time.Millisecond
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { s.Run(ctx); close(ended) }()
	expect.OK(t, record(t.Context(), d, 2))
	for giveUp := time.Now().Add(time.Minute); ; time.Sleep(time.Millisecond) {
		head, _, err := ReadHead(t.Context(), d)
		expect.OK(t, err)
		if head.Position == 2 {
			break
		}
		if time.Now().After(giveUp) {
			t.Fatal("nothing is sealed")
		}
	}
	stop()
	<-ended
}
