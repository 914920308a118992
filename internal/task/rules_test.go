package task

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/apperr"
	"github.com/aicoordination/coordinator/internal/test/expect"
)

// The table of the design, row by row: where a task may go from each status.
var allowedByDesign = map[db.TaskStatus][]string{
	"backlog":     {"todo", "cancelled"},
	"todo":        {"backlog", "in_progress", "blocked", "cancelled"},
	"in_progress": {"todo", "in_review", "blocked", "done", "cancelled"},
	"in_review":   {"in_progress", "done", "cancelled"},
	"blocked":     {"todo", "in_progress", "cancelled"},
	"done":        {"in_progress"},
	"cancelled":   {"backlog"},
}

var statuses = []db.TaskStatus{"backlog", "todo", "in_progress", "in_review", "blocked", "done", "cancelled"}

func TestCanTransition(t *testing.T) {
	t.Parallel()
	for _, from := range statuses {
		for _, to := range statuses {
			t.Run(string(from)+"To"+string(to), func(t *testing.T) {
				t.Parallel()
				err := CanTransition(from, to)
				if slices.Contains(allowedByDesign[from], string(to)) {
					if err != nil {
						t.Errorf("is refused: %v", err)
					}
					return
				}
				e := expect.Code(t, err, apperr.IllegalTransition)
				if diff := cmp.Diff(allowedByDesign[from], e.Allowed); diff != "" {
					t.Errorf("allowed instead (-want +got):\n%s", diff)
				}
			})
		}
	}
}

func TestTransitionNeeds(t *testing.T) {
	t.Parallel()
	reasons := map[[2]db.TaskStatus]bool{
		{"todo", "blocked"}:        true,
		{"in_progress", "blocked"}: true,
		{"done", "in_progress"}:    true,
	}
	prerequisites := map[[2]db.TaskStatus]bool{
		{"todo", "in_progress"}:    true,
		{"blocked", "in_progress"}: true,
	}
	for _, from := range statuses {
		for _, to := range statuses {
			if CanTransition(from, to) != nil {
				continue
			}
			pair := [2]db.TaskStatus{from, to}
			if got := NeedsReason(from, to); got != reasons[pair] {
				t.Errorf("NeedsReason(%s, %s) = %v", from, to, got)
			}
			if got := NeedsPrerequisites(from, to); got != prerequisites[pair] {
				t.Errorf("NeedsPrerequisites(%s, %s) = %v", from, to, got)
			}
		}
	}
}

func TestIsOpen(t *testing.T) {
	t.Parallel()
	closed := map[db.TaskStatus]bool{"done": true, "cancelled": true}
	for _, status := range statuses {
		if IsOpen(status) == closed[status] {
			t.Errorf("IsOpen(%s) = %v", status, IsOpen(status))
		}
	}
}

func TestTakesTasks(t *testing.T) {
	t.Parallel()
	for status, want := range map[db.ProjectStatus]bool{
		"planning": true, "active": true, "on_hold": true,
		"completed": false, "cancelled": false, "archived": false,
	} {
		if got := takesTasks(status); got != want {
			t.Errorf("takesTasks(%s) = %v", status, got)
		}
	}
}
