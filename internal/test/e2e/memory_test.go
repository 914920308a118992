package e2e_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aicoordination/coordinator/internal/test/dbtest"
	"github.com/aicoordination/coordinator/internal/test/scale"
)

const (
	// loadConnections are how many ask at once, and loadMemory is the most that the
	// whole server may take meanwhile.
	loadConnections = 64
	loadMemory      = 128 << 20
	// loadLasts is long enough for the heap to be what it is under load;
	// `make bench-memory` asks for longer, as fast as wrk can.
	loadLasts = 3 * time.Second
)

// TestMemoryUnderLoad has 64 connections get, list and create tasks, and looks at
// what the program itself took at its most.
//
//nolint:paralleltest // The load would be what other tests wait for.
func TestMemoryUnderLoad(t *testing.T) {
	url := dbtest.OwnerURL(t)
	scale.Fill(t, url, 2000)

	s := start(t, newDataDir(t), "DATABASE_URL="+url, "COORDINATOR_RATE_LIMIT_READ=0", "COORDINATOR_RATE_LIMIT_WRITE=0", "COORDINATOR_RATE_LIMIT_SEARCH=0")
	token := s.signIn(t, adminOf(t, url), adminPassword).AccessToken
	task := query[string](t, url, "SELECT id::text FROM tasks WHERE deleted_at IS NULL ORDER BY id LIMIT 1")[0]
	project := query[string](t, url, "SELECT id::text FROM projects WHERE status = 'active' AND deleted_at IS NULL ORDER BY id LIMIT 1")[0]
	before := s.peakMemory(t)

	requests := []struct{ method, path, body string }{
		{http.MethodGet, "/api/v1/tasks/" + task + "?include=project,assignee", ""},
		{http.MethodGet, "/api/v1/tasks?page_size=50&sort=due_date", ""},
		{http.MethodPost, "/api/v1/tasks", fmt.Sprintf(`{"project_id":%q,"title":"Proofread the copy"}`, project)},
	}
	transport := &http.Transport{MaxIdleConnsPerHost: loadConnections}
	ctx, cancel := context.WithTimeout(t.Context(), loadLasts)

	defer cancel()
	defer transport.CloseIdleConnections()

	var succeeded, busy atomic.Int64

	var all sync.WaitGroup

	for i := range loadConnections {
		all.Go(func() {
			for n := i; ctx.Err() == nil; n++ {
				r := requests[n%len(requests)]

				request, err := http.NewRequestWithContext(ctx, r.method, s.origin+r.path, strings.NewReader(r.body))
				if err != nil {
					t.Error(err)

					return
				}

				request.Header.Set("Authorization", "Bearer "+token)
				request.Header.Set("Content-Type", "application/json")

				response, err := transport.RoundTrip(request)
				if err != nil {
					return // the time is over
				}

				_, _ = io.Copy(io.Discard, response.Body) // cut off at the end
				_ = response.Body.Close()

				switch response.StatusCode {
				case http.StatusOK, http.StatusCreated:
					succeeded.Add(1)
				case http.StatusServiceUnavailable: // where everything is tested at once
					busy.Add(1)
				default:
					t.Errorf("%s %s is answered %d", r.method, r.path, response.StatusCode)

					return
				}
			}
		})
	}

	all.Wait()

	t.Logf("%d requests over %d connections, %d told to come back: the server took at most %d MiB, %d before; wanted: %d",
		succeeded.Load(), loadConnections, busy.Load(), s.peakMemory(t)>>20, before>>20, loadMemory>>20)

	if peak := s.peakMemory(t); peak > loadMemory || succeeded.Load() == 0 {
		t.Errorf("the server took %d MiB for %d requests", peak>>20, succeeded.Load())
	}

	s.stop(t)
}
