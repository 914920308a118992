package bench

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/aicoordination/coordinator/internal/test/expect"
)

func TestTimesOfAProcessWithAnyName(t *testing.T) {
	t.Parallel()
	p, err := parseProcess("12 (a) b (c) S 7 1 1 0 -1 4 0 0 0 0 110 20 300 40 20 0 1 0 5 0 0")
	expect.OK(t, err)
	if p.parent != 7 || p.own != 1300*time.Millisecond || p.waitedFor != 3400*time.Millisecond {
		t.Errorf("read %+v", p)
	}
	if _, err := parseProcess("12 (a"); err == nil {
		t.Error("half a line was read")
	}
}

func TestResultOfWrk(t *testing.T) {
	t.Parallel()
	load, err := parseLoad("Running …\n" + `
result {"requests": 200, "microseconds": 2000000, "bytes": 4000, "failed": 3, "p50": 1500, "p99": 9000}
`)
	expect.OK(t, err)
	want := Load{Requests: 200, Failed: 3, Took: 2 * time.Second, P50: 1500 * time.Microsecond, P99: 9 * time.Millisecond, Bytes: 4000}
	if load != want || load.Rate() != 100 {
		t.Errorf("read %+v", load)
	}
	if _, err := parseLoad("unable to connect"); err == nil {
		t.Error("a result was read of none")
	}
}

func TestResultOfPgbench(t *testing.T) {
	t.Parallel()
	const output = "number of transactions actually processed: 1234\nnumber of failed transactions: %s (0.000%%)\ntps = 617.5 (without initial connection time)\n"
	done, err := parseTransactions(strings.Replace(output, "%s", "0", 1))
	expect.OK(t, err)
	if done != (Transactions{Count: 1234, Rate: 617.5}) {
		t.Errorf("read %+v", done)
	}
	if _, err := parseTransactions(strings.Replace(output, "%s", "2", 1)); err == nil {
		t.Error("failed transactions passed")
	}
}

func TestStatementsOfTheLog(t *testing.T) {
	t.Parallel()
	sent, err := parseLogged([]byte(`{"pid":7,"message":"execute stmtcache_1: -- name: TaskGet :one\nSELECT $1, $2, $3","detail":"parameters: $1 = 'it''s, $2 = ''x''', $2 = NULL, $3 = ''"}`))
	expect.OK(t, err)
	want := &Statement{Name: "TaskGet", SQL: "-- name: TaskGet :one\nSELECT $1, $2, $3", Args: []*string{new("it's, $2 = 'x'"), nil, new("")}, Backend: 7}
	if diff := cmp.Diff(want, sent); diff != "" {
		t.Error(diff)
	}
	later, err := parseLogged([]byte(`{"pid":7,"message":"statement: begin","detail":""}`))
	expect.OK(t, err)
	if later == nil || later.SQL != "begin" {
		t.Errorf("read %+v", later)
	}
	if other, err := parseLogged([]byte(`{"pid":7,"message":"checkpoint complete"}`)); err != nil || other != nil {
		t.Errorf("read %+v, %v of what is no statement", other, err)
	}
	if _, err := parseLogged([]byte(`{"pid":7,"message":"execute s: SELECT $1","detail":"parameters: $2 = 'a'"}`)); err == nil {
		t.Error("parameters out of their order were read")
	}
}

func TestCounters(t *testing.T) {
	t.Parallel()
	c := Counters{Requests: map[byte]float64{}}
	for _, line := range []string{
		"# HELP go_memstats_mallocs_total Number", "go_memstats_mallocs_total 1.5e+06", "go_memstats_alloc_bytes_total 200",
		`coordinator_http_request_duration_seconds_count{method="GET",operation="getTask",route="/x y",status="200"} 12`,
		`coordinator_http_request_duration_seconds_count{method="GET",operation="getTask",route="/x",status="204"} 3`,
		`coordinator_http_request_duration_seconds_count{method="GET",operation="getTask",route="/x",status="503"} 2`,
		`coordinator_http_request_duration_seconds_sum{method="GET",operation="getTask",route="/x",status="503"} 99`,
	} {
		expect.OK(t, c.add(line))
	}
	want := Counters{Requests: map[byte]float64{'2': 15, '5': 2}, Mallocs: 1.5e6, Bytes: 200}
	if diff := cmp.Diff(want, c); diff != "" {
		t.Error(diff)
	}
	if failed, which := c.Failed(); failed != 2 || which != "2 × 5xx" {
		t.Errorf("%v failed: %s", failed, which)
	}
}

func TestMedian(t *testing.T) {
	t.Parallel()
	if odd, even := median([]float64{9, 1, 5}), median([]float64{4, 1, 2, 9}); odd != 5 || even != 3 {
		t.Errorf("the medians are %v and %v", odd, even)
	}
}
