package e2e_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aicoordination/coordinator/internal/test/chaos"

	"github.com/google/uuid"

	"github.com/aicoordination/coordinator/gen/api"
	"github.com/aicoordination/coordinator/internal/test/dbtest"
)

// A create that is sent three times at once, and again whenever there is no
// answer, is done once, also when the server is killed in between; and the
// three get the same answer, byte by byte.
func TestChaosIdempotentCreates(t *testing.T) {
	t.Parallel()

	t.Run("OnceWithAKey", func(t *testing.T) {
		t.Parallel()

		c := newCreates(t, true)
		c.run(t, chaos.Size(150, 10_000), chaos.Size(2, 40))

		if len(c.different) > 0 {
			t.Errorf("%d creates were answered differently, such as\n%s", len(c.different), c.different[0])
		}

		if c.rows != c.creates || c.events != c.creates || c.titles != c.creates {
			t.Errorf("%d creates made %d rows of %d titles with %d events", c.creates, c.rows, c.titles, c.events)
		}

		if c.replays.Load() == 0 {
			t.Error("nothing was replayed, so nothing is shown")
		}
	})

	// The control: the same without the header.
	t.Run("MoreThanOnceWithoutOne", func(t *testing.T) {
		t.Parallel()

		c := newCreates(t, false)
		c.run(t, 30, 1)

		if c.rows <= c.creates {
			t.Errorf("%d creates made %d rows, and nothing twice", c.creates, c.rows)
		}
	})
}

// creates are tasks that are created on a server which is killed meanwhile.
type creates struct {
	keyed   bool
	server  *server
	restart func(t *testing.T) *server
	// origin and database are the same after a restart.
	origin, database string
	token            string
	project          uuid.UUID
	http             *http.Client

	creates, kills       int
	rows, titles, events int

	done, sent, replays, inProgress atomic.Int64

	mu        sync.Mutex
	different []string
	failed    error
}

func newCreates(t *testing.T, keyed bool) *creates {
	t.Helper()

	url, dataDir := dbtest.EmptyURL(t), newDataDir(t)
	settings := append([]string{"DATABASE_URL=" + url, "COORDINATOR_DB_MAX_CONNS=12", "COORDINATOR_ACCESS_TOKEN_TTL=1h"}, append(unlimited, admin...)...)
	c := &creates{keyed: keyed, server: start(t, dataDir, settings...), http: &http.Client{Timeout: patience}}
	// A keep-alive of a server that is gone would be tried first.
	c.http.Transport = &http.Transport{DisableKeepAlives: true}
	// On the port that the others know.
	settings = append(settings, "COORDINATOR_ADDR="+strings.TrimPrefix(c.server.origin, "http://"))
	c.restart = func(t *testing.T) *server { t.Helper(); return start(t, dataDir, settings...) }
	c.token = c.server.signIn(t, adminEmail, adminPassword).AccessToken
	c.project = calling(c.server.client(t, c.token).Projects.Create(t.Context(), api.ProjectCreate{Name: "Repeats"})).
		succeeds(t).ID
	c.origin, c.database = c.server.origin, url

	return c
}

// run makes so many creates, each sent three times at once, and kills the server
// so often meanwhile.
func (c *creates) run(t *testing.T, creates, kills int) {
	t.Helper()

	c.creates = creates

	ctx, cancel := context.WithTimeout(t.Context(), time.Duration(chaos.Size(3, 25))*time.Minute)
	defer cancel()

	numbers := make(chan int)
	ended := make(chan struct{})

	var working sync.WaitGroup
	for range 6 {
		working.Go(func() {
			for number := range numbers {
				c.create(ctx, number)
			}
		})
	}

	go func() {
		defer close(ended)

		for number := range creates {
			numbers <- number
		}

		close(numbers)
		working.Wait()
	}()

	for kill := range kills {
		// Spread over the whole, and never in the same moment of a request.
		for c.done.Load() < int64((kill+1)*creates/(kills+1)) && ctx.Err() == nil {
			time.Sleep(time.Millisecond)
		}

		time.Sleep(time.Duration(rand.IntN(20)) * time.Millisecond)
		c.server.kill()
		c.kills++
		c.server = c.restart(t)
	}

	<-ended

	if c.failed != nil {
		t.Fatal(c.failed)
	}

	ofProject := " WHERE project_id = $1"
	c.rows = query[int](t, c.database, "SELECT count(*) FROM tasks"+ofProject, c.project)[0]
	c.titles = query[int](t, c.database, "SELECT count(DISTINCT title) FROM tasks"+ofProject, c.project)[0]
	c.events = query[int](t, c.database, "SELECT count(*) FROM events"+ofProject+" AND action = 'task.created'", c.project)[0]
	t.Logf("%d creates, each sent three times at once, with %d kills: %d requests, %d answered as in progress, %d replayed; %d rows, %d events, %d answers that differ",
		c.creates, c.kills, c.sent.Load(), c.inProgress.Load(), c.replays.Load(), c.rows, c.events, len(c.different))
}

// create sends one create three times at once.
func (c *creates) create(ctx context.Context, number int) {
	body := fmt.Appendf(nil, `{"project_id": %q, "title": "Task %d"}`, c.project, number)
	key := uuid.NewString()

	var (
		answers [3]string
		sending sync.WaitGroup
	)

	for i := range answers {
		sending.Go(func() { answers[i] = c.untilAnswered(ctx, key, body) })
	}

	sending.Wait()
	c.done.Add(1)

	if c.keyed && (answers[0] != answers[1] || answers[1] != answers[2]) {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.different = append(c.different, strings.Join(answers[:], "\n"))
	}
}

// untilAnswered sends the create until it is acknowledged, and returns all of
// the answer that a repeat has in common with the first.
func (c *creates) untilAnswered(ctx context.Context, key string, body []byte) string {
	for ctx.Err() == nil {
		status, header, content, err := c.send(ctx, key, body)

		switch {
		case err != nil || status == http.StatusServiceUnavailable:
			// The server is gone, or busy.
		case status == http.StatusCreated:
			if header.Get("Idempotency-Replayed") == "true" {
				c.replays.Add(1)
			}

			return fmt.Sprint(status, header.Get("Content-Type"), header.Get("ETag"), header.Get("Location"), string(content))
		case status == http.StatusConflict && header.Get("Retry-After") != "":
			c.inProgress.Add(1)
		default:
			c.fail(fmt.Errorf("a create is answered %d: %s", status, content))

			return ""
		}

		time.Sleep(time.Duration(20+rand.IntN(40)) * time.Millisecond)
	}

	c.fail(ctx.Err())

	return ""
}

func (c *creates) fail(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()

	c.failed = err
}

func (c *creates) send(ctx context.Context, key string, body []byte) (int, http.Header, []byte, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, c.origin+"/api/v1/tasks", bytes.NewReader(body))
	if err != nil {
		return 0, nil, nil, err
	}

	request.Header.Set("Authorization", "Bearer "+c.token)
	request.Header.Set("Content-Type", "application/json")

	if c.keyed {
		request.Header.Set("Idempotency-Key", key)
	}

	c.sent.Add(1)

	response, err := c.http.Do(request)
	if err != nil {
		return 0, nil, nil, err
	}

	defer response.Body.Close()

	content, err := io.ReadAll(response.Body)

	return response.StatusCode, response.Header, content, err
}
