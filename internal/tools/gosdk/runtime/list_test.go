package client

import (
	"encoding/json"
	"testing"

	"github.com/aicoordination/coordinator/gen/api"
)

// A list that is nil keeps what is there; one that is empty clears it.
func TestAnEmptyListIsSentAndNoneIsNot(t *testing.T) {
	t.Parallel()
	for want, update := range map[string]api.ClientUpdate{
		`{}`:             {},
		`{"tags":[]}`:    {Tags: []string{}},
		`{"tags":["a"]}`: {Tags: []string{"a"}},
	} {
		if got, err := json.Marshal(update); err != nil || string(got) != want {
			t.Errorf("sent is %s (%v), want %s", got, err, want)
		}
	}
}
