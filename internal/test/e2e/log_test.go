package e2e_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/aicoordination/coordinator/internal/test/dbtest"
)

// logLines are the lines of a log of JSON.
func logLines(t *testing.T, text string) []map[string]any {
	t.Helper()

	var lines []map[string]any

	for line := range strings.Lines(text) {
		var parsed map[string]any
		if err := json.Unmarshal([]byte(line), &parsed); err != nil {
			t.Fatalf("the log has a line that is no JSON: %s", line)
		}

		lines = append(lines, parsed)
	}

	return lines
}

// awaitLog waits for the text in a file.
func awaitLog(t *testing.T, path, text string) {
	t.Helper()

	var content []byte

	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		content, _ = os.ReadFile(path)
		if strings.Contains(string(content), text) {
			return
		}
	}

	t.Fatalf("%s does not say %q:\n%s", path, text, content)
}

// The log goes to its file, for this user alone, with one line a request; slow
// statements are named. SIGHUP opens it anew and reads the level again, and what
// is wrong with the level changes nothing.
func TestLogFile(t *testing.T) {
	t.Parallel()

	owner := dbtest.OwnerURL(t)
	dir := t.TempDir()
	path, level := filepath.Join(dir, "coordinator.log"), filepath.Join(dir, "level")

	write := func(path, content string, mode os.FileMode) {
		if err := os.WriteFile(path, []byte(content), mode); err != nil {
			t.Fatal(err)
		}
	}
	// It is there already, readable for everybody.
	write(path, "", 0o644)
	write(level, " Info\n", 0o600)

	s := start(t, newDataDir(t), append(admin, "DATABASE_URL="+dbtest.ApplicationURL(t, owner), "DATABASE_OWNER_URL="+owner,
		"COORDINATOR_LOG_FILE="+path, "COORDINATOR_LOG_LEVEL=warn", "COORDINATOR_LOG_LEVEL_FILE="+level, "COORDINATOR_SLOW_QUERY=1ns", "COORDINATOR_SLOW_REQUEST=1ns")...)
	s.signIn(t, adminEmail, adminPassword)
	awaitLog(t, path, `"operation":"login"`)

	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the log file has the mode %v, %v", info.Mode(), err)
	}

	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}

	access, statements := map[string]any{}, map[any]bool{}

	for _, line := range logLines(t, string(content)) {
		if line["operation"] == "login" {
			access = line
		}

		if line["msg"] == "slow statement" {
			statements[line["statement"]] = true

			if line["level"] != "WARN" || line["args"] != nil || line["pool"] == nil || line["duration"] == nil {
				t.Errorf("a slow statement is logged as %v", line)
			}
		}
	}

	for _, name := range []string{"request_id", "method", "path", "route", "status", "bytes", "duration", "ip", "user_agent"} {
		if access[name] == nil {
			t.Errorf("the access line lacks %s: %v", name, access)
		}
	}

	if access["level"] != "WARN" || access["slow"] != true || access["route"] != "/api/v1/users/login" {
		t.Errorf("the slow request is logged as %v", access)
	}

	if !statements["SessionInsert"] || strings.Contains(string(content), adminEmail) {
		t.Errorf("the log names the statements %v; no argument may be in it", statements)
	}

	hangUp := func() {
		if err := s.cmd.Process.Signal(syscall.SIGHUP); err != nil {
			t.Fatal(err)
		}
	}
	// As logrotate does it.
	moved := filepath.Join(dir, "moved")
	if err := os.Rename(path, moved); err != nil {
		t.Fatal(err)
	}

	write(level, "debug", 0o600)
	hangUp()
	awaitLog(t, path, "the log file was opened anew")
	awaitLog(t, path, `"from":"INFO","to":"DEBUG"`)
	write(level, "loud", 0o600)
	hangUp()
	awaitLog(t, path, "the level of the log stays as it is")

	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the new log file has the mode %v, %v", info.Mode(), err)
	}

	if _, err := statusOf(t.Context(), s.origin+"/livez"); err != nil {
		t.Errorf("the server does not answer after SIGHUP: %v", err)
	}

	if log := s.stderr.String(); log != "" {
		t.Errorf("beside the file it wrote\n%s", log)
	}
}

// Without a file for it the level goes to debug and back.
func TestHangupSwitchesToDebugAndBack(t *testing.T) {
	t.Parallel()

	owner := dbtest.OwnerURL(t)
	s := start(t, newDataDir(t), append(admin, "DATABASE_URL="+dbtest.ApplicationURL(t, owner), "DATABASE_OWNER_URL="+owner, "COORDINATOR_LOG_LEVEL=warn")...)

	for _, want := range []string{`"from":"WARN","to":"DEBUG","by":"SIGHUP"`, `"from":"DEBUG","to":"WARN","by":"SIGHUP"`} {
		if err := s.cmd.Process.Signal(syscall.SIGHUP); err != nil {
			t.Fatal(err)
		}

		for deadline := time.Now().Add(patience); !strings.Contains(s.stderr.String(), want); time.Sleep(10 * time.Millisecond) {
			if time.Now().After(deadline) {
				t.Fatalf("the log does not say %s:\n%s", want, s.stderr)
			}
		}
	}
}

// A log file that cannot be had keeps the service from starting, and the message says what to do.
func TestLogFileThatCannotBeOpened(t *testing.T) {
	t.Parallel()

	got := run(t, []string{"COORDINATOR_ADDR=127.0.0.1:0", "COORDINATOR_DATA_DIR=" + newDataDir(t), "COORDINATOR_LOG_FILE=" + filepath.Join(t.TempDir(), "none", "log")}, "serve")
	got.refuses(t, 1, "opening the log file", "or set COORDINATOR_LOG_FILE to another")
}
