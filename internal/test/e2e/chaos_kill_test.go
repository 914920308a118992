package e2e_test

import (
	"context"
	"math/rand/v2"
	"net/http"
	"slices"
	"syscall"
	"testing"
	"time"

	"github.com/aicoordination/coordinator/internal/test/chaos"

	"github.com/aicoordination/coordinator/internal/test/dbtest"
)

// Whatever is written when the service is killed: what was acknowledged is there,
// once. The control is TestCrash/WritesAreLostWithoutSynchronousCommit: where
// PostgreSQL acknowledges what is not on disk, a loss is noticed.
func TestChaosServiceIsKilled(t *testing.T) {
	t.Parallel()

	settings := slices.Concat(admin, unlimited, []string{"DATABASE_URL=" + dbtest.URL(t), "COORDINATOR_ACCESS_TOKEN_TTL=1h"})
	dataDir := newDataDir(t)
	s := start(t, dataDir, settings...)
	load := newMixedLoad(t, s)
	kills := chaos.Size(3, 100)

	for range kills {
		load.connect(t, s.origin)
		load.expect(30 + rand.IntN(60))

		writing := load.run(t.Context(), true)

		select {
		case <-load.enough:
		case <-time.After(patience):
			t.Fatalf("too little is acknowledged: %+v", load.take())
		}

		s.kill()
		writing.Wait()

		s = start(t, dataDir, settings...)
	}

	got := load.look(t, s.database)
	t.Logf("%d kills of the service: %v", kills, got)

	if got.lost != 0 || got.doubled != 0 || len(got.kinds) != 6 {
		t.Errorf("%v", got)
	}
}

// PostgreSQL is killed again and again: the service goes on in the same process,
// tells its callers to come back, and loses nothing.
func TestChaosPostgreSQLIsKilled(t *testing.T) {
	t.Parallel()

	t.Run("ThePrivateOne", func(t *testing.T) {
		t.Parallel()

		dataDir := newDataDir(t)
		s := start(t, dataDir, slices.Concat(admin, unlimited, []string{"COORDINATOR_ACCESS_TOKEN_TTL=1h"})...)
		load := newMixedLoad(t, s)
		pid := s.cmd.Process.Pid

		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()

		writing := load.run(ctx, false)
		kills := chaos.Size(3, 20)

		var slowest, down time.Duration

		for range kills {
			load.expect(30)
			awaitEnough(t, load)
			time.Sleep(rand.N(300 * time.Millisecond))

			killed := runningPostmaster(t, dataDir)
			if err := syscall.Kill(killed, syscall.SIGKILL); err != nil {
				t.Fatal(err)
			}

			began := time.Now()
			back := awaitPostgres(t, s.database, dataDir, killed)
			slowest = max(slowest, awaitSuccessAfter(t, load, back).Sub(back))
			down = max(down, back.Sub(began))
		}

		cancel()
		writing.Wait()

		got, said := load.look(t, s.database), load.take()
		t.Logf("%d kills of PostgreSQL, away for %v at most: %v; answers %v, %d without one, slowest after %v; first success %v after its return at most",
			kills, down.Round(time.Millisecond), got, said.statuses, said.broken, said.worst.Round(time.Millisecond), slowest.Round(time.Millisecond))

		if got.lost != 0 || got.doubled != 0 {
			t.Errorf("%v", got)
		}

		requireOnly(t, said, http.StatusOK, http.StatusCreated, http.StatusConflict, http.StatusServiceUnavailable)

		if said.statuses[http.StatusServiceUnavailable] == 0 {
			t.Error("nobody noticed that PostgreSQL was away")
		}

		if slowest > 5*time.Second {
			t.Errorf("the first success came %v after the return", slowest)
		}

		if !s.isRunning() || s.cmd.Process.Pid != pid {
			t.Error("the service has ended")
		}

		s.awaitReady(t)
	})

	// The control: a service that is not there answers nobody, which is noticed.
	t.Run("ControlTheServiceDiesWithIt", func(t *testing.T) {
		t.Parallel()

		dataDir := newDataDir(t)
		s := start(t, dataDir, slices.Concat(admin, unlimited)...)
		load := newMixedLoad(t, s)
		load.expect(20)

		writing := load.run(t.Context(), true)
		<-load.enough

		if err := syscall.Kill(runningPostmaster(t, dataDir), syscall.SIGKILL); err != nil {
			t.Fatal(err)
		}

		s.kill()
		writing.Wait()

		if said := load.take(); said.broken == 0 {
			t.Error("every request was answered")
		}
	})
}

// requireOnly checks that there was an answer to each request, of these statuses,
// and that whoever was sent away was told when to come back.
func requireOnly(t *testing.T, said answers, statuses ...int) {
	t.Helper()

	for status, times := range said.statuses {
		if !slices.Contains(statuses, status) {
			t.Errorf("%d answers have the status %d", times, status)
		}
	}

	if said.broken != 0 || said.hurried != 0 || said.odd != "" {
		t.Errorf("%d requests without an answer, %d answers 503 without Retry-After; %s", said.broken, said.hurried, said.odd)
	}
}

// awaitSuccessAfter returns when the first success is noticed after the time.
func awaitSuccessAfter(t *testing.T, l *mixedLoad, after time.Time) time.Time {
	t.Helper()

	for giveUp := time.Now().Add(patience); ; time.Sleep(2 * time.Millisecond) {
		if l.succeededAt().After(after) {
			return time.Now()
		}

		if time.Now().After(giveUp) {
			t.Fatalf("nothing succeeds any more: %+v", l.take())
		}
	}
}

// awaitPostgres returns when another PostgreSQL than the killed one answers.
func awaitPostgres(t *testing.T, url, dataDir string, killed int) time.Time {
	t.Helper()

	for giveUp := time.Now().Add(patience); ; time.Sleep(5 * time.Millisecond) {
		pid, err := postmasterPID(dataDir)
		if err == nil && pid != 0 && pid != killed && accepts(t.Context(), url) {
			return time.Now()
		}

		if time.Now().After(giveUp) {
			t.Fatalf("PostgreSQL does not come back: %v", err)
		}
	}
}
