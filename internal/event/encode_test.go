package event

import (
	"encoding/json"
	"reflect"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/aicoordination/coordinator/gen/db"
)

// What is recorded is what encoding/json makes of the changes.
func TestChangesAreRecordedAsEncodedByTheLibrary(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, time.June, 15, 12, 30, 0, 123456000, time.FixedZone("", 7200))
	id := uuid.MustParse("0190a5e4-7c1f-7abc-8def-0123456789ab")
	texts := []string{"", "plain", `"quoted" \ back`, "tab\tline\n\x00\x1f\x7f", "<b>&amp;</b>", "Grüße \u2028 😀", "\xff\xfe"}
	for _, text := range texts {
		before := db.Task{Title: "Before", Tags: []string{"a"}}
		after := db.Task{
			ProjectID: id, ParentID: &id, Title: text, Description: &text, Status: db.TaskStatusDone, StatusReason: &text, Tags: []string{text, "b"},
			EstimateMinutes: new(int32(-5)), DueDate: &at, CompletedAt: &at, Progress: 100, IsOpen: true,
		}
		untagged := after
		untagged.Tags = []string{}
		distant := after
		distant.DueDate = new(at.AddDate(-2026, 0, 0))
		for name, rows := range map[string][2]any{
			"created": {nil, after}, "updated": {before, after}, "the other way": {after, before}, "same": {after, after}, "untagged": {after, untagged}, "deleted": {after, nil}, "nothing": {nil, nil},
			"json":    {db.Client{CustomFields: json.RawMessage(`{}`)}, db.Client{CustomFields: json.RawMessage(`{"city":"Bern"}`)}},
			"webhook": {nil, db.Webhook{}}, "before Christ": {nil, distant},
		} {
			want, err := json.Marshal(Diff(rows[0], rows[1]))
			if err != nil {
				t.Fatal(err)
			}
			for _, given := range [][2]any{rows, {pointed(rows[0]), pointed(rows[1])}} {
				got, err := appendChanges(nil, appendChanged(nil, given[0], given[1]))
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(decoded(t, want), decoded(t, got)); diff != "" {
					t.Errorf("%s of %T with %q (-want +got):\n%s", name, given[1], text, diff)
				}
			}
		}
	}
}

// pointed is a pointer to the row, if there is one.
func pointed(row any) any {
	if row == nil {
		return nil
	}
	to := reflect.New(reflect.TypeOf(row))
	to.Elem().Set(reflect.ValueOf(row))
	return to.Interface()
}

func decoded(t *testing.T, document []byte) (value any) {
	t.Helper()
	if err := json.Unmarshal(document, &value); err != nil {
		t.Fatalf("%s: %v", document, err)
	}
	return value
}

// A change of one field allocates for what is written, and not for what is not.
//
//nolint:paralleltest // It counts allocations.
func TestRecordingAllocatesLittle(t *testing.T) {
	var before, after any = &db.Task{Title: "Plan"}, &db.Task{Title: "Build", Status: db.TaskStatusDone}
	event := Event{Before: before, After: after}
	if n := testing.AllocsPerRun(100, func() { _, _ = event.changes() }); n > 1 {
		t.Errorf("it allocates %v times", n)
	}
}

func BenchmarkChanges(b *testing.B) {
	id := uuid.New()
	event := Event{After: db.Task{ProjectID: id, Title: "Write the report", Status: db.TaskStatusTodo, Priority: db.PriorityHigh, AssigneeID: &id}}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := event.changes(); err != nil {
			b.Fatal(err)
		}
	}
}
