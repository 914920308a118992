// Package cost guards what the operations that nearly all requests are for cost
// on any machine: allocations, statements and round trips. Times are for
// `make bench`.
package cost_test

import (
	"encoding/json"
	"flag"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"testing"

	"github.com/aicoordination/coordinator/internal/test/dbtest"
)

func TestMain(m *testing.M) { dbtest.Main(m) }

// update is set by `make costs`.
var update = flag.Bool("update", false, "write the costs of requests to testdata")

// cost is what one request of an operation costs.
type cost struct {
	// Allocations are those of the whole process while it answers, net/http's among them.
	Allocations int `json:"allocations"`
	// Statements are those that PostgreSQL runs, BEGIN and COMMIT among them, and
	// Trips the times that the request waits for it.
	Statements int `json:"statements"`
	Trips      int `json:"trips"`
}

// slack is how far allocations may be from what is recorded, for what a runtime
// of another version does.
const slack = 0.03

// What a request costs may be lowered by anybody; `make costs` writes it down.
// One that costs more has to say in its commit what for.
//
//nolint:paralleltest // What others allocate meanwhile would be counted too.
func TestHotRequestsCostWhatIsRecorded(t *testing.T) {
	recorded := recordedCosts(t)
	measured := measureTraffic(t)
	if !raceDetector {
		for name, count := range measureAllocations(t) {
			c := measured[name]
			c.Allocations = count
			measured[name] = c
		}
	}
	if *update {
		if raceDetector {
			t.Fatal("the race detector allocates too: record without it")
		}
		record(t, measured)
		return
	}
	for name, want := range recorded {
		got, ok := measured[name]
		if !ok {
			t.Errorf("%s has recorded costs and is not measured: run make costs", name)
			continue
		}
		t.Logf("%s: %d allocations, %d statements, %d round trips", name, got.Allocations, got.Statements, got.Trips)
		if got.Statements != want.Statements || got.Trips != want.Trips {
			t.Errorf("%s takes %d statements in %d round trips; recorded are %d in %d. Record by make costs what is meant to be so.",
				name, got.Statements, got.Trips, want.Statements, want.Trips)
		}
		if off := math.Abs(float64(got.Allocations - want.Allocations)); !raceDetector && off > math.Ceil(slack*float64(want.Allocations)) {
			t.Errorf("%s takes %d allocations; recorded are %d. Record by make costs what is meant to be so.", name, got.Allocations, want.Allocations)
		}
	}
	if len(recorded) != len(measured) {
		t.Errorf("%d operations are measured and %d recorded: run make costs", len(measured), len(recorded))
	}
}

// A request is asked for a few times, and its least cost counts: what the
// process does beside it now and then, such as looking after its connections, is
// none of it.
const times = 5

func measureTraffic(t *testing.T) map[string]cost {
	t.Helper()
	url, wire := dbtest.Counted(t, dbtest.URL(t))
	operations, caller := serve(t, url)
	found := map[string]cost{}
	for _, o := range operations {
		requests := caller.requests(o)
		ask(caller, o, requests, 2)
		least := cost{Statements: math.MaxInt, Trips: math.MaxInt}
		for range times {
			traffic := wire.During(func() { ask(caller, o, requests, 1) })
			least.Statements = min(least.Statements, traffic.Statements/len(requests))
			least.Trips = min(least.Trips, traffic.Trips/len(requests))
		}
		found[o.name] = least
	}
	return found
}

func measureAllocations(t *testing.T) map[string]int {
	t.Helper()
	// Few at a time and often: one that takes long is watched over, which
	// allocates, and on a busy machine some do.
	const warm, rounds, each = 20, 5 * times, 4
	operations, caller := serve(t, dbtest.URL(t))
	// What is pooled stays pooled, and on one processor is found again.
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	found := map[string]int{}
	for _, o := range operations {
		requests := caller.requests(o)
		ask(caller, o, requests, warm)
		least := math.MaxInt
		for range rounds {
			least = min(least, allocationsDuring(func() { ask(caller, o, requests, each) })/(each*len(requests)))
		}
		found[o.name] = least
	}
	return found
}

func allocationsDuring(fn func()) int {
	var before, after runtime.MemStats
	runtime.GC()
	defer debug.SetGCPercent(debug.SetGCPercent(-1))
	fn()
	runtime.ReadMemStats(&before)
	fn()
	runtime.ReadMemStats(&after)
	return int(after.Mallocs - before.Mallocs)
}

// ask sends each of the requests so many times.
func ask(c *caller, o operation, requests [][]byte, count int) {
	for range count {
		for _, request := range requests {
			c.do(request, o.status)
		}
	}
}

var costsFile = filepath.Join("testdata", "costs.json")

func recordedCosts(t *testing.T) map[string]cost {
	t.Helper()
	content, err := os.ReadFile(costsFile)
	if err != nil {
		t.Fatalf("reading the recorded costs: %v", err)
	}
	var recorded map[string]cost
	if err := json.Unmarshal(content, &recorded); err != nil {
		t.Fatalf("reading the recorded costs: %v", err)
	}
	return recorded
}

func record(t *testing.T, measured map[string]cost) {
	t.Helper()
	content, err := json.MarshalIndent(measured, "", "\t")
	if err != nil {
		t.Fatalf("encoding the costs: %v", err)
	}
	if err := os.WriteFile(costsFile, append(content, '\n'), 0o644); err != nil {
		t.Fatalf("recording the costs: %v", err)
	}
	t.Logf("recorded: %s", content)
}
