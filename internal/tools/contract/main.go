// Command contract holds openapi.yaml against the contract of the last release,
// which is kept beside it as released.json: what breaks a caller is refused, and
// what has changed is told in CHANGELOG.md.
//
// It runs from the root of the repository, after the contract is in gen/server:
//
//	go run ./internal/tools/contract check            # fails on a breaking change
//	go run ./internal/tools/contract changes          # prints what has changed since the release
//	go run ./internal/tools/contract changelog        # writes that into CHANGELOG.md
//	go run ./internal/tools/contract release 0.3.0    # takes the contract as it is for that of 0.3.0
//
// What is compared is told by oasdiff, which has a module file of its own.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"
)

// Where everything is, from the root of the repository.
const (
	presentFile   = "gen/server/openapi.json"
	releasedFile  = "internal/tools/contract/released.json"
	acceptedFile  = "internal/tools/contract/accepted.txt"
	changelogFile = "CHANGELOG.md"
)

func main() {
	if err := run(context.Background(), os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintf(os.Stderr, "contract: %v\n", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, arguments []string, out io.Writer) error {
	released, err := readDocument(releasedFile)
	if err != nil {
		return err
	}
	present, err := readDocument(presentFile)
	if err != nil {
		return err
	}
	tool := oasdiff{root: "."}
	switch {
	case len(arguments) == 1 && arguments[0] == "check":
		return check(ctx, out, tool, released, present)
	case len(arguments) == 1 && arguments[0] == "changes":
		lines, err := changes(ctx, tool, released, present)
		if err != nil {
			return err
		}
		_, err = io.WriteString(out, render(released.version(), lines))
		return err
	case len(arguments) == 1 && arguments[0] == "changelog":
		return writeChangelog(ctx, tool, released, present)
	case len(arguments) == 2 && arguments[0] == "release":
		return release(present, arguments[1], time.Now())
	default:
		return errors.New("say check, changes, changelog, or release with a version such as 0.3.0")
	}
}

// check refuses a breaking change, and a changelog that does not tell what has changed.
func check(ctx context.Context, out io.Writer, tool oasdiff, released, present document) error {
	report, err := tool.breaking(ctx, released, present, acceptedFile)
	fmt.Fprint(out, report)
	if err != nil {
		return err
	}
	lines, err := changes(ctx, tool, released, present)
	if err != nil {
		return err
	}
	text, err := os.ReadFile(changelogFile)
	if err != nil {
		return err
	}
	wanted, err := replaceSection(string(text), render(released.version(), lines))
	if err != nil {
		return err
	}
	if wanted != string(text) {
		return errors.New(changelogFile + " does not tell what has changed in the contract: run make gen and commit what it writes")
	}
	fmt.Fprintf(out, "Nothing in the contract breaks a caller of %s; %d lines of changes.\n", released.version(), len(lines))
	return nil
}
