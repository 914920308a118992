package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"regexp"
	"strings"
	"time"
)

// What is between the two lines is written by make gen.
const (
	sectionBegins = "<!-- The contract since the last release; make gen writes this. -->"
	sectionEnds   = "<!-- The end of what make gen writes. -->"
)

const width = 110

// render returns the section of the changelog.
func render(released string, lines []string) string {
	if len(lines) == 0 {
		return "Nothing in the contract has changed since " + released + ".\n"
	}
	var out strings.Builder
	for _, line := range lines {
		wrap(&out, line)
	}
	return out.String()
}

// wrap writes the line as an item of a list, in lines of a width that is read well.
func wrap(out *strings.Builder, line string) {
	column := 1
	out.WriteString("-")
	for word := range strings.FieldsSeq(line) {
		if column > 1 && column+1+len(word) > width {
			out.WriteString("\n ")
			column = 1
		}
		out.WriteString(" " + word)
		column += 1 + len(word)
	}
	out.WriteString("\n")
}

// replaceSection puts the section between its two lines.
func replaceSection(text, section string) (string, error) {
	before, rest, ok := strings.Cut(text, sectionBegins+"\n")
	_, after, ended := strings.Cut(rest, sectionEnds)
	if !ok || !ended {
		return "", fmt.Errorf("%s lacks the lines %q and %q", changelogFile, sectionBegins, sectionEnds)
	}
	return before + sectionBegins + "\n" + section + sectionEnds + after, nil
}

func writeChangelog(ctx context.Context, tool oasdiff, released, present document) error {
	lines, err := changes(ctx, tool, released, present)
	if err != nil {
		return err
	}
	text, err := os.ReadFile(changelogFile)
	if err != nil {
		return err
	}
	replaced, err := replaceSection(string(text), render(released.version(), lines))
	if err != nil || replaced == string(text) {
		return err
	}
	return os.WriteFile(changelogFile, []byte(replaced), 0o644)
}

var versions = regexp.MustCompile(`^\d+\.\d+\.\d+$`)

// release takes the contract as it is for that of the version: from then on it
// is what changes are held against, what was unreleased is the version's, and
// what was accepted as a break is done.
func release(present document, version string, now time.Time) error {
	if !versions.MatchString(version) {
		return fmt.Errorf("%q is no version such as 0.3.0", version)
	}
	if present.version() != version {
		return fmt.Errorf("the contract is that of %s: set info.version in openapi.yaml to %s and run make gen, or release %[1]s", present.version(), version)
	}
	text, err := os.ReadFile(changelogFile)
	if err != nil {
		return err
	}
	cut, err := cutRelease(string(text), version, now)
	if err != nil {
		return err
	}
	contract, err := os.ReadFile(presentFile)
	if err != nil {
		return err
	}
	return errors.Join(
		os.WriteFile(changelogFile, []byte(cut), 0o644),
		os.WriteFile(releasedFile, contract, 0o644),
		os.WriteFile(acceptedFile, []byte(acceptedHeader), 0o644),
	)
}

const acceptedHeader = `# Breaking changes since the last release that are to be all the same. Above each stands why, as a comment;
# the line itself is the method, the path and what oasdiff says of it, in lower case:
#
# # Nobody could use it: it has answered 500 since it was made.
# get /api/v1/example api removed without deprecation
`

const unreleased = "## [Unreleased]\n"

// cutRelease makes the unreleased changes those of the version.
func cutRelease(text, version string, now time.Time) (string, error) {
	before, after, ok := strings.Cut(text, unreleased)
	if !ok {
		return "", fmt.Errorf("%s has no %q", changelogFile, strings.TrimSpace(unreleased))
	}
	begins, ends := strings.Index(after, sectionBegins), strings.Index(after, sectionEnds)
	if begins < 0 || ends < begins {
		return "", fmt.Errorf("%s lacks the lines %q and %q", changelogFile, sectionBegins, sectionEnds)
	}
	// The lines of the contract stay as they are, and are no longer rewritten.
	kept := strings.Replace(strings.Replace(after, sectionBegins+"\n", "", 1), sectionEnds+"\n", "", 1)
	fresh := unreleased + "\n### Contract\n\n" + sectionBegins + "\n" + render(version, nil) + sectionEnds + "\n\n"
	return before + fresh + "## [" + version + "] - " + now.UTC().Format(time.DateOnly) + "\n" + kept, nil
}
