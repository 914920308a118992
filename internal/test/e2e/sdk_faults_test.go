package e2e_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/aicoordination/coordinator/gen/api"
	"github.com/aicoordination/coordinator/gen/client"
	"github.com/aicoordination/coordinator/internal/test/chaos"
	"github.com/aicoordination/coordinator/internal/test/dbtest"
	"github.com/aicoordination/coordinator/internal/test/proxy"
)

// The SDK does what its users rely on, through a network that fails. Access
// tokens last a minute, so that the longer of these tests also refresh theirs.
func TestChaosSDK(t *testing.T) {
	t.Parallel()

	url := dbtest.EmptyURL(t)
	s := start(t, newDataDir(t), slices.Concat(admin, unlimited, []string{
		"DATABASE_URL=" + url, "COORDINATOR_DB_MAX_CONNS=12", "COORDINATOR_ACCESS_TOKEN_TTL=1m", "COORDINATOR_EVENT_STREAMS_PER_PRINCIPAL=1000",
		"COORDINATOR_WEBHOOK_ALLOW_LOOPBACK=true",
	})...)
	s.database = url

	for name, test := range map[string]func(t *testing.T, s *server){
		"CreatesOnceThroughFaults":              createsOnceThroughFaults,
		"RefreshesOnceForAHundredCalls":         refreshesOnceForAHundredCalls,
		"KeepsASessionThroughFaults":            keepsASessionThroughFaults,
		"SaysWhenARefusalIsUncertain":           saysWhenARefusalIsUncertain,
		"StreamsEachChangeOnceWhateverIsCut":    streamsEachChangeOnce,
		"VerifiesTheWebhooksOfTheServiceAsSent": verifiesWebhooks,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, s)
		})
	}
}

// between starts a proxy in front of the server that does something to a share of
// the requests.
func between(t *testing.T, s *server, faults float64, seed uint64) *proxy.Proxy {
	t.Helper()

	p, err := proxy.Start(proxy.Options{Target: s.origin, Faults: faults, Seed: seed})
	if err != nil {
		t.Fatal(err)
	}

	t.Cleanup(func() {
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	})

	return p
}

// pool is what a client sends its requests through: connections of its own.
func pool(t *testing.T) *http.Transport {
	t.Helper()

	own := &http.Transport{MaxIdleConnsPerHost: 32}
	t.Cleanup(own.CloseIdleConnections)

	return own
}

// newSDK returns a client at an address, as its users make one.
func newSDK(t *testing.T, address string, options ...client.Option) *client.Client {
	t.Helper()

	c, err := client.New(address, append([]client.Option{client.WithHTTPClient(&http.Client{Transport: pool(t)})}, options...)...)
	if err != nil {
		t.Fatal(err)
	}

	return c
}

// newSession opens a session of the administrator.
func newSession(t *testing.T, s *server) client.Session {
	t.Helper()

	pair := s.signIn(t, adminEmail, adminPassword)

	return client.NewSession(&pair)
}

// inSession returns a client that acts in a session of the administrator.
func inSession(t *testing.T, s *server, address string, options ...client.Option) *client.Client {
	t.Helper()

	return newSDK(t, address, append(options, client.WithSession(newSession(t, s), nil))...)
}

// Of 1,000 creates through a network that fails every fifth request in one way or
// another, each is done, and done once.
func createsOnceThroughFaults(t *testing.T, s *server) {
	t.Helper()

	t.Run("OnceWithAKey", func(t *testing.T) {
		t.Parallel()

		c := createThroughFaults(t, s, chaos.Size(250, 1000), nil)
		if c.failed > 0 || c.rows != c.creates || c.titles != c.creates || c.events != c.creates {
			t.Errorf("%d creates: %d have failed, %d rows of %d titles with %d events", c.creates, c.failed, c.rows, c.titles, c.events)
		}

		if c.replayed == 0 || c.faults.Failed == 0 || c.faults.Delayed == 0 || c.faults.Truncated == 0 || c.faults.Repeated == 0 || c.faults.Cut == 0 {
			t.Error("not everything was done to the requests, so not everything is shown")
		}
	})

	// The control: the same, and nobody but the client knows the key.
	t.Run("MoreThanOnceWithoutOne", func(t *testing.T) {
		t.Parallel()

		c := createThroughFaults(t, s, 100, func(next http.RoundTripper) http.RoundTripper { return keyless{next} })
		if c.rows <= c.creates {
			t.Errorf("%d creates made %d rows, and nothing twice", c.creates, c.rows)
		}
	})
}

// keyless takes the key off requests.
type keyless struct{ next http.RoundTripper }

// RoundTrip implements http.RoundTripper.
func (k keyless) RoundTrip(r *http.Request) (*http.Response, error) {
	without := r.Clone(r.Context())
	without.Header.Del("Idempotency-Key")

	return k.next.RoundTrip(without)
}

// throughFaults is what came of creates.
type throughFaults struct {
	creates, failed      int
	rows, titles, events int
	sent, replayed       int64
	faults               proxy.FaultCounts
}

func createThroughFaults(t *testing.T, s *server, creates int, around func(http.RoundTripper) http.RoundTripper) throughFaults {
	t.Helper()

	ctx := t.Context()
	project := calling(inSession(t, s, s.origin).Projects.Create(ctx, api.ProjectCreate{Name: t.Name()})).succeeds(t).ID
	p := between(t, s, 0.2, 6)

	var through http.RoundTripper = pool(t)
	if around != nil {
		through = around(through)
	}

	c := inSession(t, s, p.URL, client.WithRetries(10), client.WithHTTPClient(&http.Client{Transport: through}))
	result := throughFaults{creates: creates}
	began := time.Now()

	var failed, sent, replayed atomic.Int64

	inParallel(creates, func(number int) {
		var response client.Response

		task, err := c.Tasks.Create(ctx, api.TaskCreate{ProjectID: project, Title: fmt.Sprintf("Task %d", number)}, client.CaptureResponse(&response))
		if err != nil || task.Title != fmt.Sprintf("Task %d", number) {
			t.Log(err)
			failed.Add(1)
		}

		sent.Add(int64(response.Attempts))

		if response.Header.Get("Idempotency-Replayed") != "" {
			replayed.Add(1)
		}
	})

	result.failed, result.sent, result.replayed, result.faults = int(failed.Load()), sent.Load(), replayed.Load(), p.Report().Faults
	result.rows = query[int](t, s.database, "SELECT count(*) FROM tasks WHERE project_id = $1", project)[0]
	result.titles = query[int](t, s.database, "SELECT count(DISTINCT title) FROM tasks WHERE project_id = $1", project)[0]
	result.events = query[int](t, s.database, "SELECT count(*) FROM events WHERE project_id = $1 AND action = 'task.created'", project)[0]
	t.Logf("%d creates through %d faults (%+v) in %v: %d requests sent, %d answers replayed, %d calls failed; %d rows of %d titles with %d events",
		creates, result.faults.Total(), result.faults, time.Since(began).Round(time.Millisecond), result.sent, result.replayed, result.failed,
		result.rows, result.titles, result.events)

	return result
}

// inParallel does something so often, eight at a time.
func inParallel(times int, do func(number int)) {
	numbers := make(chan int)

	var working sync.WaitGroup
	for range 8 {
		working.Go(func() {
			for number := range numbers {
				do(number)
			}
		})
	}

	for number := range times {
		numbers <- number
	}

	close(numbers)
	working.Wait()
}

// A hundred calls at once with a token that is over get along with one refresh.
func refreshesOnceForAHundredCalls(t *testing.T, s *server) {
	t.Helper()

	for name, spoil := range map[string]func(session *client.Session){
		"OfWhichTheClientKnows": func(session *client.Session) { session.ExpiresAt = time.Now().Add(-time.Second) },
		"OfWhichTheServiceTells": func(session *client.Session) {
			// The token of a session that was signed out.
			other := s.signIn(t, adminEmail, adminPassword).AccessToken
			doing(s.client(t, other).Users.Logout(t.Context(), nil)).succeeds(t)

			session.AccessToken, session.ExpiresAt = other, time.Now().Add(time.Hour)
		},
		"ThatHasReallyExpired": func(session *client.Session) {
			if chaos.Full() {
				time.Sleep(2 * time.Minute) // The service is gracious about clocks.
			}

			session.ExpiresAt = time.Now().Add(chaos.Size(-time.Second, time.Hour))
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			const calls = 100

			p := between(t, s, 0, 1)
			session := newSession(t, s)
			spoil(&session)

			var told atomic.Int64

			c := newSDK(t, p.URL, client.WithSession(session, func(*client.Session) { told.Add(1) }))

			var failed atomic.Int64

			var running sync.WaitGroup
			for range calls {
				running.Go(func() {
					if _, err := c.Users.Me(t.Context()); err != nil {
						t.Log(err)
						failed.Add(1)
					}
				})
			}

			running.Wait()

			report := p.Report()
			t.Logf("%d calls at once: %d failed, %d refreshes, %d sessions told of", calls, failed.Load(), report.Called["refreshSession"], told.Load())

			if failed.Load() > 0 || report.Called["refreshSession"] != 1 || told.Load() != 1 {
				t.Errorf("want none failed, one refresh and one session")
			}
		})
	}
}

// A session outlives whatever is lost of its refreshes: an exchange whose answer
// is lost is asked for again, and never taken for a theft.
func keepsASessionThroughFaults(t *testing.T, s *server) {
	t.Helper()

	p := between(t, s, 0.5, 3)
	session := newSession(t, s)
	refreshes := chaos.Size(12, 500)

	var attempts int

	for range refreshes {
		session.ExpiresAt = time.Now().Add(-time.Second)
		c := newSDK(t, p.URL, client.WithRetries(20), client.WithSession(session, func(next *client.Session) {
			if next == nil {
				t.Error("the session has ended")

				return
			}

			session = *next
		}), client.WithHooks(client.Hooks{OnRequest: func(_ context.Context, a client.Attempt) {
			if a.Operation == "refreshSession" {
				attempts++
			}
		}}))

		if _, err := c.Users.Me(t.Context()); err != nil {
			t.Fatal(err)
		}
	}

	t.Logf("%d refreshes took %d attempts through %+v, and the session goes on", refreshes, attempts, p.Report().Faults)

	if attempts <= refreshes {
		t.Error("no answer was lost, so nothing is shown")
	}
}

// What a repeat is told is not taken for more than it says.
func saysWhenARefusalIsUncertain(t *testing.T, s *server) {
	t.Helper()

	as := inSession(t, s, s.origin)
	project := calling(as.Projects.Create(t.Context(), api.ProjectCreate{Name: "Repeats"})).succeeds(t).ID

	newTask := func() api.Task {
		return *calling(as.Tasks.Create(t.Context(), api.TaskCreate{ProjectID: project, Title: "T"})).succeeds(t)
	}

	// The answer to the first attempt is lost, and that to the second is told.
	losing := inSession(t, s, s.origin, client.WithHTTPClient(&http.Client{Transport: &losesFirst{next: pool(t)}}))
	task := newTask()
	problem := calling(losing.Tasks.Update(t.Context(), task.ID, api.TaskUpdate{Title: new("U")}, client.IfMatch(task.Version))).
		fails(t, http.StatusPreconditionFailed, api.ProblemCodeVersionConflict)

	if !problem.Uncertain {
		t.Error("a conflict with oneself is told as one with somebody else")
	}

	losing = inSession(t, s, s.origin, client.WithHTTPClient(&http.Client{Transport: &losesFirst{next: pool(t)}}))
	if err := losing.Tasks.Delete(t.Context(), newTask().ID); err != nil {
		t.Errorf("a deletion that was done is told as %v", err)
	}

	var refused *client.Error
	if err := as.Tasks.Delete(t.Context(), uuid.New()); !errors.As(err, &refused) || refused.Uncertain || refused.Code != api.ProblemCodeNotFound {
		t.Errorf("a deletion of nothing is told as %v", err)
	}
}

// losesFirst has the first request done, and loses its answer.
type losesFirst struct {
	next http.RoundTripper
	sent int
}

// RoundTrip implements http.RoundTripper.
func (l *losesFirst) RoundTrip(r *http.Request) (*http.Response, error) {
	response, err := l.next.RoundTrip(r)
	if l.sent++; l.sent > 1 || err != nil {
		return response, err
	}

	_ = response.Body.Close()

	return nil, errors.New("the connection was lost")
}
