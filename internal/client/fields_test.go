package client

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestCustomFieldsAreFlatAndBounded(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		custom string
		want   []string
	}{
		"EveryKindOfValue":     {`{"a":"text","b":1,"c":-1.5e3,"d":true,"e":false,"f":null}`, nil},
		"Nothing":              {``, nil},
		"Object":               {`{"a":{}}`, []string{"/custom_fields/a type"}},
		"Array":                {`{"a":[1]}`, []string{"/custom_fields/a type"}},
		"LongestText":          {`{"a":"` + strings.Repeat("é", 1000) + `"}`, nil},
		"TextTooLong":          {`{"a":"` + strings.Repeat("é", 1001) + `"}`, []string{"/custom_fields/a too_long"}},
		"LongestName":          {`{"` + strings.Repeat("a", 50) + `":1}`, nil},
		"NameTooLong":          {`{"` + strings.Repeat("a", 51) + `":1}`, []string{"/custom_fields/" + strings.Repeat("a", 51) + " name"}},
		"NamesOfOtherForms":    {`{"A":1,"1a":1,"a-b":1,"":1}`, []string{"/custom_fields/ name", "/custom_fields/1a name", "/custom_fields/A name", "/custom_fields/a-b name"}},
		"PointerIsEscaped":     {`{"a/b~c":1}`, []string{"/custom_fields/a~1b~0c name"}},
		"NumberBeyondFloats":   {`{"a":1e400}`, []string{"/custom_fields/a out_of_range"}},
		"NumberBelowFloats":    {`{"a":1e-9999}`, []string{"/custom_fields/a out_of_range"}},
		"ZeroInAnyForm":        {`{"a":0e9,"b":-0.000}`, nil},
		"NumberOfManyDigits":   {`{"a":` + strings.Repeat("1", 101) + `}`, []string{"/custom_fields/a out_of_range"}},
		"EveryMistakeIsListed": {`{"b":{},"a":[]}`, []string{"/custom_fields/a type", "/custom_fields/b type"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var got []string
			for _, f := range checkFields(nil, json.RawMessage(test.custom), nil, nil, nil) {
				got = append(got, f.Pointer+" "+f.Code)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("mistakes (-want +got):\n%s", diff)
			}
		})
	}
}

func TestFieldsThatGoTogether(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		value      *int64
		references string
		source, id *string
		want       []string
	}{
		"Nothing":                  {nil, "", nil, nil, nil},
		"SourceAndID":              {nil, "", new("crm"), new("1"), nil},
		"SourceAlone":              {nil, "", new("crm"), nil, []string{"/external_id required"}},
		"IDAlone":                  {nil, "", nil, new("1"), []string{"/external_source required"}},
		"ValueOfZero":              {new(int64(0)), "", nil, nil, nil},
		"ValueBelowZero":           {new(int64(-1)), "", nil, nil, []string{"/annual_value/amount_minor too_small"}},
		"SystemsAreNamedLikeThese": {nil, `{"hubspot":"1","Sales Force":"2"}`, nil, nil, []string{"/external_references/Sales Force name"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var got []string
			for _, f := range checkFields(test.value, nil, json.RawMessage(test.references), test.source, test.id) {
				got = append(got, f.Pointer+" "+f.Code)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("mistakes (-want +got):\n%s", diff)
			}
		})
	}
}

func TestTagsAreTrimmedAndKeptOnce(t *testing.T) {
	t.Parallel()
	if got := cleanTags([]string{" b ", "a", "b", "A"}); !cmp.Equal(got, []string{"b", "a", "A"}) {
		t.Errorf("got %q", got)
	}
	if got := cleanTags(nil); got != nil {
		t.Errorf("no tags are %q", got)
	}
	if got := cleanTags([]string{}); got == nil {
		t.Error("an empty list is no list")
	}
}
