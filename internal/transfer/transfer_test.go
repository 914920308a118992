package transfer

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

var columns = []Column{
	{Name: "source"},
	{Name: "external_id"},
	{Name: "note", Nullable: true},
	{Name: "amount", Kind: Number, Nullable: true},
	{Name: "billable", Kind: Boolean},
	{Name: "tags", Kind: List},
	{Name: "fields", Kind: Object},
}

type record struct {
	Source     string          `json:"source"`
	ExternalID string          `json:"external_id"`
	Note       *string         `json:"note"`
	Amount     *int64          `json:"amount"`
	Billable   bool            `json:"billable"`
	Tags       []string        `json:"tags"`
	Fields     json.RawMessage `json:"fields"`
}

func write(t testing.TB, format Format, records ...record) string {
	t.Helper()
	var file bytes.Buffer
	w, err := NewWriter(&file, format, columns)
	for _, r := range records {
		err = errors.Join(err, w.Write(r))
	}
	if err = errors.Join(err, w.Flush()); err != nil {
		t.Fatal(err)
	}
	return file.String()
}

// read returns the lines as "number object" and the mistakes as "line field code".
func read(t testing.TB, format Format, file string) (lines, mistakes []string) {
	t.Helper()
	var found Findings
	err := Read(strings.NewReader(file), format, columns, &found, func(number int, object json.RawMessage) {
		lines = append(lines, fmt.Sprintf("%d %s", number, object))
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range found.First() {
		mistakes = append(mistakes, fmt.Sprintf("%d %s %s", m.Line, m.Field, m.Code))
	}
	return lines, mistakes
}

func TestColumnsStandInTheirOrder(t *testing.T) {
	t.Parallel()
	r := record{Source: "crm", ExternalID: "1", Note: new("a, \"b\"\nc"), Amount: new(int64(-5)), Tags: []string{"x"}, Fields: json.RawMessage(`{"k":1}`)}
	empty := record{Source: "crm", ExternalID: "2", Tags: []string{}, Fields: json.RawMessage(`{}`)}
	for format, want := range map[Format]string{
		CSV: "source,external_id,note,amount,billable,tags,fields\n" +
			"crm,1,\"a, \"\"b\"\"\nc\",-5,false,\"[\"\"x\"\"]\",\"{\"\"k\"\":1}\"\n" +
			"crm,2,,,false,,\n",
		NDJSON: `{"source":"crm","external_id":"1","note":"a, \"b\"\nc","amount":-5,"billable":false,"tags":["x"],"fields":{"k":1}}` + "\n" +
			`{"source":"crm","external_id":"2","note":null,"amount":null,"billable":false,"tags":[],"fields":{}}` + "\n",
	} {
		if diff := cmp.Diff(want, write(t, format, r, empty)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", format, diff)
		}
	}
}

func TestFormulaCells(t *testing.T) {
	t.Parallel()
	for text, cell := range map[string]string{
		"=1+1": "'=1+1", "+49 30": "'+49 30", "-x": "'-x", "@cmd": "'@cmd", "\tx": "'\tx", "\rx": "'\rx",
		"'=1": "''=1", "''=1": "'''=1",
		"plain": "plain", "'quoted'": "'quoted'", "'": "'", "": "", "a=b": "a=b", " =1": " =1",
	} {
		if got := guard(text); got != cell {
			t.Errorf("%q is written as %q, want %q", text, got, cell)
		}
		if got := unguard(cell); got != text {
			t.Errorf("%q is read as %q, want %q", cell, got, text)
		}
	}
}

func TestWhatIsWrittenIsRead(t *testing.T) {
	t.Parallel()
	text := rapid.OneOf(rapid.String(), rapid.StringOfN(rapid.SampledFrom([]rune("=+-@\t\r\n'\",a é")), 0, 8, -1))
	rapid.Check(t, func(r *rapid.T) {
		var records []record
		for range rapid.IntRange(1, 4).Draw(r, "records") {
			one := record{
				Source: "crm", ExternalID: text.Filter(func(s string) bool { return s != "" }).Draw(r, "id"),
				Billable: rapid.Bool().Draw(r, "billable"),
				Tags:     rapid.SliceOfN(text, 0, 3).Draw(r, "tags"),
				Fields:   encode(rapid.MapOfN(text, text, 0, 3).Draw(r, "fields")),
			}
			if note := text.Draw(r, "note"); note != "" {
				one.Note = &note
			}
			if rapid.Bool().Draw(r, "has amount") {
				one.Amount = new(rapid.Int64().Draw(r, "amount"))
			}
			records = append(records, one)
		}
		for _, format := range []Format{CSV, NDJSON} {
			file := write(t, format, records...)
			var got []record
			var found Findings
			err := Read(strings.NewReader(file), format, columns, &found, func(number int, object json.RawMessage) {
				var one record
				if err := json.Unmarshal(object, &one); err != nil {
					r.Fatalf("line %d: %v", number, err)
				}
				got = append(got, one)
			})
			if err != nil || found.Any() {
				r.Fatalf("%v, %v", err, found.First())
			}
			if diff := cmp.Diff(file, write(t, format, got...)); diff != "" {
				r.Fatalf("%s comes back otherwise (-want +got):\n%s", format, diff)
			}
		}
	})
}

func FuzzRead(f *testing.F) {
	f.Add("source,external_id,note\ncrm,1,x\n", true)
	f.Add(`{"source":"crm"}`, false)
	f.Fuzz(func(t *testing.T, file string, isCSV bool) {
		format := NDJSON
		if isCSV {
			format = CSV
		}
		last := 0
		var found Findings
		err := Read(strings.NewReader(file), format, columns, &found, func(number int, object json.RawMessage) {
			if number <= last {
				t.Errorf("line %d follows line %d", number, last)
			}
			last = number
			if isCSV && !json.Valid(object) {
				t.Errorf("line %d is no JSON: %s", number, object)
			}
		})
		if err != nil {
			t.Error(err)
		}
	})
}

func TestMistakesInFiles(t *testing.T) {
	t.Parallel()
	const header = "source,external_id,note,amount\n"
	for name, test := range map[string]struct {
		format          Format
		file            string
		lines, mistakes []string
	}{
		"EmptyCSV":           {CSV, "", nil, []string{"1 source required", "1 external_id required"}},
		"EmptyNDJSON":        {NDJSON, "\n \r\n", nil, nil},
		"HeaderAlone":        {CSV, header, nil, nil},
		"ByteOrderMark":      {CSV, "\uFEFFsource,external_id\ncrm,1\n", []string{`2 {"external_id":"1","source":"crm"}`}, nil},
		"WindowsLineEnds":    {CSV, "source,external_id\r\ncrm,1\r\n", []string{`2 {"external_id":"1","source":"crm"}`}, nil},
		"ReturnsInCells":     {CSV, "source,external_id\r\ncrm,\"a\r\nb\"\r\n", []string{`2 {"external_id":"a\r\nb","source":"crm"}`}, nil},
		"OtherOrder":         {CSV, "external_id,source\n1,crm\n", []string{`2 {"external_id":"1","source":"crm"}`}, nil},
		"UnknownColumn":      {CSV, "source,external_id,colour\ncrm,1,red\n", nil, []string{"1 colour unknown"}},
		"ColumnTwice":        {CSV, "source,external_id,note,note\n", nil, []string{"1 note repeated"}},
		"MissingColumn":      {CSV, "source,note\ncrm,x\n", nil, []string{"1 external_id required"}},
		"TooFewCells":        {CSV, header + "crm,1\ncrm,2,,\n", []string{`3 {"amount":null,"external_id":"2","note":null,"source":"crm"}`}, []string{"2  cells"}},
		"QuoteInACell":       {CSV, header + "crm,1,a\"b,\ncrm,2,,\n", nil, []string{"2  syntax"}},
		"OpenQuote":          {CSV, header + "crm,1,\"a,\n", nil, []string{"2  syntax"}},
		"LineOfALongerCell":  {CSV, header + "crm,1,\"a\nb\",\ncrm,2,x,\n", []string{`2 {"amount":null,"external_id":"1","note":"a\nb","source":"crm"}`, `4 {"amount":null,"external_id":"2","note":"x","source":"crm"}`}, nil},
		"NoUTF8":             {CSV, header + "crm,1,\xff,\n", nil, []string{"2 note not_text"}},
		"NoNumber":           {CSV, header + "crm,1,,ten\n", []string{`2 {"amount":"ten","external_id":"1","note":null,"source":"crm"}`}, nil},
		"NumberWithFormula":  {CSV, header + "crm,1,,-7\n", []string{`2 {"amount":-7,"external_id":"1","note":null,"source":"crm"}`}, nil},
		"BooleansInCapitals": {CSV, "source,external_id,billable\ncrm,1,TRUE\n", []string{`2 {"billable":true,"external_id":"1","source":"crm"}`}, nil},
		"EmptyCells":         {CSV, "source,external_id,billable,tags,fields\ncrm,1,,,\n", []string{`2 {"external_id":"1","fields":{},"source":"crm","tags":[]}`}, nil},
		"BlankLinesCount":    {NDJSON, "{}\n\n{\"a\":1}", []string{`1 {}`, `3 {"a":1}`}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			lines, mistakes := read(t, test.format, test.file)
			if diff := cmp.Diff(test.lines, lines); diff != "" {
				t.Errorf("lines (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(test.mistakes, mistakes); diff != "" {
				t.Errorf("mistakes (-want +got):\n%s", diff)
			}
		})
	}
}

func TestTooManyLines(t *testing.T) {
	t.Parallel()
	var found Findings
	count := 0
	take := func(int, json.RawMessage) { count++ }
	file := strings.Repeat("{}\n", MaxLines)
	if err := Read(strings.NewReader(file), NDJSON, columns, &found, take); err != nil || count != MaxLines {
		t.Errorf("of as many lines as there may be %d were read: %v", count, err)
	}
	if err := Read(strings.NewReader(file+"{}"), NDJSON, columns, &found, take); !errors.Is(err, ErrTooManyLines) {
		t.Errorf("one line too many gives %v", err)
	}
}

func TestReportNamesTheFirstMistakesByLine(t *testing.T) {
	t.Parallel()
	var found Findings
	for line := 1500; line > 0; line-- {
		found.Add(line, "name", "required", "Give a name.")
	}
	found.Add(3, "title", "required", "Give a title.")
	report := found.Report(false, Outcome{Created: 1})
	if report.Applied || report.Failed != 1500 || len(report.Mistakes) != MaxMistakes {
		t.Errorf("the report is %+v", report)
	}
	if first, last := report.Mistakes[0].Line, report.Mistakes[MaxMistakes-1].Line; first != 1 || last != 999 {
		t.Errorf("the mistakes are of lines %d to %d", first, last)
	}
}
