package api_test

import (
	"encoding/json"
	"reflect"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/aicoordination/coordinator/internal/tools/gosdk/api"
)

type plan struct {
	Title    api.Nullable[string]          `json:"title,omitzero"`
	Minutes  api.Nullable[int32]           `json:"minutes"`
	Tags     api.Nullable[[]string]        `json:"tags,omitzero"`
	Included api.NullableObject[inclusion] `json:"included,omitzero"`
	Task     api.NullableObject[inclusion] `json:"task"`
}

type inclusion struct {
	Due api.Nullable[api.Date] `json:"due,omitzero"`
}

// What is not there is left out, what is null is null, and both are read back as what they were.
func TestNullableIsThreeThings(t *testing.T) {
	t.Parallel()

	day := api.NewDate(2026, time.April, 7)
	for text, value := range map[string]plan{
		`{"minutes":null,"task":null}`: {Minutes: api.NewNullNullable[int32](), Task: api.NewNullNullableObject[inclusion]()},
		`{"title":null,"minutes":0,"tags":null,"included":null,"task":{}}`: {
			Title: api.NewNullNullable[string](), Minutes: api.NewNullableWithValue[int32](0), Tags: api.NewNullNullable[[]string](),
			Included: api.NewNullNullableObject[inclusion](), Task: api.NewNullableObject(inclusion{}),
		},
		`{"title":"","minutes":1,"tags":[],"included":{"due":"2026-04-07"},"task":{"due":null}}`: {
			Title: api.NewNullableWithValue(""), Minutes: api.NewNullableWithValue[int32](1), Tags: api.NewNullableWithValue([]string{}),
			Included: api.NewNullableObject(inclusion{Due: api.NewNullableWithValue(day)}),
			Task:     api.NewNullableObject(inclusion{Due: api.NewNullNullable[api.Date]()}),
		},
	} {
		written, err := json.Marshal(value)
		if err != nil || string(written) != text {
			t.Errorf("got %s, %v, want %s", written, err, text)
		}
		var read plan
		if err := json.Unmarshal([]byte(text), &read); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(value, read); diff != "" {
			t.Errorf("%s is read as another (-want +got):\n%s", text, diff)
		}
	}

	// Where the contract requires a field, one that was not set is not null.
	if written, err := json.Marshal(plan{}); err != nil || string(written) != `{"minutes":0,"task":{}}` {
		t.Errorf("got %s, %v", written, err)
	}
}

func TestNullableRefusesAnotherType(t *testing.T) {
	t.Parallel()

	kept := plan{Minutes: api.NewNullableWithValue[int32](7), Task: api.NewNullableObject(inclusion{})}
	for _, text := range []string{`{"minutes":"7"}`, `{"minutes":1.5}`, `{"task":[]}`, `{"task":{"due":"tomorrow"}}`} {
		read := kept
		if err := json.Unmarshal([]byte(text), &read); err == nil {
			t.Errorf("%s is read as %+v", text, read)
		}
		if !reflect.DeepEqual(read, kept) {
			t.Errorf("%s has changed what was there: %+v", text, read)
		}
	}
}

func TestNullableTellsWhatItIs(t *testing.T) {
	t.Parallel()

	var field api.Nullable[string]
	var object api.NullableObject[string]
	steps := []struct {
		do              func()
		isThere, isNull bool
		value, problem  string
		hasValue        bool
	}{
		{func() {}, false, false, "", "value is not specified", false},
		{func() { field.SetNull(); object.SetNull() }, true, true, "", "value is null", false},
		{func() { field.Set("a"); object.Set("a") }, true, false, "a", "", true},
		{func() { field.SetNull(); object.SetNull() }, true, true, "", "value is null", false},
		{func() { field.Set(""); object.Set("") }, true, false, "", "", true},
		{func() { field.SetUnspecified(); object.SetUnspecified() }, false, false, "", "value is not specified", false},
	}
	for i, step := range steps {
		step.do()
		for _, f := range []interface {
			IsSpecified() bool
			IsNull() bool
			IsZero() bool
			Get() (string, error)
			Pointer() *string
		}{&field, &object} {
			if f.IsSpecified() != step.isThere || f.IsZero() == step.isThere || f.IsNull() != step.isNull || (f.Pointer() != nil) != step.hasValue {
				t.Errorf("after step %d it is %+v", i, f)
			}
			value, err := f.Get()
			if value != step.value || (err == nil) != step.hasValue || err != nil && err.Error() != step.problem {
				t.Errorf("after step %d its value is %q, %v", i, value, err)
			}
			panics := func() (panicked bool) {
				defer func() { panicked = recover() != nil }()
				f.(interface{ MustGet() string }).MustGet()

				return false
			}()
			if panics == step.hasValue {
				t.Errorf("after step %d it panics: %t", i, panics)
			}
		}
	}
}

// Fields are compared as what they hold is, and those without a value as what they are.
func TestNullablesAreEqual(t *testing.T) {
	t.Parallel()

	at := time.Date(2026, time.April, 7, 20, 0, 0, 0, time.UTC)
	there := at.In(time.FixedZone("east", 9*60*60))
	if !api.NewNullableWithValue(at).Equal(api.NewNullableWithValue(there)) {
		t.Error("a moment is another one elsewhere")
	}
	one, same := api.NewNullableWithValue(5), api.NewNullableWithValue(5)
	if one != same || !one.Equal(same) || one.Equal(api.NewNullableWithValue(6)) {
		t.Error("5 is not 5, or is 6")
	}

	none, zero := api.Nullable[int]{}, api.NewNullableWithValue(0)
	if none.Equal(zero) || none.Equal(api.NewNullNullable[int]()) || zero.Equal(api.NewNullNullable[int]()) || !none.Equal(api.Nullable[int]{}) {
		t.Error("what is not there, null and zero are taken for each other")
	}

	list := api.NewNullableObject([]int{1})
	if !list.Equal(api.NewNullableObject([]int{1})) || list.Equal(api.NewNullableObject([]int{2})) || list.Equal(api.NewNullNullableObject[[]int]()) {
		t.Error("lists are not compared by what is in them")
	}
}

// An object is not copied where it is said so, and there is none where it is nil.
func TestNullableObjectAtAPlace(t *testing.T) {
	t.Parallel()

	place := &inclusion{}
	if field := api.NullableObjectAt(place); field.Pointer() != place {
		t.Error("it is another object")
	}
	if field := api.NullableObjectAt[inclusion](nil); !field.IsNull() {
		t.Errorf("nil is %+v", field)
	}
}
