package e2e_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aicoordination/coordinator/internal/test/chaos"

	"github.com/aicoordination/coordinator/gen/api"
	"github.com/aicoordination/coordinator/internal/test/dbtest"
)

// Writers that each read a number and write the next one lose nothing of each
// other when they send what they read in If-Match.
func TestChaosWritersUnderIfMatch(t *testing.T) {
	t.Parallel()

	writers, edits := chaos.Size(10, 100), chaos.Size(10, 100)

	t.Run("TheSumIsExact", func(t *testing.T) {
		t.Parallel()

		if got, want := addUp(t, writers, edits, true), writers*edits; got != want {
			t.Errorf("%d edits add up to %d", want, got)
		}
	})

	// The control: the same without the header.
	t.Run("EditsAreLostWithoutIt", func(t *testing.T) {
		t.Parallel()

		if got, all := addUp(t, 10, 10, false), 100; got >= all {
			t.Errorf("%d edits add up to %d, and none is lost", all, got)
		}
	})
}

// adders are writers that add one to the estimate of a task, again and again.
type adders struct {
	url, token string
	http       *http.Client
	underMatch bool

	stale, unavailable atomic.Int64
}

func addUp(t *testing.T, writers, edits int, underMatch bool) int {
	t.Helper()

	settings := append([]string{"DATABASE_URL=" + dbtest.EmptyURL(t), "COORDINATOR_DB_MAX_CONNS=12", "COORDINATOR_ACCESS_TOKEN_TTL=1h"}, append(unlimited, admin...)...)
	s := start(t, newDataDir(t), settings...)
	token := s.signIn(t, adminEmail, adminPassword).AccessToken
	asAdmin := s.client(t, token)
	project := calling(asAdmin.Projects.Create(t.Context(), api.ProjectCreate{Name: "Sums"})).succeeds(t)
	task := calling(asAdmin.Tasks.Create(t.Context(), api.TaskCreate{ProjectID: project.ID, Title: "Sum", EstimateMinutes: some(int32(1))})).
		succeeds(t)

	transport := &http.Transport{MaxIdleConnsPerHost: writers}
	t.Cleanup(transport.CloseIdleConnections)

	a := &adders{
		url: s.origin + "/api/v1/tasks/" + task.ID.String(), token: token, underMatch: underMatch,
		http: &http.Client{Timeout: patience, Transport: transport},
	}

	ctx, cancel := context.WithTimeout(t.Context(), time.Duration(chaos.Size(3, 25))*time.Minute)
	defer cancel()

	failed := make(chan error, writers)

	var working sync.WaitGroup
	for range writers {
		working.Go(func() {
			for range edits {
				if err := a.add(ctx); err != nil {
					failed <- err

					return
				}
			}
		})
	}

	working.Wait()
	close(failed)

	for err := range failed {
		t.Fatal(err)
	}

	sum, _, err := a.read(ctx)
	if err != nil {
		t.Fatal(err)
	}

	t.Logf("%d writers with %d edits each, If-Match %t: the sum is %d; %d edits were stale and made again, %d answers were 503",
		writers, edits, underMatch, sum, a.stale.Load(), a.unavailable.Load())

	return sum
}

// longestWait is what a writer that is overtaken again and again waits at most.
const longestWait = 4 * time.Second

// add adds one, on what it reads.
func (a *adders) add(ctx context.Context) error {
	for attempt := 1; ctx.Err() == nil; attempt++ {
		sum, tag, err := a.read(ctx)
		if err != nil {
			return err
		}

		body := fmt.Appendf(nil, `{"estimate_minutes": %d}`, 1+sum+1)

		header := map[string]string{"Content-Type": "application/json"}
		if a.underMatch {
			header["If-Match"] = tag
		}

		status, _, content, err := a.do(ctx, http.MethodPatch, header, body)

		switch {
		case err != nil:
			return err
		case status == http.StatusOK:
			return nil
		case status == http.StatusPreconditionFailed:
			a.stale.Add(1)
			// Who was overtaken leaves the record to the others for twice as long each time. With
			// less, a hundred of them keep the server so busy that whoever has read a version
			// finds the next one by the time it writes, and hardly anybody gets on.
			time.Sleep(rand.N(min(5*time.Millisecond<<min(attempt, 10), longestWait)))
		default:
			return fmt.Errorf("an edit is answered %d: %s", status, content)
		}
	}

	return ctx.Err()
}

// read returns the sum, which is the estimate less the one that it begins with:
// no task takes no time.
func (a *adders) read(ctx context.Context) (sum int, tag string, err error) {
	status, answered, content, err := a.do(ctx, http.MethodGet, nil, nil)
	if err != nil {
		return 0, "", err
	}

	var task api.Task
	if err := json.Unmarshal(content, &task); err != nil || status != http.StatusOK {
		return 0, "", fmt.Errorf("reading is answered %d: %s", status, content)
	}

	minutes, err := task.EstimateMinutes.Get()

	return int(minutes) - 1, answered.Get("ETag"), err
}

// do sends a request until the server has a connection to spare for it.
func (a *adders) do(ctx context.Context, method string, header map[string]string, body []byte) (int, http.Header, []byte, error) {
	for {
		request, err := http.NewRequestWithContext(ctx, method, a.url, bytes.NewReader(body))
		if err != nil {
			return 0, nil, nil, err
		}

		request.Header.Set("Authorization", "Bearer "+a.token)

		for name, value := range header {
			request.Header.Set(name, value)
		}

		response, err := a.http.Do(request)
		if err != nil {
			return 0, nil, nil, err
		}

		content, err := io.ReadAll(response.Body)
		_ = response.Body.Close()

		if err != nil || response.StatusCode != http.StatusServiceUnavailable {
			return response.StatusCode, response.Header, content, err
		}

		a.unavailable.Add(1)
		time.Sleep(time.Duration(20+rand.IntN(80)) * time.Millisecond)
	}
}
