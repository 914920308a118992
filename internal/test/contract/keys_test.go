package contract_test

import (
	"bytes"
	"net/http"
	"slices"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/aicoordination/coordinator/internal/test/apitest"
)

func contains(body []byte, text string) bool { return bytes.Contains(body, []byte(text)) }

// contractPath is the path of the operation, with its parameters unfilled.
func contractPath(contract *apitest.Contract, operation *openapi3.Operation) string {
	for path, item := range contract.Doc.Paths.Map() {
		for _, found := range item.Operations() {
			if found.OperationID == operation.OperationID {
				return path
			}
		}
	}
	return ""
}

// wantSeen reads a list with the token and fails unless it has exactly the ids.
func wantSeen(t *testing.T, w *world, token, path string, want ...uuid.UUID) {
	t.Helper()
	var list struct {
		Data []struct {
			ID uuid.UUID `json:"id"`
		} `json:"data"`
	}
	w.Do(apitest.Request{Method: http.MethodGet, Path: path, Token: token}).MustDecode(t, http.StatusOK, &list)
	got := []string{}
	for _, row := range list.Data {
		got = append(got, row.ID.String())
	}
	wanted := []string{}
	for _, id := range want {
		wanted = append(wanted, id.String())
	}
	slices.Sort(got)
	slices.Sort(wanted)
	if diff := cmp.Diff(wanted, got); diff != "" {
		t.Errorf("%s lists (-want +got):\n%s", path, diff)
	}
}
