package obs_test

import (
	"bytes"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aicoordination/coordinator/internal/obs"
)

func openLog(t *testing.T, options obs.LogOptions) *obs.Log {
	t.Helper()
	log, err := obs.OpenLog(options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := log.Close(); err != nil {
			t.Error(err)
		}
	})
	return log
}

func write(t *testing.T, path, content string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestLevelFileIsReadAndItsMistakesChangeNothing(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "level")
	for _, test := range []struct {
		content string
		want    slog.Level
		warned  bool
	}{
		{"debug", slog.LevelDebug, false},
		{"\tERROR \r\n", slog.LevelError, false},
		{"Warn", slog.LevelWarn, false},
		{"info", slog.LevelInfo, false},
		{"", slog.LevelInfo, true},
		{"loud", slog.LevelInfo, true},
		{"debug\ninfo", slog.LevelInfo, true},
		{"info+1", slog.LevelInfo, true},
		{strings.Repeat(" ", 100) + "debug", slog.LevelInfo, true},
		{"password=hunter2-hunter2", slog.LevelInfo, true},
	} {
		var out bytes.Buffer
		write(t, path, test.content)
		log := openLog(t, obs.LogOptions{Level: slog.LevelInfo, LevelFile: path, Output: &out})
		if !log.Logger.Enabled(t.Context(), test.want) || log.Logger.Enabled(t.Context(), test.want-1) {
			t.Errorf("%q: the level is not %v", test.content, test.want)
		}
		if warned := strings.Contains(out.String(), `"level":"WARN"`); warned != test.warned {
			t.Errorf("%q: logged %s", test.content, out.String())
		}
		if strings.Contains(out.String(), "hunter2") {
			t.Errorf("what is wrong in the file is in the log: %s", out.String())
		}
	}
	var out bytes.Buffer
	log := openLog(t, obs.LogOptions{Level: slog.LevelError, LevelFile: path + "-none", Output: &out})
	log.Reload(t.Context())
	if log.Logger.Enabled(t.Context(), slog.LevelWarn) || !log.Logger.Enabled(t.Context(), slog.LevelError) {
		t.Error("without its file the level is another one")
	}
}

func TestTextIsColouredOnlyWhereItIsWanted(t *testing.T) {
	t.Parallel()
	for _, colour := range []bool{true, false} {
		var out bytes.Buffer
		log := openLog(t, obs.LogOptions{Text: true, Colour: colour, Output: &out})
		log.Logger.WarnContext(obs.WithRequestID(t.Context(), "req-1"), "careful", "password", "hunter2")
		if got := strings.Contains(out.String(), "\x1b["); got != colour {
			t.Errorf("coloured %t: %q", got, out.String())
		}
		if text := out.String(); strings.Contains(text, "hunter2") || !strings.Contains(text, "careful") || !strings.Contains(text, "req-1") {
			t.Errorf("logged %q", text)
		}
	}
}

// A file is set aside each day and by its size; as many as are wanted are kept,
// all for this user alone, and no line is lost.
func TestLogFileIsSetAside(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "coordinator.log")
	now := time.Now()
	log := openLog(t, obs.LogOptions{File: obs.LogFile{Path: path, MaxSizeMB: 1, MaxBackups: 2, MaxAgeDays: 3, Now: func() time.Time { return now }}})
	log.Logger.InfoContext(t.Context(), "first day")
	log.Logger.InfoContext(t.Context(), "first day again")
	if got := backups(t, dir); len(got) != 0 {
		t.Errorf("set aside on the same day: %v", got)
	}
	now = now.Add(24 * time.Hour)
	log.Logger.InfoContext(t.Context(), "second day")
	content, err := os.ReadFile(path)
	if err != nil || strings.Contains(string(content), "first day") || !strings.Contains(string(content), "second day") {
		t.Errorf("on the second day the file holds %q, %v", content, err)
	}
	if got := backups(t, dir); len(got) != 1 {
		t.Errorf("a day later these are set aside: %v", got)
	}
	// lumberjack names what it sets aside by the millisecond.
	for range 3 {
		time.Sleep(2 * time.Millisecond)
		now = now.Add(24 * time.Hour)
		log.Logger.InfoContext(t.Context(), "another day")
	}
	time.Sleep(2 * time.Millisecond)
	for range 2 {
		log.Logger.InfoContext(t.Context(), "long", "text", strings.Repeat("x ", 270<<10))
	}
	if info, err := os.Stat(path); err != nil || info.Size() > 1<<20 {
		t.Errorf("the file has %d bytes, %v", info.Size(), err)
	}
	deadline := time.Now().Add(20 * time.Second)
	for len(backups(t, dir)) != 2 {
		if time.Now().After(deadline) {
			t.Fatalf("these are kept: %v", backups(t, dir))
		}
		time.Sleep(10 * time.Millisecond)
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		if info, err := entry.Info(); err == nil && info.Mode().Perm() != 0o600 {
			t.Errorf("%s has the mode %v", entry.Name(), info.Mode())
		}
	}
}

// backups are the files that were set aside, without those that are being compressed.
func backups(t *testing.T, dir string) []string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(dir, "coordinator-*"))
	if err != nil {
		t.Fatal(err)
	}
	kinds := map[string]bool{}
	for _, path := range found {
		kinds[strings.TrimSuffix(path, ".gz")] = true
	}
	var names []string
	for name := range kinds {
		names = append(names, filepath.Base(name))
	}
	return names
}

func TestLogFileHasToBeAFile(t *testing.T) {
	t.Parallel()
	if _, err := obs.OpenLog(obs.LogOptions{File: obs.LogFile{Path: t.TempDir()}}); err == nil || !strings.Contains(err.Error(), "COORDINATOR_LOG_FILE") {
		t.Errorf("a directory is taken for a log file: %v", err)
	}
	if _, err := obs.OpenLog(obs.LogOptions{File: obs.LogFile{Path: "/dev/null"}}); err == nil || !strings.Contains(err.Error(), "no ordinary file") {
		t.Errorf("a device is taken for a log file: %v", err)
	}
}
