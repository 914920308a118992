package main

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
)

func TestToJSON(t *testing.T) {
	t.Parallel()

	for name, test := range map[string]struct{ document, want string }{
		"KeysKeepTheirOrder":     {"b: 1\na: {d: 2, c: 3}\n", `{"b":1,"a":{"d":2,"c":3}}`},
		"NumericKeysBecomeText":  {"200: ok\n", `{"200":"ok"}`},
		"DatesStayText":          {"on: 2026-11-22\nat: 2026-11-22T09:00:00Z\n", `{"on":"2026-11-22","at":"2026-11-22T09:00:00Z"}`},
		"QuotedScalarsStayText":  {"a: '200'\nb: \"true\"\n", `{"a":"200","b":"true"}`},
		"ScalarsHaveTheirTypes":  {"[1, -2.5, true, null, ~, x]\n", `[1,-2.5,true,null,null,"x"]`},
		"AliasesAreWrittenOut":   {"a: &x {b: 1}\nc: *x\n", `{"a":{"b":1},"c":{"b":1}}`},
		"MarkupIsNotEscaped":     {"a: <b> & “c”\n", `{"a":"<b> & “c”"}`},
		"FoldedTextIsOneLine":    {"a: >-\n  b\n  c\n", `{"a":"b c"}`},
		"EmptyCollectionsRemain": {"a: []\nb: {}\n", `{"a":[],"b":{}}`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			indented, err := toJSON([]byte(test.document))
			if err != nil {
				t.Fatal(err)
			}
			if got := compact(t, indented); got != test.want {
				t.Errorf("got  %s\nwant %s", got, test.want)
			}
		})
	}
}

func TestToJSONRefuses(t *testing.T) {
	t.Parallel()

	for name, test := range map[string]struct{ document, want string }{
		"KeyThatIsThereTwice": {"a: 1\nb: 2\na: 3\n", "is there twice"},
		"MergeKey":            {"a: &x {b: 1}\nc:\n  <<: *x\n", "line 3"},
		"SecondDocument":      {"a: 1\n---\nb: 2\n", "more than one document"},
		"NoDocument":          {"", "EOF"},
		"InfiniteNumber":      {"a: .inf\n", "unsupported value"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			_, err := toJSON([]byte(test.document))
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want an error with %q", err, test.want)
			}
		})
	}
}

func compact(t *testing.T, document []byte) string {
	t.Helper()

	var out bytes.Buffer
	if err := json.Compact(&out, document); err != nil {
		t.Fatal(err)
	}

	return out.String()
}
