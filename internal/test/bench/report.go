package bench

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"runtime"
	"slices"
	"strings"
)

// MostOthers is the share of the processors that others may have in a window for
// it to be a measurement, whatever was asked for.
const MostOthers = 0.08

// Window is a span of time in which floor or service had all the load. What
// the floor has none of is 0.
type Window struct {
	// Rate is in transactions or requests a second.
	Rate float64 `json:"rate"`
	// P50 and P99 are latencies in milliseconds.
	P50 float64 `json:"p50_ms,omitempty"`
	P99 float64 `json:"p99_ms,omitempty"`
	// The rest is of one transaction or request.
	ServerMicros   float64 `json:"server_us,omitempty"`
	PostgresMicros float64 `json:"postgres_us"`
	Allocations    float64 `json:"allocations,omitempty"`
	AllocatedBytes float64 `json:"allocated_bytes,omitempty"`
	ResponseBytes  float64 `json:"response_bytes,omitempty"`
	// HOT is the share of updates of tasks that touched no index, nil where there
	// were none.
	HOT *float64 `json:"hot,omitempty"`
	// Others is the share of the processors that others had.
	Others float64 `json:"others"`
}

// Round is a window of the floor and the service's behind it.
type Round struct {
	Floor   Window `json:"floor"`
	Service Window `json:"service"`
}

// Result is what has been measured of an operation.
type Result struct {
	Operation string `json:"operation"`
	Title     string `json:"title"`
	Target    Target `json:"target"`
	// Floor are the statements of the floor, Sent those that the service sends.
	Floor   []string `json:"floor_statements"`
	Sent    []string `json:"sent_statements"`
	Samples int      `json:"samples"`
	Rounds  []Round  `json:"rounds"`
	// Thrown is how many windows were thrown away, Disturbed how many that
	// count had more of others than they may.
	Thrown    int `json:"thrown_away"`
	Disturbed int `json:"disturbed"`

	// Medians over the rounds; the ratio is that of each round.
	FloorRate float64 `json:"floor_rate"`
	Service   Window  `json:"service"`
	FloorPG   float64 `json:"floor_postgres_us"`
	Ratio     float64 `json:"ratio"`
	RatioMin  float64 `json:"ratio_min"`
	RatioMax  float64 `json:"ratio_max"`
}

// Report is what a run has come to.
type Report struct {
	Tasks      int               `json:"tasks"`
	Processors int               `json:"processors"`
	Go         string            `json:"go"`
	Postgres   string            `json:"postgres"`
	Settings   map[string]string `json:"settings"`
	Warmed     string            `json:"warmed_by"`
	Seconds    int               `json:"seconds"`
	LoadTook   float64           `json:"load_seconds"`
	Operations []Result          `json:"operations"`
}

func newReport(s *Stand) *Report {
	return &Report{
		Tasks: s.Options.Tasks, Processors: runtime.NumCPU(), Go: runtime.Version(), Postgres: s.Postgres.Version,
		Settings: s.Postgres.Settings, Warmed: s.Warmed, Seconds: s.Options.Seconds, LoadTook: s.Dataset.Took.Seconds(),
	}
}

// summarize computes what the rounds come to.
func (r *Result) summarize() {
	var ratios []float64
	for _, round := range r.Rounds {
		ratios = append(ratios, round.Service.Rate/round.Floor.Rate)
		for _, window := range []Window{round.Floor, round.Service} {
			if window.Others > MostOthers {
				r.Disturbed++
			}
		}
	}
	of := func(field func(Round) float64) float64 {
		var all []float64
		for _, round := range r.Rounds {
			all = append(all, field(round))
		}
		return median(all)
	}
	r.Ratio, r.RatioMin, r.RatioMax = median(ratios), slices.Min(ratios), slices.Max(ratios)
	r.FloorRate = of(func(r Round) float64 { return r.Floor.Rate })
	r.FloorPG = of(func(r Round) float64 { return r.Floor.PostgresMicros })
	r.Service = Window{
		Rate:           of(func(r Round) float64 { return r.Service.Rate }),
		P50:            of(func(r Round) float64 { return r.Service.P50 }),
		P99:            of(func(r Round) float64 { return r.Service.P99 }),
		ServerMicros:   of(func(r Round) float64 { return r.Service.ServerMicros }),
		PostgresMicros: of(func(r Round) float64 { return r.Service.PostgresMicros }),
		Allocations:    of(func(r Round) float64 { return r.Service.Allocations }),
		AllocatedBytes: of(func(r Round) float64 { return r.Service.AllocatedBytes }),
		ResponseBytes:  of(func(r Round) float64 { return r.Service.ResponseBytes }),
		Others:         of(func(r Round) float64 { return max(r.Floor.Others, r.Service.Others) }),
	}
}

// median is the middle value, the mean of both where there are two.
func median(all []float64) float64 {
	sorted := slices.Sorted(slices.Values(all))
	return (sorted[(len(sorted)-1)/2] + sorted[len(sorted)/2]) / 2
}

// Print writes the report as two tables of at most 120 columns.
func (r *Report) Print(out io.Writer) error {
	var text strings.Builder
	fmt.Fprintf(&text, "\n%d tasks, PostgreSQL %s, %s, %d processors; windows of %d s, warmed by %s.\nPostgreSQL:", r.Tasks, r.Postgres, r.Go, r.Processors, r.Seconds, r.Warmed)
	for _, name := range slices.Sorted(maps.Keys(r.Settings)) {
		fmt.Fprintf(&text, " %s=%s", name, r.Settings[name])
	}
	text.WriteString("\n\nPer request: µs of processor time in the service and in all of PostgreSQL, objects and bytes allocated.\n\n")
	fmt.Fprintf(&text, "%-10s %9s %7s %6s %9s %7s %7s %8s %7s %8s %7s %8s %7s %6s\n",
		"operation", "floor tps", "req/s", "ratio", "spread", "p50 ms", "p99 ms", "service", "PG µs", "floor PG", "allocs", "bytes", "others", "thrown")
	for _, o := range r.Operations {
		mark := ""
		if o.Disturbed > 0 {
			mark = "~"
		}
		fmt.Fprintf(&text, "%-10s %9.0f %7.0f %6.2f %9s %7.1f %7.1f %8.0f %7.0f %8.0f %7.0f %8.0f %6.0f%% %6d%s\n",
			o.Operation, o.FloorRate, o.Service.Rate, o.Ratio, fmt.Sprintf("%.2f–%.2f", o.RatioMin, o.RatioMax), o.Service.P50, o.Service.P99,
			o.Service.ServerMicros, o.Service.PostgresMicros, o.FloorPG, o.Service.Allocations, o.Service.AllocatedBytes, 100*o.Service.Others, o.Thrown, mark)
	}
	text.WriteString("\nAgainst what is wanted:\n\n")
	for _, o := range r.Operations {
		if o.Target == (Target{}) {
			continue
		}
		fmt.Fprintf(&text, "%-11s ratio %4.2f of %4.2f %-5s  service µs %5.0f of %3.0f %-5s  allocs %5.0f of %3.0f %s%s\n", o.Operation,
			o.Ratio, o.Target.Ratio, verdict(o.Ratio >= o.Target.Ratio), o.Service.ServerMicros, o.Target.ServerMicros, verdict(o.Service.ServerMicros <= o.Target.ServerMicros),
			o.Service.Allocations, o.Target.Allocations, verdict(o.Service.Allocations <= o.Target.Allocations), o.hot())
	}
	if disturbed := r.Disturbed(); disturbed > 0 {
		fmt.Fprintf(&text, "\n~ %d windows that count were disturbed by others: these times and rates are no measurement.\n", disturbed)
	}
	_, err := io.WriteString(out, text.String())
	return err
}

// hot tells the share of updates that touched no index, where there were any.
func (r *Result) hot() string {
	if len(r.Rounds) == 0 || r.Rounds[len(r.Rounds)-1].Service.HOT == nil {
		return ""
	}
	return fmt.Sprintf("  %.0f%% HOT", 100**r.Rounds[len(r.Rounds)-1].Service.HOT)
}

func verdict(ok bool) string {
	if ok {
		return "ok"
	}
	return "short"
}

// Disturbed is how many windows that count had more of others than they may.
func (r *Report) Disturbed() int {
	n := 0
	for _, o := range r.Operations {
		n += o.Disturbed
	}
	return n
}

// Write writes the report as JSON.
func (r *Report) Write(file string) error {
	content, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}
	if err := os.WriteFile(file, append(content, '\n'), 0o644); err != nil {
		return fmt.Errorf("writing the report: %w", err)
	}
	return nil
}

// names lists the operations.
func names(operations []Operation) string {
	var all []string
	for _, o := range operations {
		all = append(all, o.Name)
	}
	return strings.Join(all, ", ")
}
