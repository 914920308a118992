package event_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/event"
)

func TestDiff(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, time.June, 15, 0, 0, 0, 0, time.UTC)
	assignee, other := uuid.New(), uuid.New()
	row := db.Task{
		ID: uuid.New(), Title: "Plan", Status: "todo", Priority: "low", AssigneeID: &assignee, DueDate: &at,
		Version: 3, CreatedAt: at, UpdatedAt: at,
	}
	with := func(change func(*db.Task)) db.Task {
		changed := row
		change(&changed)
		return changed
	}
	sameValues := with(func(r *db.Task) { r.AssigneeID, r.DueDate = new(assignee), new(at) })

	for name, test := range map[string]struct {
		before, after any
		want          map[string]event.Change
	}{
		"SameRow":                      {row, row, map[string]event.Change{}},
		"SameValuesBehindOtherPointer": {row, sameValues, map[string]event.Change{}},
		"ValueToValue": {
			row, with(func(r *db.Task) { r.Title, r.AssigneeID = "Build", &other }),
			map[string]event.Change{"title": {Old: "Plan", New: "Build"}, "assignee_id": {Old: &assignee, New: &other}},
		},
		"ValueToNull": {
			row, with(func(r *db.Task) { r.DueDate = nil }),
			map[string]event.Change{"due_date": {Old: &at, New: (*time.Time)(nil)}},
		},
		"BookkeepingIsNoChange": {
			row, with(func(r *db.Task) {
				r.Version, r.UpdatedAt, r.UpdatedBy, r.CreatedBy = 4, at.Add(time.Hour), &other, &other
				r.DeletedAt, r.DeletedBy, r.DeletionID = &at, &other, &other
			}),
			map[string]event.Change{},
		},
		"CreatedHasWhatIsNotNull": {
			nil, row, map[string]event.Change{
				"project_id": {New: uuid.Nil}, "title": {New: "Plan"}, "status": {New: db.TaskStatus("todo")}, "priority": {New: db.Priority("low")},
				"assignee_id": {New: &assignee}, "due_date": {New: &at}, "position": {New: ""}, "progress": {New: int16(0)},
			},
		},
		"DeletedHasNothing": {row, nil, map[string]event.Change{}},
		"PasswordIsNeverIn": {
			db.User{PasswordHash: new("$argon2id$old")},
			db.User{PasswordHash: new("$argon2id$new"), Name: "Ana"},
			map[string]event.Change{"name": {Old: "", New: "Ana"}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(test.want, event.Diff(test.before, test.after)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
