package contract_test

import (
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/aicoordination/coordinator/internal/test/apitest"
)

// checkEvents holds what a request has written into the log of changes against
// the description of its operation, which names each action: whoever follows
// the log or has a webhook finds there what to wait for.
func (w *world) checkEvents(t *testing.T, operation *openapi3.Operation, answer apitest.Response) {
	t.Helper()
	rows, err := w.DB.Query(t.Context(), "SELECT DISTINCT action FROM events WHERE request_id = $1 ORDER BY action", answer.Header.Get("X-Request-ID"))
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var written []string
	for rows.Next() {
		var action string
		if err := rows.Scan(&action); err != nil {
			t.Fatal(err)
		}
		written = append(written, action)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	for _, action := range written {
		if !strings.Contains(operation.Description, "`"+action+"`") {
			t.Errorf("%s writes the event %s, which its description does not name", operation.OperationID, action)
		}
	}
}
