package event_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/access"
	"github.com/aicoordination/coordinator/internal/dbx"
	"github.com/aicoordination/coordinator/internal/event"
	"github.com/aicoordination/coordinator/internal/test/dbtest"
	"github.com/aicoordination/coordinator/internal/test/expect"
)

// Whoever follows the log up to the oldest transaction that still runs skips
// nothing: an event of a slow transaction is not overtaken by one of a fast
// one, as it is, this being the control, for whoever goes by the id alone.
func TestAReaderUpToTheOldestRunningTransactionSkipsNothing(t *testing.T) {
	t.Parallel()
	d := dbx.New(dbtest.Pool(t))
	slow, fast := uuid.New(), uuid.New()
	record := func(q *db.Queries, id uuid.UUID) {
		expect.OK(t, event.Record(t.Context(), q, access.System(), event.Event{Entity: "task", ID: id, Action: "updated"}))
	}
	read := func(sql string) []uuid.UUID {
		var ids []uuid.UUID
		expect.OK(t, d.QueryRow(t.Context(), sql).Scan(&ids))
		return ids
	}
	const (
		inOrder = `SELECT coalesce(array_agg(entity_id ORDER BY transaction_id, id), '{}') FROM events
			WHERE transaction_id < pg_snapshot_xmin(pg_current_snapshot())`
		byID = "SELECT coalesce(array_agg(entity_id ORDER BY id), '{}') FROM events"
	)
	expect.OK(t, dbx.WithTx(t.Context(), d, func(q *db.Queries) error {
		record(q, slow)
		record(db.New(d), fast)
		if got := read(inOrder); len(got) != 0 {
			t.Errorf("while the slow one runs, %v is read", got)
		}
		if diff := cmp.Diff([]uuid.UUID{fast}, read(byID)); diff != "" {
			t.Errorf("by the id alone (-want +got):\n%s", diff)
		}
		return nil
	}))
	// Transactions of other databases hold a reader up as well, for a moment.
	want := []uuid.UUID{slow, fast}
	for end := time.Now().Add(time.Minute); !cmp.Equal(want, read(inOrder)); {
		if time.Now().After(end) {
			t.Fatalf("in the end %v is read, want %v", read(inOrder), want)
		}
	}
}
