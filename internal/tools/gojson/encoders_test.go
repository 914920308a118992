package main

import (
	"bytes"
	"encoding/json"
	"math"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/aicoordination/coordinator/gen/api"
	"github.com/aicoordination/coordinator/gen/server"
)

// Every type of an answer is written as encoding/json writes it, byte for byte, and refused where that
// refuses it.
func TestEncodersWriteWhatEncodingJSONWrites(t *testing.T) {
	t.Parallel()

	for _, value := range server.Encodable() {
		typ := reflect.TypeOf(value).Elem()
		t.Run(typ.Name(), func(t *testing.T) {
			t.Parallel()

			compare(t, value)
			seed := rand.Uint64()
			f := &filler{Rand: rand.New(rand.NewPCG(seed, 0))}
			for range 400 {
				filled := reflect.New(typ)
				f.fill(filled.Elem(), 0)
				if !compare(t, filled.Interface()) {
					t.Fatalf("the seed is %d", seed)
				}
			}
		})
	}
}

func compare(t *testing.T, value any) bool {
	t.Helper()

	want, wantErr := json.Marshal(value)
	got, err := server.AppendJSON(nil, value)
	if (err == nil) != (wantErr == nil) {
		t.Errorf("the error is %v, and %v of encoding/json for\n%s", err, wantErr, want)

		return false
	}
	if err == nil && !bytes.Equal(got, want) {
		t.Errorf("it is written as\n%s\nand by encoding/json as\n%s", got, want)

		return false
	}

	return true
}

func TestWhatNoAnswerHasIsNotWritten(t *testing.T) {
	t.Parallel()

	if written, err := server.AppendJSON([]byte("kept"), new(api.TaskCreate)); err == nil || string(written) != "kept" {
		t.Errorf("got %s, %v", written, err)
	}
}

// filler fills values of any type with what is odd.
type filler struct {
	*rand.Rand
}

func (f *filler) one(in int) bool { return f.IntN(in) == 0 }

func (f *filler) fill(value reflect.Value, depth int) {
	switch target := value.Addr().Interface().(type) {
	case *time.Time:
		*target = f.time()
	case *api.Date:
		*target = f.date()
	case *json.RawMessage:
		*target = f.json()
	case *any:
		*target = f.any()
	case *[16]byte:
		for i := range target {
			target[i] = byte(f.Uint32())
		}
	default:
		f.fillKind(value, depth)
	}
}

func (f *filler) fillKind(value reflect.Value, depth int) {
	if set := value.Addr().MethodByName("SetUnspecified"); set.IsValid() {
		f.fillNullable(value.Addr(), depth)

		return
	}

	deep := depth > 4
	switch value.Kind() {
	case reflect.Struct:
		for _, field := range value.Fields() {
			f.fill(field, depth+1)
		}
	case reflect.Array:
		for i := range value.Len() {
			f.fill(value.Index(i), depth)
		}
	case reflect.Pointer:
		if !deep && !f.one(3) {
			value.Set(reflect.New(value.Type().Elem()))
			f.fill(value.Elem(), depth+1)
		}
	case reflect.Slice:
		if length := f.IntN(4); !deep && !f.one(4) {
			value.Set(reflect.MakeSlice(value.Type(), length, length))
			for i := range length {
				f.fill(value.Index(i), depth+1)
			}
		}
	case reflect.Map:
		if deep || f.one(4) {
			return
		}
		value.Set(reflect.MakeMap(value.Type()))
		for range f.IntN(20) {
			key, member := reflect.New(value.Type().Key()).Elem(), reflect.New(value.Type().Elem()).Elem()
			// Two names that are told apart only by what is not UTF-8 would be sorted anyhow.
			key.SetString(strings.ToValidUTF8(f.text(), ""))
			f.fill(member, depth+1)
			value.SetMapIndex(key, member)
		}
	case reflect.String:
		value.SetString(f.text())
	case reflect.Bool:
		value.SetBool(f.one(2))
	case reflect.Int, reflect.Int32, reflect.Int64, reflect.Uint8:
		f.fillInteger(value)
	case reflect.Float32, reflect.Float64:
		value.SetFloat(f.float())
	default:
		panic("there is no way to fill a " + value.Type().String())
	}
}

func (f *filler) fillNullable(pointer reflect.Value, depth int) {
	switch f.IntN(5) {
	case 0:
		pointer.MethodByName("SetUnspecified").Call(nil)
	case 1:
		pointer.MethodByName("SetNull").Call(nil)
	default:
		set := pointer.MethodByName("Set")
		if depth > 4 && set.Type().In(0).Kind() == reflect.Struct {
			return
		}
		given := reflect.New(set.Type().In(0)).Elem()
		f.fill(given, depth+1)
		set.Call([]reflect.Value{given})
	}
}

func (f *filler) fillInteger(value reflect.Value) {
	if value.Kind() == reflect.Uint8 {
		value.SetUint(uint64(f.Uint32() & 0xFF))

		return
	}
	bits := value.Type().Bits()
	value.SetInt([]int64{0, -1, 1 << (bits - 2), -1 << (bits - 1), int64(f.Uint64()) >> (64 - bits)}[f.IntN(5)])
}

func (f *filler) float() float64 {
	switch f.IntN(8) {
	case 0:
		return []float64{0, math.Copysign(0, -1), 1, -1, 0.1, 1e20, 1e21, 1e-6, 9.99e-7, 1e-9, 5e-324, math.MaxFloat64}[f.IntN(12)]
	case 1:
		if f.one(100) {
			return math.NaN()
		}

		return f.NormFloat64()
	case 2:
		return float64(f.IntN(10_000)) / 100
	default:
		if bits := math.Float64frombits(f.Uint64()); !math.IsNaN(bits) && !math.IsInf(bits, 0) {
			return bits
		}

		return 0
	}
}

var places = []*time.Location{time.UTC, time.FixedZone("east", 5*3600+1800), time.FixedZone("west", -9*3600), time.FixedZone("seconds", 61)}

func (f *filler) time() time.Time {
	if f.one(10) {
		return time.Time{}
	}
	year := 1900 + f.IntN(300)
	if f.one(200) {
		year = 9990 + f.IntN(20)
	}
	nanoseconds := []int{0, 1, 1000, 120_000_000, f.IntN(1_000_000_000)}[f.IntN(5)]

	return time.Date(year, time.Month(1+f.IntN(12)), f.IntN(31), f.IntN(24), f.IntN(60), f.IntN(60), nanoseconds, places[f.IntN(len(places))])
}

func (f *filler) date() api.Date {
	if f.one(50) {
		return api.Date{Year: 2026, Month: time.April, Day: 31}
	}

	return api.NewDate(1+f.IntN(9998), time.Month(1+f.IntN(12)), 1+f.IntN(28))
}

var pieces = []string{
	"", "a", "Åcme & Søn", "<script>alert(1)</script>", "\u2028", "\u2029", "\u2027\u202a", "\x00\x01\x1f\x7f", "\b\f\n\r\t", `"\/`,
	"\xff", "\xe2\x80", "\xe2\x80\xa8", "\xf0\x9f\x98\x80", "\ufffd", "\xed\xa0\x80", "\u65e5\u672c\u8a9e", "e\u0301", strings.Repeat("long ", 50),
}

func (f *filler) text() string {
	var text strings.Builder
	for range f.IntN(5) {
		piece := pieces[f.IntN(len(pieces))]
		if strings.Contains(piece, "\xff") && !f.one(4) {
			continue
		}
		text.WriteString(piece)
	}

	return text.String()
}

func (f *filler) json() json.RawMessage {
	switch f.IntN(6) {
	case 0:
		return nil
	case 1:
		return json.RawMessage(" {\"a b\" : [ 1, 2.50,\n-0e1 , true ], \"<&>\u2028\\u00e9\": null } ")
	case 2:
		return json.RawMessage("\"\xe2\x80\xa9 </b>\"")
	case 3:
		if f.one(40) {
			return json.RawMessage([]string{"", "{", "nul", `{"a":1}}`}[f.IntN(4)])
		}

		return json.RawMessage("null")
	default:
		written, err := json.Marshal(f.any())
		if err != nil {
			panic(err)
		}

		return written
	}
}

func (f *filler) any() any {
	switch f.IntN(7) {
	case 0:
		return nil
	case 1:
		return f.text()
	case 2:
		return float64(f.IntN(1000)) / 8
	case 3:
		return f.one(2)
	case 4:
		return []any{f.text(), nil, 1.5}
	case 5:
		return map[string]any{"b": f.text(), "a": true}
	default:
		return json.RawMessage(`{"from": "<b>"}`)
	}
}
