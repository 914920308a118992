package transfer

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
)

// MaxMistakes is how many mistakes a report names.
const MaxMistakes = 1000

// Mistake is one thing that is wrong in a file.
type Mistake struct {
	Line int
	// Field is empty where it is the line as a whole.
	Field, Code, Detail string
}

// Findings gather what is wrong in a file.
type Findings struct {
	mistakes []Mistake
	lines    map[int]bool
}

// Add notes a mistake.
func (f *Findings) Add(line int, field, code, detail string, args ...any) {
	if f.lines == nil {
		f.lines = map[int]bool{}
	}
	f.lines[line] = true
	if len(args) > 0 {
		detail = fmt.Sprintf(detail, args...)
	}
	f.mistakes = append(f.mistakes, Mistake{Line: line, Field: field, Code: code, Detail: detail})
}

// Any tells whether anything is wrong.
func (f *Findings) Any() bool { return len(f.lines) > 0 }

// Has tells whether something is wrong with the line.
func (f *Findings) Has(line int) bool { return f.lines[line] }

// Clone returns a copy to which can be added.
func (f *Findings) Clone() *Findings {
	return &Findings{mistakes: slices.Clone(f.mistakes), lines: maps.Clone(f.lines)}
}

// Failed is how many lines are wrong.
func (f *Findings) Failed() int { return len(f.lines) }

// First returns the first mistakes, in the order of their lines.
func (f *Findings) First() []Mistake {
	sorted := slices.Clone(f.mistakes)
	slices.SortStableFunc(sorted, func(a, b Mistake) int { return cmp.Compare(a.Line, b.Line) })
	return sorted[:min(len(sorted), MaxMistakes)]
}

// File is what an import is given: the records of a file, and what has been
// found wrong while it was read.
type File[T any] struct {
	Lines    []Line[T]
	Findings Findings
}

// Report is what an import did, or would have done.
type Report struct {
	DryRun bool
	// Applied tells that what is counted was kept.
	Applied bool
	Outcome
	// Failed is how many lines are wrong.
	Failed int
	// Mistakes are the first of them.
	Mistakes []Mistake
}

// Outcome counts the lines that are right by what they do.
type Outcome struct {
	Created, Updated, Unchanged int
}

// Report returns what is said of an import that found this out.
func (f *Findings) Report(dryRun bool, outcome Outcome) Report {
	return Report{
		DryRun: dryRun, Applied: !dryRun && !f.Any(), Outcome: outcome,
		Failed: f.Failed(), Mistakes: f.First(),
	}
}
