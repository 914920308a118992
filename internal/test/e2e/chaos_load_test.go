package e2e_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/aicoordination/coordinator/gen/api"
)

// mixedLoad is writers that create, update, move and comment on tasks, book time
// and send batches, each change under a label of its own, by which it is found
// again. It speaks plain HTTP and never repeats a request by itself.
type mixedLoad struct {
	origin, accessToken string
	projectID           uuid.UUID
	http                *http.Client

	mu sync.Mutex
	// acknowledged are the labels of what was answered with success, by kind.
	acknowledged map[string]string
	// enough is closed when so many more are acknowledged.
	enough chan struct{}
	target int
	answers
}

// answers tell what came back.
type answers struct {
	statuses map[int]int
	// hurried are the answers with 503 that do not say when to come back.
	hurried int
	// broken are the requests without an answer.
	broken int
	// worst is how long the slowest answer took.
	worst time.Duration
	// lastSuccess is when the last success came back.
	lastSuccess time.Time
	// odd is an answer that nobody should get.
	odd string
}

// newMixedLoad makes a project on the server, for the administrator.
func newMixedLoad(t *testing.T, s *server) *mixedLoad {
	t.Helper()

	l := &mixedLoad{origin: s.origin, acknowledged: map[string]string{}}
	l.statuses = map[int]int{}
	l.accessToken = s.signIn(t, adminEmail, adminPassword).AccessToken
	l.projectID = calling(s.client(t, l.accessToken).Projects.Create(t.Context(), api.ProjectCreate{Name: "Chaos"})).
		succeeds(t).ID
	l.connect(t, s.origin)

	return l
}

// connect has the load go to the origin from now on, by new connections.
func (l *mixedLoad) connect(t *testing.T, origin string) {
	t.Helper()

	transport := &http.Transport{MaxIdleConnsPerHost: 2 * writers}
	t.Cleanup(transport.CloseIdleConnections)

	l.origin, l.http = origin, &http.Client{Transport: transport, Timeout: patience}
}

// expect prepares for so many further acknowledgements.
func (l *mixedLoad) expect(more int) {
	l.mu.Lock()
	defer l.mu.Unlock()

	l.enough, l.target = make(chan struct{}), len(l.acknowledged)+more
}

// run writes until the context ends, and where untilGone is set until a request
// has no answer.
func (l *mixedLoad) run(ctx context.Context, untilGone bool) *sync.WaitGroup {
	var writing sync.WaitGroup

	for range writers {
		writing.Go(func() {
			var taskID string

			for step := 0; ctx.Err() == nil; step++ {
				// The first success is the task that the rest is about.
				if err := l.step(ctx, step, &taskID); err != nil && untilGone {
					return
				}
			}
		})
	}

	return &writing
}

// step sends one change. Its error says that there was no answer.
func (l *mixedLoad) step(ctx context.Context, step int, taskID *string) error {
	label := "label-" + uuid.NewString()
	task := "/api/v1/tasks/" + *taskID

	if *taskID == "" || step%6 == 0 {
		created, err := l.send(ctx, "create", label, http.MethodPost, "/api/v1/tasks", map[string]any{"project_id": l.projectID, "title": label})
		if created != nil {
			*taskID, _ = created["id"].(string)
		}

		return err
	}

	var err error

	switch step % 6 {
	case 1:
		_, err = l.send(ctx, "update", label, http.MethodPatch, task, map[string]any{"description": label})
	case 2:
		// Where the task is blocked already, blocking it again changes nothing.
		var moved map[string]any
		if moved, err = l.send(ctx, "", "", http.MethodPut, task+"/status", map[string]any{"status": "in_progress"}); moved != nil {
			_, err = l.send(ctx, "move", label, http.MethodPut, task+"/status", map[string]any{"status": "blocked", "reason": label})
		}
	case 3:
		_, err = l.send(ctx, "comment", label, http.MethodPost, task+"/comments", map[string]any{"body": label})
	case 4:
		_, err = l.send(ctx, "time", label, http.MethodPost, task+"/time", map[string]any{"minutes": 5, "note": label})
	case 5:
		item := map[string]any{"op": "create", "project_id": l.projectID, "title": label}
		_, err = l.send(ctx, "bulk", label, http.MethodPost, "/api/v1/tasks/bulk", map[string]any{"items": []any{item, item, item}})
	}

	return err
}

// send sends a request and notes what comes back. It returns the body of a
// success. Without a label it is not looked for later.
func (l *mixedLoad) send(ctx context.Context, kind, label, method, path string, body any) (map[string]any, error) {
	content, err := json.Marshal(body)
	if err != nil {
		return nil, err
	}

	request, err := http.NewRequestWithContext(ctx, method, l.origin+path, bytes.NewReader(content))
	if err != nil {
		return nil, err
	}

	// A reader that can be read again would have the transport repeat a request
	// on a connection that was lost.
	request.GetBody = nil
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Authorization", "Bearer "+l.accessToken)

	began := time.Now()
	response, err := l.http.Do(request)

	var received []byte
	if err == nil {
		received, err = io.ReadAll(response.Body)
		_ = response.Body.Close()
	}

	l.mu.Lock()
	defer l.mu.Unlock()

	if err != nil {
		if ctx.Err() == nil {
			l.broken++
			l.odd = fmt.Sprintf("%s %s: %v", method, path, err)
		}

		return nil, err
	}

	return l.note(kind, label, began, response, received), nil
}

func (l *mixedLoad) note(kind, label string, began time.Time, response *http.Response, received []byte) map[string]any {
	status := response.StatusCode
	l.statuses[status]++
	l.worst = max(l.worst, time.Since(began))

	switch {
	case status == http.StatusServiceUnavailable && response.Header.Get("Retry-After") == "":
		l.hurried++
	case status >= http.StatusInternalServerError && status != http.StatusServiceUnavailable:
		l.odd = fmt.Sprintf("%s %s: %s", response.Request.Method, response.Request.URL.Path, received)
	}

	if status >= http.StatusMultipleChoices {
		return nil
	}

	l.lastSuccess = time.Now()

	if label != "" {
		l.acknowledged[label] = kind
		if l.enough != nil && len(l.acknowledged) == l.target {
			close(l.enough)
		}
	}

	var fields map[string]any
	if json.Unmarshal(received, &fields) != nil {
		return map[string]any{}
	}

	return fields
}

// take returns what has come back, and begins to count anew.
func (l *mixedLoad) take() answers {
	l.mu.Lock()
	defer l.mu.Unlock()

	taken := l.answers
	l.answers = answers{statuses: map[int]int{}, lastSuccess: taken.lastSuccess}

	return taken
}

// succeededAt is when the last success came back.
func (l *mixedLoad) succeededAt() time.Time {
	l.mu.Lock()
	defer l.mu.Unlock()

	return l.lastSuccess
}

// found is what came of the acknowledged.
type found struct {
	acknowledged, lost, doubled, unacknowledged int
	kinds, lostKinds                            map[string]int
}

// String implements fmt.Stringer.
func (f found) String() string {
	return fmt.Sprintf("%d acknowledged writes %v: %d lost %v, %d there twice; %d more are there that nobody acknowledged",
		f.acknowledged, f.kinds, f.lost, f.lostKinds, f.doubled, f.unacknowledged)
}

// look holds the database against what was acknowledged.
func (l *mixedLoad) look(t *testing.T, database string) found {
	t.Helper()

	labels := query[string](t, database, `
		SELECT title FROM tasks WHERE title LIKE 'label-%'
		UNION ALL SELECT body FROM comments WHERE body LIKE 'label-%'
		UNION ALL SELECT note FROM time_entries WHERE note LIKE 'label-%'
		UNION ALL SELECT changes->'description'->>'new' FROM events WHERE action <> 'task.created' AND changes->'description'->>'new' LIKE 'label-%'
		UNION ALL SELECT changes->'status_reason'->>'new' FROM events WHERE action <> 'task.created' AND changes->'status_reason'->>'new' LIKE 'label-%'`)

	there := map[string]int{}
	for _, label := range labels {
		there[label]++
	}

	l.mu.Lock()
	defer l.mu.Unlock()

	f := found{acknowledged: len(l.acknowledged), kinds: map[string]int{}, lostKinds: map[string]int{}}

	for label, kind := range l.acknowledged {
		want := 1
		if kind == "bulk" {
			want = 3
		}

		switch {
		case there[label] < want:
			f.lost++
			f.lostKinds[kind]++
		case there[label] > want:
			f.doubled++
		}

		f.kinds[kind]++
		delete(there, label)
	}

	f.unacknowledged = len(there)
	// A batch is there as a whole, and anything else once, also where nobody was told.
	for _, times := range there {
		if !slices.Contains([]int{1, 3}, times) {
			f.doubled++
		}
	}

	return f
}
