package bench

import (
	"maps"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/aicoordination/coordinator/internal/test/expect"
)

func TestFloorTakesWhatBelongsToTheOperation(t *testing.T) {
	t.Parallel()
	statements := map[string]Statement{
		"begin":       {SQL: "begin isolation level repeatable read"},
		"who asks":    {Name: "SessionGetActor", SQL: "SELECT 1"},
		"plan":        {SQL: "SELECT set_config('plan_cache_mode', 'force_custom_plan', true)"},
		"background":  {Name: "JobGetAvailable", SQL: "SELECT * FROM river_job FOR UPDATE SKIP LOCKED"},
		"count":       {SQL: "SELECT count(*) FROM tasks"},
		"read":        {Name: "TaskGet", SQL: "-- name: TaskGet :one\n-- UPDATE tasks SET is a comment.\nSELECT t.* FROM tasks t"},
		"lock":        {Name: "ProjectGetShared", SQL: "SELECT * FROM projects FOR SHARE"},
		"write":       {Name: "TaskUpdate", SQL: "UPDATE tasks SET title = $1"},
		"write by it": {Name: "TaskUpdateAll", SQL: "WITH a AS (SELECT 1) UPDATE tasks t SET title = $1"},
	}
	for writes, want := range map[bool][]string{false: {"count", "lock", "read", "write", "write by it"}, true: {"lock", "write", "write by it"}} {
		got := map[string]bool{}
		for name, s := range statements {
			if (Operation{Writes: writes}).needs(s) {
				got[name] = true
			}
		}
		wanted := map[string]bool{}
		for _, name := range want {
			wanted[name] = true
		}
		if !maps.Equal(got, wanted) {
			t.Errorf("writes %t: took %v, want %v", writes, got, want)
		}
	}
}

// What one request lacks, and what other work sends in between, decides nothing.
func TestMostSamplesDecide(t *testing.T) {
	t.Parallel()
	get, users, job := Statement{Name: "TaskGet", SQL: "a"}, Statement{Name: "UserList", SQL: "b"}, Statement{Name: "Job", SQL: "SELECT FROM river_job"}
	shape, taken := commonest([]Sample{
		{Statements: []Statement{get}}, {Statements: []Statement{job, get, users}}, {Statements: []Statement{get, users}}, {},
	}, Operation{}.needs)
	if diff := cmp.Diff([]Statement{get, users}, shape); diff != "" || len(taken) != 2 {
		t.Errorf("%d samples decided: %s", len(taken), diff)
	}
}

func TestScriptForAllSamples(t *testing.T) {
	t.Parallel()
	id := column{name: "a0_0", kind: "uuid", fixed: true, seen: []*string{new("x"), new("y")}}
	ids := column{name: "a0_1", kind: "uuid[]", fixed: true, seen: []*string{new("{v}"), new("{w}")}}
	all := column{name: "a0_2", kind: "boolean", fixed: true, same: true, seen: []*string{new("t"), new("t")}}
	floor := Floor{Variables: map[string]string{}}
	expect.OK(t, floor.write(Operation{}, []Statement{
		{SQL: "-- name: A :one\nSELECT $1, $2, $3;"}, {SQL: "SELECT 1"},
	}, [][]column{{id, ids, all}, nil}, 2))
	want := Floor{
		Scripts: []string{`\set n random(1, 2)
\startpipeline
SELECT ((E'{"x","y"}'::uuid[])[:n]), (ARRAY[(E'{"v","w"}'::uuid[])[:n]]::uuid[]), (:a0_2::boolean);
SELECT 1;
\endpipeline
`},
		Variables: map[string]string{"a0_2": "t"}, Samples: 2, Options: []string{"plan_cache_mode=force_generic_plan"},
	}
	if diff := cmp.Diff(want, floor); diff != "" {
		t.Error(diff)
	}
}

func TestScriptForEachSample(t *testing.T) {
	t.Parallel()
	words := column{name: "a0_0", kind: "text", seen: []*string{new("a:b'"), nil}}
	floor := Floor{Variables: map[string]string{}}
	expect.OK(t, floor.write(Operation{}, []Statement{{SQL: "SELECT $1"}}, [][]column{{words}}, 2))
	want := Floor{Scripts: []string{"SELECT (:a0_0_0::text);\n", "SELECT (NULL::text);\n"}, Variables: map[string]string{"a0_0_0": "a:b'"}, Samples: 2}
	if diff := cmp.Diff(want, floor); diff != "" {
		t.Error(diff)
	}
}

func TestScriptThatWrites(t *testing.T) {
	t.Parallel()
	made := column{name: "a1_0", kind: "uuid", fixed: true, made: true, seen: []*string{new("x"), new("y")}}
	title := column{name: "a1_1", kind: "text", seen: []*string{new("one"), new("two")}}
	at := column{name: "a2_0", kind: "timestamp with time zone", fixed: true, seen: []*string{new("2026-01-01"), nil}}
	version := column{name: "a2_1", kind: "bigint", fixed: true, seen: []*string{new("1"), new("2")}}
	floor := Floor{Variables: map[string]string{}}
	expect.OK(t, floor.write(Operation{Writes: true}, []Statement{
		{SQL: "SELECT t.* FROM tasks t FOR UPDATE"},
		{SQL: "WITH x AS (SELECT ')'), y AS (SELECT 1) INSERT INTO events VALUES ($1, $2)"},
		{SQL: "UPDATE tasks SET at = $1 WHERE version = $2"},
	}, [][]column{nil, {made, title}, {at, version}}, 2))
	script := floor.Scripts[0]
	for _, part := range []string{
		"WITH fresh AS MATERIALIZED (SELECT encode(", "locked AS (\nSELECT t.* FROM tasks t FOR UPDATE)", "x AS (SELECT ')'), y AS (SELECT 1), s2 AS (\nINSERT INTO events VALUES ((SELECT id FROM fresh), (:a1_1::text)))",
		"s3 AS (\nUPDATE tasks SET at = (now()) WHERE version = (SELECT version FROM locked))\nSELECT (SELECT count(*) FROM locked);",
	} {
		if !strings.Contains(script, part) {
			t.Errorf("the script lacks %q:\n%s", part, script)
		}
	}
}

func TestLiteralHoldsNothingOfPgbench(t *testing.T) {
	t.Parallel()
	if got, want := literal("{\"a\": 'b';\n\\}"), `E'{"a"\x3a \'b\'\x3b\n\\}'`; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}
