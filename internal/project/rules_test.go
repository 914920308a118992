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
