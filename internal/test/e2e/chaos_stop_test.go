package e2e_test

import (
	"context"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/aicoordination/coordinator/internal/test/chaos"

	"github.com/aicoordination/coordinator/internal/test/dbtest"
)

// Two replicas behind a switch are stopped in turn, as by a rolling update: no
// caller notices.
func TestChaosReplicasAreStopped(t *testing.T) {
	t.Parallel()

	t.Run("NobodyNotices", func(t *testing.T) {
		t.Parallel()

		stops, got, said := stopReplicas(t, "1s", chaos.Size(4, 50))
		t.Logf("%d stops of a replica: %v; answers %v, %d without one, slowest after %v", stops, got, said.statuses, said.broken, said.worst.Round(time.Millisecond))

		if got.lost != 0 || got.doubled != 0 {
			t.Errorf("%v", got)
		}

		requireOnly(t, said, http.StatusOK, http.StatusCreated, http.StatusConflict)
	})

	// The control: without the grace, callers are still sent to a replica that
	// takes no more requests.
	t.Run("ControlWithoutTheGraceRequestsFail", func(t *testing.T) {
		t.Parallel()

		for range 20 {
			stops, _, said := stopReplicas(t, "0s", 2)
			if failed := said.broken + said.statuses[http.StatusBadGateway]; failed > 0 {
				t.Logf("%d of %v requests failed over %d stops", failed, said.statuses, stops)

				return
			}
		}

		t.Error("no request failed")
	})
}

// stopReplicas stops the one and the other replica amid writes, each of which
// is started again before the next one is stopped.
func stopReplicas(t *testing.T, grace string, stops int) (int, found, answers) {
	t.Helper()

	database := dbtest.URL(t)
	// With a connection for each writer nobody is refused for there being none to
	// spare, which is another matter than the stop.
	settings := slices.Concat(admin, unlimited, []string{
		"DATABASE_URL=" + database, "COORDINATOR_SHUTDOWN_GRACE=" + grace, "COORDINATOR_ACCESS_TOKEN_TTL=1h", fmt.Sprintf("COORDINATOR_DB_MAX_CONNS=%d", writers),
	})
	// One secret, since a token of the one is good at the other.
	dataDir := newDataDir(t)
	replicas := []*server{start(t, dataDir, settings...), start(t, dataDir, settings...)}
	load := newMixedLoad(t, replicas[0])
	sw := startSwitch(t, replicas[0].origin, replicas[1].origin)
	load.connect(t, sw.origin)
	load.expect(20)

	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()

	writing := load.run(ctx, false)
	awaitEnough(t, load)

	for n := range stops {
		i := n % len(replicas)
		load.expect(20)
		replicas[i].stop(t)
		replicas[i] = start(t, dataDir, settings...)
		sw.replace(i, replicas[i].origin)
		sw.awaitAll(t)
		awaitEnough(t, load)
	}

	cancel()
	writing.Wait()

	return stops, load.look(t, replicas[0].database), load.take()
}

func awaitEnough(t *testing.T, l *mixedLoad) {
	t.Helper()

	select {
	case <-l.enough:
	case <-time.After(patience):
		t.Fatalf("too little is acknowledged: %+v", l.take())
	}
}

// aSwitch sends each request to one of the servers that say they are ready, as a
// load balancer does, and never repeats one.
type aSwitch struct {
	origin string

	mu      sync.Mutex
	origins []string
	ready   map[string]bool
	next    atomic.Int64
	http    *http.Client
}

func startSwitch(t *testing.T, origins ...string) *aSwitch {
	t.Helper()

	transport := &http.Transport{MaxIdleConnsPerHost: 2 * writers}
	s := &aSwitch{origins: origins, ready: map[string]bool{}, http: &http.Client{Transport: transport}}

	for _, origin := range origins {
		s.ready[origin] = true
	}

	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}

	s.origin = "http://" + listener.Addr().String()
	front := &http.Server{Handler: s, ReadHeaderTimeout: patience}

	ctx, cancel := context.WithCancel(t.Context())

	var running sync.WaitGroup

	running.Go(func() { _ = front.Serve(listener) })
	running.Go(func() { s.poll(ctx) })
	t.Cleanup(func() {
		cancel()

		_ = front.Close()

		running.Wait()
		transport.CloseIdleConnections()
	})

	return s
}

// poll looks ten times a second who is ready.
func (s *aSwitch) poll(ctx context.Context) {
	for ctx.Err() == nil {
		s.mu.Lock()
		origins := slices.Clone(s.origins)
		s.mu.Unlock()

		for _, origin := range origins {
			bounded, cancel := context.WithTimeout(ctx, 2*time.Second)
			status, err := statusOf(bounded, origin+"/readyz")

			cancel()
			s.mu.Lock()
			s.ready[origin] = err == nil && status == http.StatusOK
			s.mu.Unlock()
		}

		select {
		case <-ctx.Done():
		case <-time.After(100 * time.Millisecond):
		}
	}
}

func (s *aSwitch) replace(i int, origin string) {
	s.mu.Lock()
	defer s.mu.Unlock()

	s.origins[i] = origin
}

// awaitAll waits until every server is ready again.
func (s *aSwitch) awaitAll(t *testing.T) {
	t.Helper()

	for giveUp := time.Now().Add(patience); len(s.choices()) < len(s.origins); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(giveUp) {
			t.Fatalf("not all are ready: %v", s.choices())
		}
	}
}

func (s *aSwitch) choices() []string {
	s.mu.Lock()
	defer s.mu.Unlock()

	return slices.DeleteFunc(slices.Clone(s.origins), func(origin string) bool { return !s.ready[origin] })
}

// ServeHTTP implements [http.Handler].
func (s *aSwitch) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	choices := s.choices()
	if len(choices) == 0 {
		http.Error(w, "nobody is ready", http.StatusBadGateway)

		return
	}

	origin := choices[int(s.next.Add(1))%len(choices)]

	request, err := http.NewRequestWithContext(r.Context(), r.Method, origin+r.URL.Path, r.Body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)

		return
	}

	request.Header, request.ContentLength = r.Header.Clone(), r.ContentLength

	response, err := s.http.Do(request)
	if err != nil {
		http.Error(w, fmt.Sprintf("sending on to %s: %v", origin, err), http.StatusBadGateway)

		return
	}
	defer response.Body.Close()

	maps.Copy(w.Header(), response.Header)
	w.Header().Del("Connection")
	w.WriteHeader(response.StatusCode)
	_, _ = io.Copy(w, response.Body)
}

// A second signal ends the service at once, also amid the grace.
func TestSecondSignalEndsAtOnce(t *testing.T) {
	t.Parallel()

	s := start(t, newDataDir(t), slices.Concat(admin, []string{"DATABASE_URL=" + dbtest.URL(t), "COORDINATOR_SHUTDOWN_GRACE=5m"})...)

	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}

	// During the grace requests are served, on connections that end with them,
	// and /readyz keeps others away.
	for {
		status, err := statusOf(t.Context(), s.origin+"/readyz")
		if err != nil {
			t.Fatal(err)
		}

		if status == http.StatusServiceUnavailable {
			break
		}
	}

	response, err := http.Get(s.origin + "/health")
	if err != nil || response.StatusCode != http.StatusOK || !response.Close {
		t.Errorf("during the grace: %+v, %v", response, err)
	}

	if err == nil {
		_ = response.Body.Close()
	}

	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}

	s.await(t)

	if ended, ok := s.cmd.ProcessState.Sys().(syscall.WaitStatus); !ok || ended.Signal() != syscall.SIGTERM {
		t.Errorf("it ended with %v", s.cmd.ProcessState)
	}
}
