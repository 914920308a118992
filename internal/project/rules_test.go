package project

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/apperr"
	"github.com/aicoordination/coordinator/internal/test/expect"
)

// The design: planning → active ⇄ on_hold; active → completed → archived;
// planning|active|on_hold → cancelled → archived; completed → active.
var allowedByDesign = map[db.ProjectStatus][]string{
	"planning":  {"active", "cancelled"},
	"active":    {"on_hold", "completed", "cancelled"},
	"on_hold":   {"active", "cancelled"},
	"completed": {"active", "archived"},
	"cancelled": {"archived"},
	"archived":  {},
}

func TestCanTransition(t *testing.T) {
	t.Parallel()
	for from, allowed := range allowedByDesign {
		for to := range allowedByDesign {
			t.Run(string(from)+"To"+string(to), func(t *testing.T) {
				t.Parallel()
				err := CanTransition(from, to)
				if slices.Contains(allowed, string(to)) {
					if err != nil {
						t.Errorf("is refused: %v", err)
					}
					return
				}
				e := expect.Code(t, err, apperr.IllegalTransition)
				if diff := cmp.Diff(allowed, e.Allowed); diff != "" {
					t.Errorf("allowed instead (-want +got):\n%s", diff)
				}
			})
		}
	}
}

func TestNeedsReason(t *testing.T) {
	t.Parallel()
	for from, allowed := range allowedByDesign {
		for _, to := range allowed {
			want := from == "completed" && to == "active"
			if got := NeedsReason(from, db.ProjectStatus(to)); got != want {
				t.Errorf("NeedsReason(%s, %s) = %v", from, to, got)
			}
		}
	}
}

func TestCompletion(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		row                 db.ProjectStatisticsRow
		byCount, byEstimate float64
	}{
		"NoTasks":             {db.ProjectStatisticsRow{}, 0, 0},
		"OnlyCancelledTasks":  {db.ProjectStatisticsRow{Total: 3, Cancelled: 3}, 0, 0},
		"NoneDone":            {db.ProjectStatisticsRow{Total: 4, EstimatedMinutes: 60}, 0, 0},
		"AllDone":             {db.ProjectStatisticsRow{Total: 4, Done: 4, EstimatedMinutes: 60, DoneMinutes: 60}, 100, 100},
		"CancelledAreLeftOut": {db.ProjectStatisticsRow{Total: 5, Done: 3, Cancelled: 1}, 75, 0},
		"WeightedByEstimate":  {db.ProjectStatisticsRow{Total: 2, Done: 1, EstimatedMinutes: 400, DoneMinutes: 100}, 50, 25},
		"NothingIsRounded":    {db.ProjectStatisticsRow{Total: 3, Done: 1, EstimatedMinutes: 3, DoneMinutes: 2}, 100. / 3, 200. / 3},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			byCount, byEstimate := Completion(test.row)
			if byCount != test.byCount || byEstimate != test.byEstimate {
				t.Errorf("Completion = %v, %v, want %v, %v", byCount, byEstimate, test.byCount, test.byEstimate)
			}
		})
	}
}
