package app_test

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aicoordination/coordinator/internal/test/chaos"

	"go.uber.org/goleak"

	"github.com/aicoordination/coordinator/internal/app"
	"github.com/aicoordination/coordinator/internal/config"
	"github.com/aicoordination/coordinator/internal/test/dbtest"
)

func TestMain(m *testing.M) { dbtest.Main(m) }

func settings(t *testing.T, database string, args ...string) config.Serve {
	t.Helper()
	args = append([]string{"serve", "--addr=127.0.0.1:0", "--database-url=" + database, "--data-dir=" + t.TempDir(), "--admin-password=correct horse battery"}, args...)
	invocation, err := config.Parse(args, nil, io.Discard, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	return invocation.Serve
}

// A service that has stopped leaves nothing behind, however often it is started
// and stopped, and whatever it did meanwhile.
//
// Others that ran beside it would have goroutines of their own.
func TestChaosNothingIsLeftAfterAStop(t *testing.T) { //nolint:paralleltest // See above.
	stops := chaos.Size(3, 50)
	cfg := settings(t, dbtest.URL(t), "--shutdown-grace=50ms", "--log-level=error")
	logger := slog.New(slog.DiscardHandler)
	before := goleak.IgnoreCurrent()
	var answered atomic.Int64
	for range stops {
		ctx, stop := context.WithCancel(t.Context())
		a, err := app.New(ctx, cfg, logger)
		if err != nil {
			t.Fatal(err)
		}
		done := make(chan error, 1)
		go func() { done <- a.Run(ctx) }()
		transport := &http.Transport{}
		caller := &http.Client{Transport: transport}
		var asking sync.WaitGroup
		for _, path := range []string{"/readyz", "/health/detailed", "/api/v1/tasks", "/docs"} {
			asking.Go(func() {
				for ctx.Err() == nil {
					response, err := caller.Get("http://" + a.Addr().String() + path)
					if err != nil {
						return
					}
					_ = response.Body.Close()
					answered.Add(1)
				}
			})
		}
		time.Sleep(200 * time.Millisecond)
		stop()
		if err := <-done; err != nil {
			t.Errorf("running ends with %v", err)
		}
		if err := a.Close(t.Context()); err != nil {
			t.Errorf("closing ends with %v", err)
		}
		asking.Wait()
		transport.CloseIdleConnections()
	}
	if err := goleak.Find(before); err != nil {
		t.Errorf("after %d stops: %v", stops, err)
	}
	t.Logf("%d stops, %d requests answered in between", stops, answered.Load())

	t.Run("ControlWithoutCloseSomethingIsLeft", func(t *testing.T) {
		a, err := app.New(t.Context(), cfg, logger)
		if err != nil {
			t.Fatal(err)
		}
		if err := goleak.Find(before); err == nil {
			t.Error("nothing is left")
		}
		if err := a.Close(t.Context()); err != nil {
			t.Error(err)
		}
	})
}
