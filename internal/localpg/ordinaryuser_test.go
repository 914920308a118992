package localpg_test

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// TestOrdinaryUser runs tests of this package again as nobody when they run as
// root, since most developers are ordinary users and most containers root.
func TestOrdinaryUser(t *testing.T) {
	t.Parallel()

	if os.Geteuid() != 0 {
		return // the other tests are this test
	}

	dir := tempDir(t)
	credential := nobody(t)

	home := filepath.Join(dir, "home")
	if err := errors.Join(os.Mkdir(home, 0o700), os.Chown(home, int(credential.Uid), int(credential.Gid))); err != nil {
		t.Fatal(err)
	}

	// The go command builds tests where only their user can run them.
	binary := filepath.Join(dir, "localpg.test")

	content, err := os.ReadFile(executable(t))
	if err != nil {
		t.Fatal(err)
	}

	writeProgram(t, binary, content)

	cmd := exec.Command(binary, "-test.v", "-test.run="+strings.Join([]string{
		"^TestStart$/^(ColdAndWarm|ServerIsPrivateAndDurable)$",
		"^TestKilled$/^ParentKilled$",
		"^TestSecondInstance$/^IsRefused$",
	}, "|"))
	cmd.Dir = home
	cmd.Env = append(os.Environ(), "HOME="+home, "TMPDIR="+home)
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: credential}

	output, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v:\n%s", err, output)
	}

	if got := strings.Count(string(output), "--- PASS"); got != 7 {
		t.Errorf("%d tests and groups passed as an ordinary user, want 7:\n%s", got, output)
	}
}
