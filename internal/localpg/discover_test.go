package localpg_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"github.com/aicoordination/coordinator/internal/localpg"
)

func TestDiscover(t *testing.T) {
	t.Parallel()

	t.Run("FindsTheMachinesOwn", func(t *testing.T) {
		t.Parallel()

		found, err := localpg.Discover("")
		if err != nil {
			t.Fatal(err)
		}

		again, err := localpg.Discover(found.Dir)
		if err != nil {
			t.Fatal(err)
		}

		if found != again || found.Major < 15 || !strings.HasPrefix(found.Version, fmt.Sprint(found.Major)) {
			t.Errorf("found %+v, and in its directory %+v", found, again)
		}
	})

	t.Run("LinkOnPathIsResolved", func(t *testing.T) {
		t.Parallel()

		dir := tempDir(t)
		installed := fakeBinaries(t, filepath.Join(dir, "opt", "bin"), "16.3")
		fakeBinaries(t, filepath.Join(dir, "lib", "17", "bin"), "17.1")

		bin := filepath.Join(dir, "bin")
		if err := errors.Join(os.Mkdir(bin, 0o755), os.Symlink(filepath.Join(installed, "initdb"), filepath.Join(bin, "initdb"))); err != nil {
			t.Fatal(err)
		}

		wantFound(t, localpg.Options{}.SearchOnly(bin, filepath.Join(dir, "lib", "*", "bin")),
			localpg.Binaries{Dir: installed, Major: 16, Version: "16.3"})
	})

	t.Run("NewestNumericallyWins", func(t *testing.T) {
		t.Parallel()

		dir := tempDir(t)
		for _, version := range []string{"9.6", "15.2", "15.10", "15.9"} {
			fakeBinaries(t, filepath.Join(dir, version), version)
		}

		wantFound(t, localpg.Options{}.SearchOnly("", filepath.Join(dir, "*")),
			localpg.Binaries{Dir: filepath.Join(dir, "15.10"), Major: 15, Version: "15.10"})
	})

	t.Run("TooOldAndBrokenOnesArePassedOver", func(t *testing.T) {
		t.Parallel()

		dir := tempDir(t)
		path := strings.Join([]string{
			fakeBinaries(t, filepath.Join(dir, "old"), "14.9"),
			fakeProgram(t, filepath.Join(dir, "broken", "initdb"), "exit 127"),
			fakeBinaries(t, filepath.Join(dir, "good"), "15.0"),
		}, ":")

		wantFound(t, localpg.Options{}.SearchOnly(path),
			localpg.Binaries{Dir: filepath.Join(dir, "good"), Major: 15, Version: "15.0"})
	})

	t.Run("VersionOfExistingDataDecides", func(t *testing.T) {
		t.Parallel()

		dir := tempDir(t)
		first := fakeBinaries(t, filepath.Join(dir, "17"), "17.1")
		fakeBinaries(t, filepath.Join(dir, "16"), "16.1")
		fakeData(t, filepath.Join(dir, "data"), "15")
		fakeData(t, filepath.Join(dir, "data"), "16")

		wantFound(t, localpg.Options{DataDir: filepath.Join(dir, "data")}.SearchOnly(first, filepath.Join(dir, "*")),
			localpg.Binaries{Dir: filepath.Join(dir, "16"), Major: 16, Version: "16.1"})
	})

	t.Run("NothingFoundNamesTheCommandThatHelps", func(t *testing.T) {
		t.Parallel()

		dir := tempDir(t)
		old := fakeBinaries(t, filepath.Join(dir, "old"), "13.4")
		fakeProgram(t, filepath.Join(dir, "bin", "apt-get"), "exit 1")

		want := "apt-get install postgresql"
		if runtime.GOOS == "darwin" {
			want = "brew install postgresql@17"
		}

		wantError(t, localpg.Options{CacheDir: dir}.SearchOnly(filepath.Join(dir, "bin"), old),
			"no PostgreSQL 15 or later", old+" holds PostgreSQL 13.4", want, "PG_BIN_DIR", "DATABASE_URL")
	})

	t.Run("DataOfAnotherVersionNamesWhatIsNeeded", func(t *testing.T) {
		t.Parallel()

		dir := tempDir(t)
		found := fakeBinaries(t, filepath.Join(dir, "17"), "17.1")
		fakeData(t, filepath.Join(dir, "data"), "16")

		want := "install postgresql-16"
		if runtime.GOOS == "darwin" {
			want = "brew install postgresql@16"
		}

		opts := localpg.Options{DataDir: filepath.Join(dir, "data"), CacheDir: dir}
		wantError(t, opts.SearchOnly("", found),
			filepath.Join(dir, "data", "postgresql", "16"), "no PostgreSQL 16 was found",
			found+" holds PostgreSQL 17.1", want, "COORDINATOR_DATA_DIR")

		opts.BinDir = found
		wantError(t, opts, "PG_BIN_DIR does not fit", "PostgreSQL 16", "17.1")
	})

	t.Run("BinDirIsTheOnlyPlace", func(t *testing.T) {
		t.Parallel()

		dir := tempDir(t)
		fakeBinaries(t, filepath.Join(dir, "good"), "17.1")

		_, err := localpg.Find(t.Context(), localpg.Options{BinDir: dir}.SearchOnly(filepath.Join(dir, "good")))
		if err == nil || !strings.Contains(err.Error(), dir+" has no initdb") {
			t.Errorf("the error is %v", err)
		}
	})
}

func TestVersions(t *testing.T) {
	t.Parallel()

	for output, want := range map[string]struct {
		version string
		major   int
	}{
		"postgres (PostgreSQL) 17.10\n":                          {"17.10", 17},
		"postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)\n": {"15.18", 15},
		"postgres (PostgreSQL) 18beta1\n":                        {"18beta1", 18},
		"postgres (PostgreSQL) 9.6.24\n":                         {"9.6.24", 9},
		"segmentation fault":                                     {},
		"":                                                       {},
		"postgres (PostgreSQL) ":                                 {},
	} {
		version, major, err := localpg.ParseVersion(output)
		if version != want.version || major != want.major || (err == nil) != (want.major != 0) {
			t.Errorf("%q is version %q, major %d, error %v", output, version, major, err)
		}
	}

	ascending := []string{"9.6.24", "15", "15.2", "15.10", "17.1", "18beta1", "100.0"}
	for i, a := range ascending {
		for j, b := range ascending {
			if got := localpg.CompareVersions(a, b); (got < 0) != (i < j) || (got == 0) != (i == j) {
				t.Errorf("comparing %s with %s gives %d", a, b, got)
			}
		}
	}
}

// TestUntraversableDirectory holds for root alone: an ordinary user's server
// runs as that user.
func TestUntraversableDirectory(t *testing.T) {
	t.Parallel()

	if os.Geteuid() != 0 {
		return
	}

	closed := filepath.Join(tempDir(t), "closed")
	if err := os.Mkdir(closed, 0o700); err != nil {
		t.Fatal(err)
	}

	opts := localpg.Options{DataDir: filepath.Join(closed, "data")}

	server, err := localpg.Start(t.Context(), opts)
	if err == nil {
		stop(t, server)
		t.Fatal("the server started")
	}

	for _, part := range []string{
		"does not run as root", "cannot enter " + closed + " ", "COORDINATOR_DATA_DIR", "chmod a+x " + closed, "DATABASE_URL",
	} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("the message lacks %q: %v", part, err)
		}
	}

	// What the message advises works.
	if err := os.Chmod(closed, 0o711); err != nil {
		t.Fatal(err)
	}

	start(t, opts)
}

func wantFound(t *testing.T, opts localpg.Options, want localpg.Binaries) {
	t.Helper()

	got, err := localpg.Find(t.Context(), opts)
	if err != nil {
		t.Fatal(err)
	}

	if got != want {
		t.Errorf("found %+v, want %+v", got, want)
	}
}

// wantError checks that both looking and starting fail with a message that
// holds every part.
func wantError(t *testing.T, opts localpg.Options, parts ...string) {
	t.Helper()

	_, findErr := localpg.Find(t.Context(), opts)

	if opts.DataDir == "" {
		opts.DataDir = tempDir(t)
	}

	server, startErr := localpg.Start(t.Context(), opts)
	if startErr == nil {
		stop(t, server)
	}

	for _, err := range []error{findErr, startErr} {
		if err == nil {
			t.Fatal("there is no error")
		}

		for _, part := range parts {
			if !strings.Contains(err.Error(), part) {
				t.Errorf("the message lacks %q: %v", part, err)
			}
		}
	}
}

// fakeBinaries makes a directory whose programs answer with the version.
func fakeBinaries(t *testing.T, dir, version string) string {
	t.Helper()

	fakeProgram(t, filepath.Join(dir, "initdb"), "exit 1")

	return fakeProgram(t, filepath.Join(dir, "postgres"), fmt.Sprintf("echo 'postgres (PostgreSQL) %s'", version))
}

// fakeProgram writes a shell script and returns its directory.
func fakeProgram(t *testing.T, path, script string) string {
	t.Helper()

	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}

	writeProgram(t, path, []byte("#!/bin/sh\n"+script+"\n"))

	return filepath.Dir(path)
}

// writeProgram writes a file that can be run.
func writeProgram(t *testing.T, path string, content []byte) {
	t.Helper()

	// A test beside this one that starts a process just now would hand it the open
	// file, and a file that somebody has open for writing does not run.
	syscall.ForkLock.RLock()
	defer syscall.ForkLock.RUnlock()

	if err := os.WriteFile(path, content, 0o755); err != nil {
		t.Fatal(err)
	}
}

// fakeData makes a directory that looks like a cluster of the major version.
func fakeData(t *testing.T, dataDir, major string) {
	t.Helper()

	dir := filepath.Join(dataDir, "postgresql", major)
	if err := os.MkdirAll(dir, 0o711); err != nil {
		t.Fatal(err)
	}

	if err := os.WriteFile(filepath.Join(dir, "PG_VERSION"), []byte(major+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
}
