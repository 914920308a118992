package localpg_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aicoordination/coordinator/internal/localpg"
)

func TestStart(t *testing.T) {
	t.Parallel()

	t.Run("ColdAndWarm", func(t *testing.T) {
		t.Parallel()

		opts := localpg.Options{DataDir: filepath.Join(tempDir(t), "data")}

		begin := time.Now()
		server := start(t, opts)
		t.Logf("cold start of PostgreSQL %s: %v", server.Version(), time.Since(begin).Round(time.Millisecond))

		execute(t, server.URL(), "CREATE TABLE kept (n int)", "INSERT INTO kept VALUES (7)")

		begin = time.Now()
		stop(t, server)
		t.Logf("stop: %v", time.Since(begin).Round(time.Millisecond))

		begin = time.Now()
		server = start(t, opts)
		t.Logf("warm start: %v", time.Since(begin).Round(time.Millisecond))

		if got := queryValue[int](t, server.URL(), "SELECT n FROM kept"); got != 7 {
			t.Errorf("the row is %d after the restart, want 7", got)
		}
	})

	t.Run("ServerIsPrivateAndDurable", func(t *testing.T) {
		t.Parallel()

		server := start(t, localpg.Options{DataDir: tempDir(t)})

		for setting, want := range map[string]string{
			"fsync":                   "on",
			"full_page_writes":        "on",
			"synchronous_commit":      "on",
			"listen_addresses":        "",
			"unix_socket_permissions": "0700",
			"TimeZone":                "UTC",
			"server_encoding":         "UTF8",
		} {
			if got := queryValue[string](t, server.URL(), "SELECT current_setting('"+setting+"')"); got != want {
				t.Errorf("%s is %q, want %q", setting, got, want)
			}
		}

		if got := queryValue[string](t, server.URL(), "SELECT current_database()"); got != localpg.Database {
			t.Errorf("the URL leads to the database %s, want %s", got, localpg.Database)
		}
	})

	t.Run("SettingsWinOverDefaults", func(t *testing.T) {
		t.Parallel()

		server := start(t, localpg.Options{
			DataDir:  tempDir(t),
			Settings: map[string]string{"max_connections": "42", "log_checkpoints": "on"},
		})

		if got := queryValue[string](t, server.URL(), "SELECT current_setting('max_connections')"); got != "42" {
			t.Errorf("max_connections is %s, want 42", got)
		}
	})

	t.Run("BadSettingIsReportedWithTheLog", func(t *testing.T) {
		t.Parallel()

		opts := localpg.Options{DataDir: tempDir(t), Settings: map[string]string{"shared_buffers": "plenty"}}

		server, err := localpg.Start(t.Context(), opts)
		if err == nil {
			stop(t, server)
			t.Fatal("the server started")
		}

		if !strings.Contains(err.Error(), `invalid value for parameter "shared_buffers"`) {
			t.Errorf("the error lacks the end of the log: %v", err)
		}

		// A failed start holds on to nothing.
		opts.Settings = nil
		start(t, opts)
	})

	t.Run("OddPaths", func(t *testing.T) {
		t.Parallel()

		for _, name := range []string{
			"a space & 100%+more",
			"a,comma",
			`a "quote" isn't one`,
			strings.Repeat("long", 30),
		} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()

				server := start(t, localpg.Options{DataDir: filepath.Join(tempDir(t), name)})

				if got := queryValue[int](t, server.URL(), "SELECT 1"); got != 1 {
					t.Errorf("SELECT 1 is %d", got)
				}
			})
		}
	})

	t.Run("CancelledContextLeavesNothingRunning", func(t *testing.T) {
		t.Parallel()

		dir := tempDir(t)

		underway := filepath.Join(dir, "postgresql", ".initdb-*", "PG_VERSION")

		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()

		go func() {
			for ctx.Err() == nil {
				if found, _ := filepath.Glob(underway); len(found) > 0 {
					cancel()
				}

				time.Sleep(time.Millisecond)
			}
		}()

		if _, err := localpg.Start(ctx, localpg.Options{DataDir: dir}); !errors.Is(err, context.Canceled) {
			t.Fatalf("the error is %v, want context.Canceled", err)
		}

		start(t, localpg.Options{DataDir: dir})

		leftovers, err := filepath.Glob(filepath.Dir(underway))
		if err != nil || len(leftovers) > 0 {
			t.Errorf("left over: %v, %v", leftovers, err)
		}
	})

	t.Run("LogOverItsLimitIsBegunAnew", func(t *testing.T) {
		t.Parallel()

		dir := tempDir(t)
		server := start(t, localpg.Options{DataDir: dir})
		stop(t, server)

		log := logFile(t, dir)
		if err := os.Truncate(log, 11<<20); err != nil {
			t.Fatal(err)
		}

		start(t, localpg.Options{DataDir: dir})

		info, err := os.Stat(log)
		if err != nil {
			t.Fatal(err)
		}

		if info.Size() == 0 || info.Size() > 1<<20 {
			t.Errorf("the log has %d bytes", info.Size())
		}
	})
}

func TestStop(t *testing.T) {
	t.Parallel()

	t.Run("ClosesDoneWithoutAnError", func(t *testing.T) {
		t.Parallel()

		server := start(t, localpg.Options{DataDir: tempDir(t)})

		select {
		case <-server.Done():
			t.Fatal("Done is closed while the server runs")
		default:
		}

		stop(t, server)
		stop(t, server) // a second time is harmless
		<-server.Done()

		if err := server.Err(); err != nil {
			t.Errorf("Err is %v after Stop, want nil", err)
		}
	})

	t.Run("DisconnectsClients", func(t *testing.T) {
		t.Parallel()

		server := start(t, localpg.Options{DataDir: tempDir(t)})
		conn := connect(t, server.URL())

		begin := time.Now()
		stop(t, server)

		if took := time.Since(begin); took > 10*time.Second {
			t.Errorf("stopping took %v with a client connected", took)
		}

		if err := conn.Ping(t.Context()); err == nil {
			t.Error("the connection outlived the server")
		}
	})

	t.Run("CutsOffWhenTheContextEnds", func(t *testing.T) {
		t.Parallel()

		dir := tempDir(t)
		server := start(t, localpg.Options{DataDir: dir})
		execute(t, server.URL(), "CREATE TABLE kept AS SELECT 7 AS n")

		ctx, cancel := context.WithCancel(t.Context())
		cancel()

		if err := server.Stop(ctx); err != nil {
			t.Fatal(err)
		}

		server = start(t, localpg.Options{DataDir: dir})
		if got := queryValue[int](t, server.URL(), "SELECT n FROM kept"); got != 7 {
			t.Errorf("the row is %d, want 7", got)
		}
	})

	t.Run("ConcurrentCallsAllReturn", func(t *testing.T) {
		t.Parallel()

		server := start(t, localpg.Options{DataDir: tempDir(t)})
		errs := make(chan error)

		for range 8 {
			go func() { errs <- server.Stop(context.Background()) }()
		}

		for range 8 {
			if err := <-errs; err != nil {
				t.Error(err)
			}
		}
	})
}

func clusterName(t *testing.T, dir string) string {
	t.Helper()

	return strings.TrimSuffix(filepath.Base(logFile(t, dir)), ".log")
}

func logFile(t *testing.T, dir string) string {
	t.Helper()

	logs, err := filepath.Glob(filepath.Join(dir, "postgresql", "*.log"))
	if err != nil || len(logs) != 1 {
		t.Fatalf("found logs %v: %v", logs, err)
	}

	return logs[0]
}
