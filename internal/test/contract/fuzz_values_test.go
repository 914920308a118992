package contract_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/google/uuid"
	"pgregory.net/rapid"
)

// values draws values of schemas as raw JSON, so that they can be what no
// encoder would write. Most are what the schema asks for, since little else
// gets past the first check; the others are at its bounds, beyond them, of
// another type, or made to break what reads them.
type values struct {
	// ids are those of records that there are.
	ids []uuid.UUID
	// cursors are those that lists have answered.
	cursors []string
}

// Kinds of values, each as often as it stands in kinds.
const (
	asked = iota
	bound
	otherType
	hostileValue
)

var kinds = slices.Concat(slices.Repeat([]int{asked}, 30), []int{bound, bound, otherType, hostileValue})

// hostileTexts are JSON texts, quotes included, that have broken a program before.
var hostileTexts = []string{
	`"\u0000"`, `"a\u0000b"`, `"\ud800"`, "\"\xff\xfe\"", `""`, `" "`, `"%"`, `"_%\\"`, `"\\"`, `"'"`, `"''; DROP TABLE users; --"`, `"$1"`, `"{{7*7}}"`,
	`"\u202e\u0645"`, `"e\u0301\u0301\u0301"`, `"\ud83d\udc69\u200d\ud83d\udc67"`, `"\r\nX-Injected: 1"`, `"null"`, `"NaN"`, `"-infinity"`, `"infinity"`, `"0001-01-01"`,
	`"0000-00-00"`, `"9999-12-31"`, `"99999-01-01"`, `"2026-02-30"`, `"2026-12-31T23:59:60Z"`, `"2026-01-01T00:00:00+23:59"`, `"0001-01-01T00:00:00Z"`, `"9999-12-31T23:59:59.999999999Z"`,
	`"9999-12-31T23:59:59-23:59"`, `"2026-01-01t00:00:00z"`, `"00000000-0000-0000-0000-000000000000"`, `"{\"a\":1}"`, `"../../etc/passwd"`, `"http://[::1"`, `"a@b"`, `"\"@example.com"`,
	`"` + strings.Repeat("x", 300) + `"`, `"` + strings.Repeat("ä", 20_000) + `"`, `"` + strings.Repeat("a ", 8_000) + `"`, `"& | ! ( ) :* <->"`, `"\u0001\u001f\u007f\u0085\u2028"`,
}

var hostileNumbers = []string{
	"-0", "0.1", "1e2", "1E400", "-1e400", "9223372036854775807", "9223372036854775808", "-9223372036854775809", "2147483648", "-1", "1e-400",
	strings.Repeat("9", 400), "0.30000000000000004", "1.0",
}

var hostileOthers = []string{
	"null", "true", "[]", "{}", `[[[[[[[[[[]]]]]]]]]]`, `{"a":{"b":{}}}`, strings.Repeat("[", 40) + strings.Repeat("]", 40), `[null]`, `{"":""}`, "{\"a\":1,\"a\":2}",
}

// json draws the JSON text of a value of the schema.
func (v *values) json(t *rapid.T, schema *openapi3.Schema, name string, depth int) string {
	if len(schema.AllOf) > 0 {
		if schema.Nullable && rapid.IntRange(0, 3).Draw(t, "null") == 0 {
			return "null"
		}
		return v.json(t, schema.AllOf[0].Value, name, depth)
	}
	if schema.Nullable && rapid.IntRange(0, 5).Draw(t, "null") == 0 {
		return "null"
	}
	kind := rapid.SampledFrom(kinds).Draw(t, "kind of "+name)
	switch {
	case kind == otherType:
		return rapid.SampledFrom(slices.Concat(hostileOthers, []string{"1", `"1"`, "false"})).Draw(t, name)
	case kind == hostileValue:
		return rapid.SampledFrom(slices.Concat(hostileTexts, hostileNumbers, hostileOthers)).Draw(t, name)
	case schema.Type.Is(openapi3.TypeObject):
		return v.object(t, schema, name, depth)
	case schema.Type.Is(openapi3.TypeArray):
		return v.array(t, schema, name, depth, kind)
	case schema.Type.Is(openapi3.TypeBoolean):
		return strconv.FormatBool(rapid.Bool().Draw(t, name))
	case schema.Type.Is(openapi3.TypeInteger), schema.Type.Is(openapi3.TypeNumber):
		return v.number(t, schema, name, kind)
	}
	encoded, err := json.Marshal(v.text(t, schema, name, kind))
	if err != nil {
		t.Fatalf("encoding: %v", err)
	}
	return string(encoded)
}

func (v *values) object(t *rapid.T, schema *openapi3.Schema, name string, depth int) string {
	var members []string
	for _, property := range slices.Sorted(maps.Keys(schema.Properties)) {
		chance := 4
		if slices.Contains(schema.Required, property) {
			chance = 39
		}
		// Deep below, only what has to be there.
		if depth > 4 && chance == 4 || rapid.IntRange(0, 39).Draw(t, "has "+property) > chance*2 && chance == 4 || chance == 39 && rapid.IntRange(0, 39).Draw(t, "lacks "+property) == 39 {
			continue
		}
		members = append(members, strconv.Quote(property)+":"+v.json(t, schema.Properties[property].Value, property, depth+1))
	}
	if more := schema.AdditionalProperties.Schema; more != nil {
		for range rapid.IntRange(0, 3).Draw(t, "members of "+name) {
			key := rapid.StringMatching(`[a-z][a-z0-9_]{0,20}`).Draw(t, "key of "+name)
			members = append(members, strconv.Quote(key)+":"+v.json(t, more.Value, name, depth+1))
		}
	}
	if rapid.IntRange(0, 59).Draw(t, "unknown member") == 59 {
		members = append(members, `"no_such_field":1`)
	}
	return "{" + strings.Join(members, ",") + "}"
}

func (v *values) array(t *rapid.T, schema *openapi3.Schema, name string, depth, kind int) string {
	least, most := int(schema.MinItems), int(schema.MinItems)+3
	if schema.MaxItems != nil {
		most = min(most, int(*schema.MaxItems))
	}
	count := rapid.IntRange(least, most).Draw(t, "items of "+name)
	if kind == bound {
		count = max(0, least-1)
		// Beyond the most, where that is a body of reasonable size.
		if schema.MaxItems != nil && *schema.MaxItems <= 100 && rapid.Bool().Draw(t, "too many") {
			item := v.json(t, schema.Items.Value, name, depth+1)
			return "[" + strings.Join(slices.Repeat([]string{item}, int(*schema.MaxItems)+1), ",") + "]"
		}
	}
	items := make([]string, count)
	for i := range items {
		items[i] = v.json(t, schema.Items.Value, name, depth+1)
	}
	return "[" + strings.Join(items, ",") + "]"
}

func (v *values) number(t *rapid.T, schema *openapi3.Schema, name string, kind int) string {
	least, most := -1000.0, 100_000.0
	if schema.Min != nil {
		least = *schema.Min
	}
	if schema.Max != nil {
		most = *schema.Max
	}
	most = max(least, most)
	if kind == bound {
		text := rapid.SampledFrom([]float64{least, most, least - 1, most + 1, 0}).Draw(t, name)
		return strconv.FormatFloat(text, 'f', -1, 64)
	}
	if schema.Type.Is(openapi3.TypeNumber) && rapid.Bool().Draw(t, "fraction") {
		return strconv.FormatFloat(rapid.Float64Range(least, most).Draw(t, name), 'f', -1, 64)
	}
	if most > math.MaxInt64/2 {
		most = math.MaxInt64 / 2
	}
	return strconv.FormatInt(rapid.Int64Range(int64(math.Ceil(least)), int64(most)).Draw(t, name), 10)
}

// text draws a string of the schema, not yet encoded.
func (v *values) text(t *rapid.T, schema *openapi3.Schema, name string, kind int) string {
	if len(schema.Enum) > 0 {
		return fmt.Sprint(rapid.SampledFrom(schema.Enum).Draw(t, name))
	}
	if kind == bound {
		return v.textAtBound(t, schema, name)
	}
	if name == "cursor" || name == "after" {
		if len(v.cursors) > 0 {
			return rapid.SampledFrom(v.cursors).Draw(t, name)
		}
		return "bm9uZQ"
	}
	switch schema.Format {
	case "uuid":
		return v.id(t, name)
	case "date":
		return fmt.Sprintf("20%02d-%02d-%02d", rapid.IntRange(20, 30).Draw(t, "year"), rapid.IntRange(1, 12).Draw(t, "month"), rapid.IntRange(1, 28).Draw(t, "day"))
	case "date-time":
		return fmt.Sprintf("20%02d-%02d-%02dT%02d:%02d:00Z", rapid.IntRange(20, 30).Draw(t, "year"), rapid.IntRange(1, 12).Draw(t, "month"),
			rapid.IntRange(1, 28).Draw(t, "day"), rapid.IntRange(0, 23).Draw(t, "hour"), rapid.IntRange(0, 59).Draw(t, "minute"))
	case "email":
		return rapid.StringMatching(`[a-z]{1,12}@[a-z]{1,10}\.example`).Draw(t, name)
	case "uri":
		return rapid.StringMatching(`https://[a-z]{1,12}\.example/[a-z]{0,10}`).Draw(t, name)
	}
	if generator, ok := matching(schema.Pattern); ok {
		return generator.Draw(t, name)
	}
	least, most := int(schema.MinLength), int(schema.MinLength)+20
	if schema.MaxLength != nil {
		most = min(most, int(*schema.MaxLength))
	}
	return "a" + rapid.StringN(max(0, least-1), max(0, most-1), -1).Draw(t, name)
}

func (v *values) textAtBound(t *rapid.T, schema *openapi3.Schema, name string) string {
	lengths := []int{0, int(schema.MinLength), max(0, int(schema.MinLength)-1)}
	if schema.MaxLength != nil && *schema.MaxLength <= 60_000 {
		lengths = append(lengths, int(*schema.MaxLength), int(*schema.MaxLength)+1)
	}
	letter := rapid.SampledFrom([]string{"a", "7", "ß", "😀", " "}).Draw(t, "letter")
	return strings.Repeat(letter, rapid.SampledFrom(lengths).Draw(t, name))
}

// id draws the id of a record, of whatever kind, and now and then of none.
func (v *values) id(t *rapid.T, name string) string {
	if rapid.IntRange(0, 19).Draw(t, "known") == 0 {
		return rapid.SampledFrom([]string{uuid.Nil.String(), uuid.Max.String(), "0197f3a0-7c1e-7d2a-9b3c-0123456789AB"}).Draw(t, name)
	}
	return rapid.SampledFrom(v.ids).Draw(t, name).String()
}

// matching returns what draws texts of a pattern of the contract, false where
// the pattern says no more than that there is some text.
func matching(pattern string) (*rapid.Generator[string], bool) {
	if pattern == "" || pattern == `\S` {
		return nil, false
	}
	// rapid reads Go's patterns, and draws what stands for "no space" from all of Unicode.
	if _, err := regexp.Compile(pattern); err != nil {
		return nil, false
	}
	return rapid.StringMatching(pattern), true
}
