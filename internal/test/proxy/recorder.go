package proxy

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"

	"github.com/aicoordination/coordinator/gen/server"
)

// Report is what GET /-/report answers.
type Report struct {
	// Total is how many operations the contract has.
	Total int `json:"total"`
	// Requests is how many requests have reached the target and were answered,
	// those to what is no operation included.
	Requests int `json:"requests"`
	// Called is how often the target has answered each operation, by its operationId.
	Called map[string]int `json:"called"`
	// Missing are the operations that the target was never asked for.
	Missing []string `json:"missing"`
	// Unsuccessful are those that were called, and never with success: 2xx or 304.
	Unsuccessful []string `json:"unsuccessful"`
	// Faults is what was done to requests.
	Faults FaultCounts `json:"faults"`
}

// recorder counts what the target has answered.
type recorder struct {
	next   http.RoundTripper
	routes *http.ServeMux
	ids    map[string]string // of operations, by the pattern of their route

	mu        sync.Mutex
	requests  int
	called    map[string]int
	succeeded map[string]bool
}

func newRecorder(next http.RoundTripper) *recorder {
	r := &recorder{next: next, routes: http.NewServeMux(), ids: operations(), called: map[string]int{}, succeeded: map[string]bool{}}
	for pattern := range r.ids {
		r.routes.Handle(pattern, http.NotFoundHandler())
	}
	return r
}

// operations returns the operationId of each route of the contract, such as
// "GET /api/v1/tasks/{task_id}".
func operations() map[string]string {
	var contract struct {
		Paths map[string]map[string]json.RawMessage `json:"paths"`
	}
	if err := json.Unmarshal(server.SpecJSON(), &contract); err != nil {
		panic(fmt.Sprintf("the embedded contract cannot be read: %v", err))
	}

	ids := map[string]string{}
	for path, item := range contract.Paths {
		for _, method := range []string{http.MethodGet, http.MethodPut, http.MethodPost, http.MethodPatch, http.MethodDelete} {
			var operation struct {
				ID string `json:"operationId"`
			}
			if raw, ok := item[strings.ToLower(method)]; ok {
				if err := json.Unmarshal(raw, &operation); err != nil || operation.ID == "" {
					panic(fmt.Sprintf("%s %s of the embedded contract has no operationId: %v", method, path, err))
				}
				ids[method+" "+path] = operation.ID
			}
		}
	}
	return ids
}

// RoundTrip implements http.RoundTripper.
func (r *recorder) RoundTrip(request *http.Request) (*http.Response, error) {
	response, err := r.next.RoundTrip(request)
	if err == nil {
		r.record(request, response.StatusCode)
	}
	return response, err
}

func (r *recorder) record(request *http.Request, status int) {
	_, pattern := r.routes.Handler(request)
	id, isOperation := r.ids[pattern]

	r.mu.Lock()
	defer r.mu.Unlock()
	r.requests++
	if !isOperation {
		return
	}
	r.called[id]++
	if status < 300 || status == http.StatusNotModified {
		r.succeeded[id] = true
	}
}

func (r *recorder) report() Report {
	r.mu.Lock()
	defer r.mu.Unlock()

	report := Report{Total: len(r.ids), Requests: r.requests, Called: maps.Clone(r.called), Missing: []string{}, Unsuccessful: []string{}}
	for _, id := range slices.Sorted(maps.Values(r.ids)) {
		switch {
		case r.called[id] == 0:
			report.Missing = append(report.Missing, id)
		case !r.succeeded[id]:
			report.Unsuccessful = append(report.Unsuccessful, id)
		}
	}
	return report
}
