package apperr_test

import (
	"testing"

	"github.com/aicoordination/coordinator/internal/apperr"
)

func TestAnExternalReferenceIsWholeOrNone(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		source, id *string
		want       string
	}{
		"None":       {nil, nil, ""},
		"Whole":      {new("jira"), new("7"), ""},
		"SourceOnly": {new("jira"), nil, "/external_id required"},
		"IDOnly":     {nil, new("7"), "/external_source required"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := ""
			for _, field := range apperr.HalfReference(test.source, test.id) {
				got += field.Pointer + " " + field.Code
			}
			if got != test.want {
				t.Errorf("the mistake is %q, want %q", got, test.want)
			}
		})
	}
}
