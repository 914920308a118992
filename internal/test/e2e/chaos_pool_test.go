package e2e_test

import (
	"context"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/aicoordination/coordinator/internal/test/dbtest"
)

// soonEnough is the bound of every answer, and what a busy machine adds to it.
const soonEnough = time.Second + 2*time.Second

// Whoever holds the database: everybody has an answer soon, the process is not
// taken for dead, and all goes on afterwards.
func TestChaosDatabaseIsHeld(t *testing.T) {
	t.Parallel()

	t.Run("ThePoolByOthers", func(t *testing.T) {
		t.Parallel()

		database := dbtest.URL(t)
		s := start(t, newDataDir(t), slices.Concat(admin, unlimited, []string{
			"DATABASE_URL=" + database, "COORDINATOR_DB_MAX_CONNS=4", "COORDINATOR_REQUEST_TIMEOUT=1m",
			"COORDINATOR_DB_LOCK_TIMEOUT=1m", "COORDINATOR_DB_STATEMENT_TIMEOUT=1m",
		})...)
		p := &prober{origin: s.origin, accessToken: s.signIn(t, adminEmail, adminPassword).AccessToken}

		holder := connect(t, database)

		tx, err := holder.Begin(t.Context())
		if err != nil {
			t.Fatal(err)
		}

		if _, err := tx.Exec(t.Context(), "LOCK TABLE tasks IN ACCESS EXCLUSIVE MODE"); err != nil {
			t.Fatal(err)
		}

		// As many as there are connections wait for the lock, each with one.
		held := make(chan int, 4)
		for range cap(held) {
			go func() { held <- p.get(t.Context(), "/api/v1/tasks").status }()
		}

		awaitQuery(t, database, "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'", cap(held))

		worst := p.askAll(t, "with the pool held", map[string]int{
			"/livez": http.StatusOK, "/readyz": http.StatusOK, "/health": http.StatusOK, "/health/detailed": http.StatusOK,
			"/api/v1/users/me": http.StatusServiceUnavailable, "/api/v1/tasks": http.StatusServiceUnavailable, "/api/v1/projects": http.StatusServiceUnavailable,
		})

		if err := tx.Rollback(t.Context()); err != nil {
			t.Fatal(err)
		}

		for range cap(held) {
			if status := <-held; status != http.StatusOK {
				t.Errorf("who held the pool gets %d", status)
			}
		}

		t.Logf("with the pool held the slowest answer took %v", worst)
		p.askAll(t, "afterwards", map[string]int{"/api/v1/users/me": http.StatusOK, "/api/v1/tasks": http.StatusOK, "/readyz": http.StatusOK})
	})

	t.Run("PostgreSQLHangs", func(t *testing.T) {
		t.Parallel()

		dataDir := newDataDir(t)
		s := start(t, dataDir, slices.Concat(admin, unlimited)...)
		p := &prober{origin: s.origin, accessToken: s.signIn(t, adminEmail, adminPassword).AccessToken}

		time.Sleep(1500 * time.Millisecond) // so that no connection is fresh

		stopped := postgresProcesses(t, dataDir)
		signalAll := func(signal syscall.Signal) {
			for _, pid := range stopped {
				_ = syscall.Kill(pid, signal)
			}
		}

		signalAll(syscall.SIGSTOP)
		defer signalAll(syscall.SIGCONT)

		worst := p.askAll(t, "with a PostgreSQL that hangs", map[string]int{
			"/livez": http.StatusOK, "/health": http.StatusOK, "/readyz": http.StatusServiceUnavailable,
			"/api/v1/users/me": http.StatusServiceUnavailable, "/api/v1/tasks": http.StatusServiceUnavailable,
		})

		signalAll(syscall.SIGCONT)
		s.awaitReady(t)
		t.Logf("with a PostgreSQL that hangs the slowest answer took %v", worst)

		for giveUp := time.Now().Add(patience); p.get(t.Context(), "/api/v1/users/me").status != http.StatusOK; {
			if time.Now().After(giveUp) {
				t.Fatal("it does not recover")
			}
		}
	})

	// The control: a pool without the bound keeps its caller for as long as others
	// hold it.
	t.Run("ControlWithoutTheBoundEverybodyWaits", func(t *testing.T) {
		t.Parallel()

		config, err := pgxpool.ParseConfig(dbtest.URL(t))
		if err != nil {
			t.Fatal(err)
		}

		config.MaxConns = 1

		pool, err := pgxpool.NewWithConfig(t.Context(), config)
		if err != nil {
			t.Fatal(err)
		}
		defer pool.Close()

		holder, err := pool.Acquire(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer holder.Release()

		ctx, cancel := context.WithTimeout(t.Context(), soonEnough)
		defer cancel()

		if _, err := pool.Acquire(ctx); ctx.Err() == nil {
			t.Errorf("it does not wait: %v", err)
		}
	})
}

// prober asks one thing after the other, and measures.
type prober struct{ origin, accessToken string }

type probed struct {
	status     int
	retryAfter string
	body       string
	took       time.Duration
}

func (p *prober) get(ctx context.Context, path string) probed {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, p.origin+path, http.NoBody)
	if err != nil {
		return probed{body: err.Error()}
	}

	// Health is asked by those who have no credential.
	if strings.HasPrefix(path, "/api/") {
		request.Header.Set("Authorization", "Bearer "+p.accessToken)
	}

	began := time.Now()

	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return probed{body: err.Error(), took: time.Since(began)}
	}

	body, _ := io.ReadAll(response.Body)
	_ = response.Body.Close()

	return probed{response.StatusCode, response.Header.Get("Retry-After"), string(body), time.Since(began)}
}

// askAll asks for every path several times at once, and returns how long the
// slowest answer took.
func (p *prober) askAll(t *testing.T, when string, want map[string]int) time.Duration {
	t.Helper()

	var (
		asking sync.WaitGroup
		mu     sync.Mutex
		worst  time.Duration
	)

	for path, status := range want {
		for range 3 {
			asking.Go(func() {
				got := p.get(t.Context(), path)

				mu.Lock()
				defer mu.Unlock()

				worst = max(worst, got.took)

				if got.status != status || got.took > soonEnough || status == http.StatusServiceUnavailable && got.retryAfter == "" {
					t.Errorf("%s, %s answers %d after %v, Retry-After %q, want %d: %s", when, path, got.status, got.took, got.retryAfter, status, got.body)
				}
			})
		}
	}

	asking.Wait()

	return worst.Round(time.Millisecond)
}

func awaitQuery(t *testing.T, database, statement string, want int) {
	t.Helper()

	for giveUp := time.Now().Add(patience); ; time.Sleep(5 * time.Millisecond) {
		got := query[int](t, database, statement)[0]
		if got >= want {
			return
		}

		if time.Now().After(giveUp) {
			t.Fatalf("%s gives %d, want %d", statement, got, want)
		}
	}
}
