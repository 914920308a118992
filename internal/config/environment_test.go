package config

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestDefaultDataDir(t *testing.T) {
	t.Parallel()

	for _, test := range []struct {
		name string
		env  environment
		host machine
		want string
	}{
		{"Root", environment{"HOME": "/root", "XDG_DATA_HOME": "/x"}, machine{goos: "linux", root: true, home: "/root"}, "/var/lib/coordinator"},
		{"XDG", environment{"HOME": "/home/ana", "XDG_DATA_HOME": "/x"}, machine{goos: "linux"}, "/x/coordinator"},
		{"RelativeXDGIsIgnored", environment{"HOME": "/home/ana", "XDG_DATA_HOME": "x"}, machine{goos: "linux"}, "/home/ana/.local/share/coordinator"},
		{"Home", environment{"HOME": "/home/ana"}, machine{goos: "linux", home: "/elsewhere"}, "/home/ana/.local/share/coordinator"},
		{"macOS", environment{"HOME": "/Users/ana"}, machine{goos: "darwin"}, "/Users/ana/Library/Application Support/coordinator"},
		{"NoHomeVariable", environment{}, machine{goos: "linux", home: "/home/ana"}, "/home/ana/.local/share/coordinator"},
		{"EmptyHomeVariable", environment{"HOME": "", "XDG_DATA_HOME": ""}, machine{goos: "linux", home: "/home/ana"}, "/home/ana/.local/share/coordinator"},
		{"NoHomeAtAll", environment{}, machine{goos: "linux"}, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()

			if got := defaultDataDir(test.env, test.host); got != test.want {
				t.Errorf("defaultDataDir = %q, want %q", got, test.want)
			}
		})
	}
}

// A user without a home, as in many containers, has to name a directory where
// one is needed, and only there.
func TestNoDataDir(t *testing.T) {
	t.Parallel()

	const problem = "this user has no home directory to put the data in; set COORDINATOR_DATA_DIR to a directory"

	const url = "DATABASE_URL=postgres://db/app"

	unset := "--data-dir (COORDINATOR_DATA_DIR): " + problem

	for _, test := range []struct {
		name          string
		args, environ []string
		want          string
	}{
		{"PrivateServer", nil, nil, unset},
		{"KeysOfTheServer", nil, []string{url}, unset},
		{"MigrateOfThePrivateServer", []string{"migrate", "up"}, nil, unset},
		{"MigrateElsewhere", []string{"migrate", "up"}, []string{url}, ""},
		{"Named", nil, []string{"COORDINATOR_DATA_DIR=/srv"}, ""},
		{"NoDatabase", []string{"openapi"}, nil, ""},
		{"BadDirectoryIsOneMistake", []string{"--data-dir=~"}, nil, `--data-dir "~": expected a path; the shell leaves this ~ as it is, so write the directory out`},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()

			_, err := parse(test.args, test.environ, machine{goos: "linux", cores: 2}, nil, nil)

			want, got := "", ""
			if test.want != "" {
				want = "1 mistake in the settings:\n  " + test.want
			}

			if err != nil {
				got = err.Error()
			}

			if d := cmp.Diff(want, got); d != "" {
				t.Errorf("error (-want +got):\n%s", d)
			}
		})
	}
}

// A dollar sign in a directory is no variable of the grammar.
func TestDollarInHome(t *testing.T) {
	t.Parallel()

	invocation, err := parse(nil, []string{"HOME=/home/${x}$y"}, machine{goos: "linux", cores: 2}, nil, nil)
	if err != nil {
		t.Fatal(err)
	}

	if got, want := invocation.Serve.DataDir, "/home/${x}$y/.local/share/coordinator"; got != want {
		t.Errorf("DataDir = %q, want %q", got, want)
	}
}
