package client_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/aicoordination/coordinator/gen/db"
	"github.com/aicoordination/coordinator/internal/apperr"
	"github.com/aicoordination/coordinator/internal/client"
	"github.com/aicoordination/coordinator/internal/test/expect"
)

func TestClientTransitions(t *testing.T) {
	t.Parallel()
	// lead → prospect → active ⇄ inactive → churned; lead and prospect → churned; churned → prospect.
	allowed := map[db.ClientStatus][]string{
		db.ClientStatusLead:     {"prospect", "churned"},
		db.ClientStatusProspect: {"active", "churned"},
		db.ClientStatusActive:   {"inactive"},
		db.ClientStatusInactive: {"active", "churned"},
		db.ClientStatusChurned:  {"prospect"},
	}
	for _, from := range db.AllClientStatusValues() {
		for _, to := range db.AllClientStatusValues() {
			t.Run(fmt.Sprintf("%s/%s", from, to), func(t *testing.T) {
				t.Parallel()
				err := client.CanTransition(from, to)
				if slices.Contains(allowed[from], string(to)) {
					if err != nil {
						t.Errorf("got %v", err)
					}
					return
				}
				refusal := expect.Code(t, err, apperr.IllegalTransition)
				if diff := cmp.Diff(allowed[from], refusal.Allowed); diff != "" {
					t.Errorf("allowed (-want +got):\n%s", diff)
				}
			})
		}
	}
}
