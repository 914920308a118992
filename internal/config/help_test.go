package config

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
)

// helpOf is the help of a command with all white space as one space, since it
// is wrapped to the terminal's width.
func helpOf(t *testing.T, args ...string) string {
	t.Helper()

	var stdout, stderr bytes.Buffer

	// Mistakes do not keep anybody from the help.
	invocation, err := parse(args, []string{"COORDINATOR_ADDR=nonsense", "COORDINATOR_NONSENSE=x"}, testMachine, &stdout, &stderr)
	if err != nil {
		t.Fatalf("Parse(%q): %v", args, err)
	}

	if invocation.Command != CommandHelp || stderr.Len() > 0 {
		t.Errorf("Parse(%q) = %q and printed errors %q, want the help", args, invocation.Command, stderr.String())
	}

	return strings.Join(strings.Fields(stdout.String()), " ")
}

// Every command's help has every one of its settings with what it is for, its
// variable, its default and its bounds. A new field without them fails here.
func TestHelpExplainsEverySetting(t *testing.T) {
	t.Parallel()

	p, err := newParser(nil, testMachine, nil, nil)
	if err != nil {
		t.Fatal(err)
	}

	// Settings that are a part of one call and have no variable.
	noVariable := map[string]bool{
		"email": true, "name": true, "role": true, "password-stdin": true, "format": true,
		"revoke": true, "secret-lost": true, "dry-run": true, "skip-existing": true, "head": true,
		"json": true, "output": true, "with-jobs": true,
		"state": true, "kind": true, "limit": true, "all-discarded": true,
	}

	for _, command := range p.kong.Model.Leaves(false) {
		help := helpOf(t, append(strings.Fields(command.Path()), "--help")...)

		if command.Help == "" || !strings.Contains(help, command.Help) {
			t.Errorf("the help of %s does not say what it is for", command.Path())
		}

		for _, group := range command.AllFlags(false) {
			for _, flag := range group {
				if flag.Name == "help" || flag.Name == "version" {
					continue
				}

				checkHelp(t, help, flag, noVariable[flag.Name])
			}
		}
	}
}

func checkHelp(t *testing.T, help string, flag *kong.Flag, noVariable bool) {
	t.Helper()

	name := "--" + flag.Name
	if flag.Tag.Negatable != "" {
		name = "--[no-]" + flag.Name
	}

	wanted := []string{name, flag.Help}
	if flag.Help == "" {
		t.Errorf("%s does not say what it is for", name)
	}

	switch variable := flag.Tag.Get("env"); {
	case noVariable:
	case variable == "":
		t.Errorf("%s has no variable", name)
	default:
		wanted = append(wanted, "$"+variable)
	}

	switch unset := flag.Tag.Get("unset"); {
	case unset == required:
		wanted = append(wanted, "("+required)
	case unset != "":
		wanted = append(wanted, "(default: "+unset)
	case flag.Default != "":
		wanted = append(wanted, "(default: "+flag.Default)
	default:
		t.Errorf("%s says neither its default nor what applies without it", name)
	}

	if least := flag.Tag.Get("min"); least != "" {
		wanted = append(wanted, "from "+least+" to "+flag.Tag.Get("max"))
	}

	if accepted := choices(flag); len(accepted) > 0 {
		wanted = append(wanted, name+"="+strings.Join(accepted, "|"))
	}

	for _, want := range wanted {
		if !strings.Contains(help, strings.Join(strings.Fields(want), " ")) {
			t.Errorf("the help of %s lacks %q", name, want)
		}
	}
}

func TestHelpIsTheCommands(t *testing.T) {
	t.Parallel()

	for _, test := range []struct {
		args []string
		want string
	}{
		{[]string{"--help"}, "Usage: coordinator <command> [flags]"},
		{[]string{"-h"}, "Usage: coordinator <command> [flags]"},
		{[]string{"help"}, "Usage: coordinator <command> [flags]"},
		{[]string{"--help", "serve"}, "Usage: coordinator serve [flags]"},
		{[]string{"help", "serve"}, "Usage: coordinator serve [flags]"},
		{[]string{"--nonsense", "serve", "--addr=x", "--help"}, "Usage: coordinator serve [flags]"},
		{[]string{"migrate", "-h"}, "Usage: coordinator migrate <command> [flags]"},
		{[]string{"user", "create", "--help"}, "Usage: coordinator user create [flags]"},
	} {
		if got := helpOf(t, test.args...); !strings.HasPrefix(got, test.want) {
			t.Errorf("the help of %q begins %.60q, want %q", test.args, got, test.want)
		}
	}
}

// The help says when a default cannot be had.
func TestHelpWithoutDataDir(t *testing.T) {
	t.Parallel()

	var stdout bytes.Buffer
	if _, err := parse([]string{"serve", "--help"}, nil, machine{goos: "linux"}, &stdout, nil); err != nil {
		t.Fatal(err)
	}

	if !strings.Contains(strings.Join(strings.Fields(stdout.String()), " "), "(no default for this user; $COORDINATOR_DATA_DIR)") {
		t.Errorf("the help does not say that the directory has no default:\n%s", stdout.String())
	}
}

type failingWriter struct{}

var errFailing = errors.New("the reader is gone")

func (failingWriter) Write([]byte) (int, error) { return 0, errFailing }

func TestHelpThatCannotBePrinted(t *testing.T) {
	t.Parallel()

	if _, err := parse([]string{"--help"}, nil, testMachine, failingWriter{}, nil); !errors.Is(err, errFailing) {
		t.Errorf("error = %v, want that of the writer", err)
	}
}
