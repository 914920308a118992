package main

import (
	"bytes"
	"strings"
	"testing"
)

func TestRun(t *testing.T) {
	t.Parallel()

	const advice = "\nRun \"coordinator --help\" or \"coordinator COMMAND --help\" to see what is accepted.\n"

	for _, test := range []struct {
		name          string
		args, environ []string
		stdin         string
		code          int
		stdout        string // The beginning of it.
		stderr        string // All of it.
	}{
		{name: "Help", args: []string{"--help"}, code: 0, stdout: "Usage: coordinator <command>"},
		{name: "HelpOfACommand", args: []string{"serve", "--help"}, code: 0, stdout: "Usage: coordinator serve"},
		{
			name: "MistakesAreTwo", args: []string{"--adr=:1"}, environ: []string{"COORDINATOR_BODY_LIMIT=x"}, code: 2,
			stderr: "coordinator: 2 mistakes in the settings:\n" +
				"  --adr: unknown flag; did you mean --addr?\n" +
				"  COORDINATOR_BODY_LIMIT \"x\": expected a whole number, from 1024 to 16777216" + advice,
		},
		{
			name: "PasswordOnStdin", args: []string{"user", "create", "--email=ana@example.com", "--password-stdin"}, stdin: "hunter2\n", code: 2,
			stderr: "coordinator: 1 mistake in the settings:\n" +
				"  --password-stdin: expected a password of 12 to 128 characters, none of them a control character" + advice,
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()

			var stdout, stderr bytes.Buffer

			code := run(t.Context(), test.args, test.environ, strings.NewReader(test.stdin), &stdout, &stderr)
			if code != test.code {
				t.Errorf("exit code %d, want %d", code, test.code)
			}

			if got := stdout.String(); !strings.HasPrefix(got, test.stdout) || (test.stdout == "") != (got == "") {
				t.Errorf("stdout = %q, want it to begin %q", got, test.stdout)
			}

			if got := stderr.String(); got != test.stderr {
				t.Errorf("stderr = %q, want %q", got, test.stderr)
			}
		})
	}
}

// The version is one line, for scripts.
func TestRunVersion(t *testing.T) {
	t.Parallel()

	for _, arg := range []string{"version", "--version"} {
		var stdout, stderr bytes.Buffer

		if code := run(t.Context(), []string{arg}, nil, strings.NewReader(""), &stdout, &stderr); code != 0 || stderr.Len() > 0 {
			t.Errorf("%s: exit code %d, stderr %q", arg, code, stderr.String())
		}

		if got := stdout.String(); strings.TrimSpace(got) == "" || strings.Count(got, "\n") != 1 {
			t.Errorf("%s prints %q, want one line", arg, got)
		}
	}
}
