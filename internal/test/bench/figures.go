package bench

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"
)

// Figure is one number, and what it is to be.
type Figure struct {
	Name  string  `json:"name"`
	Value float64 `json:"value"`
	Unit  string  `json:"unit"`
	// Wanted is 0 where nothing is; the value is to be at least that, or with
	// AtMost at most that.
	Wanted float64 `json:"wanted,omitempty"`
	AtMost bool    `json:"at_most,omitempty"`
	// Note is what else is worth telling.
	Note string `json:"note,omitempty"`
	// Failed is why there is no value; empty where there is one.
	Failed string `json:"failed,omitempty"`
}

// Holds tells whether the figure is what it is to be.
func (f Figure) Holds() bool {
	if f.Failed != "" {
		return false
	}
	return f.Wanted == 0 || f.AtMost && f.Value <= f.Wanted || !f.AtMost && f.Value >= f.Wanted
}

// Figures are what a measurement has come to.
type Figures struct {
	Title      string   `json:"title"`
	Processors int      `json:"processors"`
	Go         string   `json:"go"`
	Postgres   string   `json:"postgres"`
	Figures    []Figure `json:"figures"`
	// Others is the most that others had of the processors in a window that
	// counts; beyond a tenth its rates and times are no measurement.
	Others float64 `json:"others"`
}

func newFigures(title string, p *Postgres) *Figures {
	return &Figures{Title: title, Processors: runtime.NumCPU(), Go: runtime.Version(), Postgres: p.Version}
}

func (f *Figures) add(figure Figure) { f.Figures = append(f.Figures, figure) }

// fail notes that something could not be measured, for the rest to be measured
// all the same. It returns the error where nothing goes on: the run is over.
func (f *Figures) fail(ctx context.Context, name string, err error) error {
	if ctx.Err() != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	f.add(Figure{Name: name, Failed: err.Error()})
	return nil
}

// Err tells what could not be measured; nil where everything was.
func (f *Figures) Err() error {
	var all []error
	for _, figure := range f.Figures {
		if figure.Failed != "" {
			all = append(all, fmt.Errorf("%s: %s", figure.Name, figure.Failed))
		}
	}
	return errors.Join(all...)
}

func (f *Figures) disturbed(by float64) { f.Others = max(f.Others, by) }

// Print writes the figures as a table.
func (f *Figures) Print(out io.Writer) error {
	var text strings.Builder
	fmt.Fprintf(&text, "\n%s. PostgreSQL %s, %s, %d processors.\n\n", f.Title, f.Postgres, f.Go, f.Processors)
	fmt.Fprintf(&text, "%-52s %12s %-6s %12s %-6s %s\n", "", "measured", "", "wanted", "", "")
	for _, figure := range f.Figures {
		if figure.Failed != "" {
			fmt.Fprintf(&text, "%-52s %12s\n", figure.Name, "failed")
			continue
		}
		wanted, is := "", ""
		if figure.Wanted != 0 {
			wanted, is = "≥ "+number(figure.Wanted), verdict(figure.Holds())
			if figure.AtMost {
				wanted = "≤ " + number(figure.Wanted)
			}
		}
		fmt.Fprintf(&text, "%-52s %12s %-6s %12s %-6s %s\n", figure.Name, number(figure.Value), figure.Unit, wanted, is, figure.Note)
	}
	const much = 0.1
	if f.Others > much {
		fmt.Fprintf(&text, "\n~ Others had up to %.0f%% of the processors: these rates and times are no measurement.\n", 100*f.Others)
	}
	_, err := io.WriteString(out, text.String())
	return err
}

// number has two decimals where it is small, and none where it is not.
func number(n float64) string {
	if n < 10 {
		return fmt.Sprintf("%.2f", n)
	}
	return fmt.Sprintf("%.0f", n)
}

// Write writes the figures as JSON.
func (f *Figures) Write(file string) error {
	content, err := json.MarshalIndent(f, "", "  ")
	if err != nil {
		return err
	}
	if err := os.WriteFile(file, append(content, '\n'), 0o644); err != nil {
		return fmt.Errorf("writing the figures: %w", err)
	}
	return nil
}
