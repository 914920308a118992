package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
	"time"
)

// report is what a run has sent and judged.
type report struct {
	cases  int
	phases map[string]int
	// operations are the cases of each operation, and succeeded those answered with 2xx.
	operations, succeeded map[string]int
	// passed and broken are the judgements by the check.
	passed, broken map[string]int
	// excused are the failures that hooks.py has a reason for.
	excused int
	// offered are the operations of the contract.
	offered int
	// found are the checks that failed, by operation.
	found map[finding]int
	// failed are the parts that found something, each with the file that tells what.
	failed map[string]string
}

type finding struct{ check, operation string }

func newReport() *report {
	return &report{
		phases: map[string]int{}, operations: map[string]int{}, succeeded: map[string]int{},
		passed: map[string]int{}, broken: map[string]int{}, found: map[finding]int{}, failed: map[string]string{},
	}
}

// scenario is the part that matters here of an event ScenarioFinished.
type scenario struct {
	Recorder struct {
		Label string `json:"label"`
		Cases map[string]struct {
			Value struct {
				Method string `json:"method"`
				Path   string `json:"path"`
				Meta   struct {
					Phase struct {
						Name string `json:"name"`
					} `json:"phase"`
				} `json:"meta"`
			} `json:"value"`
		} `json:"cases"`
		Checks map[string][]struct {
			Name   string `json:"name"`
			Status string `json:"status"`
		} `json:"checks"`
		Filtered     map[string]int `json:"filtered_failures"`
		Interactions map[string]struct {
			Response *struct {
				Status int `json:"status_code"`
			} `json:"response"`
		} `json:"interactions"`
	} `json:"recorder"`
}

type event struct {
	LoadingFinished *struct {
		Statistic struct {
			Operations struct {
				Total int `json:"total"`
			} `json:"operations"`
		} `json:"statistic"`
	} `json:"LoadingFinished"`
	ScenarioFinished *scenario `json:"ScenarioFinished"`
}

// readReport reads the events that the tool has written, one a line of any length.
func readReport(path string) (*report, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("reading what the tool has done: %w", err)
	}
	defer file.Close()
	r := newReport()
	lines := bufio.NewReaderSize(file, 1<<20)
	for {
		line, err := lines.ReadBytes('\n')
		if len(line) > 1 {
			var e event
			if err := json.Unmarshal(line, &e); err != nil {
				return nil, fmt.Errorf("reading an event of the tool: %w", err)
			}
			r.count(e)
		}
		if errors.Is(err, io.EOF) {
			return r, nil
		}
		if err != nil {
			return nil, fmt.Errorf("reading what the tool has done: %w", err)
		}
	}
}

func (r *report) count(e event) {
	if e.LoadingFinished != nil {
		r.offered = e.LoadingFinished.Statistic.Operations.Total
	}
	if e.ScenarioFinished == nil {
		return
	}
	recorded := e.ScenarioFinished.Recorder
	for id, c := range recorded.Cases {
		// A case is one of the operation that the scenario is of, also when it has another
		// method to see that refused. A sequence is of many.
		operation := recorded.Label
		if c.Value.Meta.Phase.Name == "stateful" {
			operation = c.Value.Method + " " + c.Value.Path
		}
		r.cases++
		r.phases[c.Value.Meta.Phase.Name]++
		r.operations[operation]++
		own := operation == c.Value.Method+" "+c.Value.Path
		if answer := recorded.Interactions[id].Response; own && answer != nil && answer.Status >= 200 && answer.Status < 300 {
			r.succeeded[operation]++
		}
		for _, check := range recorded.Checks[id] {
			if check.Status == "success" {
				r.passed[check.Name]++
				continue
			}
			r.broken[check.Name]++
			r.found[finding{check.Name, operation}]++
		}
		r.excused += recorded.Filtered[id]
	}
}

func (r *report) add(other *report) {
	r.cases += other.cases
	r.excused += other.excused
	r.offered = max(r.offered, other.offered)
	for into, from := range map[*map[string]int]map[string]int{
		&r.phases: other.phases, &r.operations: other.operations, &r.succeeded: other.succeeded, &r.passed: other.passed, &r.broken: other.broken,
	} {
		for name, n := range from {
			(*into)[name] += n
		}
	}
	for f, n := range other.found {
		r.found[f] += n
	}
	maps.Copy(r.failed, other.failed)
}

func (r *report) print(took time.Duration) {
	fmt.Printf("%d cases over %d of %d operations, in %s", r.cases, len(r.operations), r.offered, took.Round(time.Second))
	for _, phase := range slices.Sorted(maps.Keys(r.phases)) {
		fmt.Printf("; %s %d", phase, r.phases[phase])
	}
	fmt.Printf("\n%d operations were answered with 2xx", len(r.succeeded))
	var never []string
	for operation := range r.operations {
		if r.succeeded[operation] == 0 {
			never = append(never, operation)
		}
	}
	slices.Sort(never)
	if len(never) > 0 {
		fmt.Printf(", and these never: %s", strings.Join(never, ", "))
	}
	fmt.Printf("\n%d refusals of requests that conform were by a rule of hooks.py\n", r.excused)
	names := slices.Compact(slices.Sorted(func(yield func(string) bool) {
		for _, m := range []map[string]int{r.passed, r.broken} {
			for name := range m {
				if !yield(name) {
					return
				}
			}
		}
	}))
	failures := 0
	for _, name := range names {
		fmt.Printf("  %-30s %7d passed %5d failed\n", name, r.passed[name], r.broken[name])
		failures += r.broken[name]
	}
	fmt.Printf("%d checks, %d failures\n", len(names), failures)
}

// judge is the error that there is when something failed, or too little was done.
func (r *report) judge(least int) error {
	var wrong []error
	for _, name := range slices.Sorted(maps.Keys(r.failed)) {
		text, err := os.ReadFile(r.failed[name])
		if err != nil {
			return fmt.Errorf("reading what was printed: %w", err)
		}
		wrong = append(wrong, fmt.Errorf("%s: see %s\n%s", name, r.failed[name], text))
	}
	for _, f := range slices.SortedFunc(maps.Keys(r.found), func(a, b finding) int {
		return strings.Compare(a.check+a.operation, b.check+b.operation)
	}) {
		wrong = append(wrong, fmt.Errorf("%s failed %d times for %s", f.check, r.found[f], f.operation))
	}
	if len(r.operations) != r.offered || r.offered == 0 {
		wrong = append(wrong, fmt.Errorf("there are %d operations, and cases of %d", r.offered, len(r.operations)))
	}
	if r.cases < least {
		wrong = append(wrong, fmt.Errorf("there were %d cases, want %d", r.cases, least))
	}
	return errors.Join(wrong...)
}
