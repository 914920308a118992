package server

import (
	"encoding/json"
	"testing"
	"time"
)

// Each piece is written as encoding/json writes it.
func TestPieces(t *testing.T) {
	t.Parallel()

	at := time.Date(2026, time.April, 7, 20, 0, 0, 120_000_000, time.FixedZone("east", 9*60*60))
	id := [16]byte{0x01, 0x9d, 15: 0xff}
	for want, write := range map[string]func(*encoder){
		`null`:                                   func(e *encoder) { e.null() },
		`true`:                                   func(e *encoder) { e.bool(true) },
		`-9223372036854775808`:                   func(e *encoder) { e.int(-1 << 63) },
		`1e-7`:                                   func(e *encoder) { e.float(1e-7, 64) },
		`0.1`:                                    func(e *encoder) { e.float(float64(float32(0.1)), 32) },
		`"\u003c/b\u003e \u2028"`:                func(e *encoder) { e.string("</b> \u2028") },
		`"2026-04-07T20:00:00.12+09:00"`:         func(e *encoder) { e.close(at.AppendText(e.open())) },
		`"019d0000-0000-0000-0000-0000000000ff"`: func(e *encoder) { e.uuid(id) },
		`{"a":["\u0026"]}`:                       func(e *encoder) { e.json(json.RawMessage(` { "a" : [ "&" ] } `)) },
		`[1.5,"\u003e"]`:                         func(e *encoder) { e.any([]any{1.5, ">"}) },
		`{"a":0,"b":null}`: func(e *encoder) {
			e.raw("{")
			for _, key := range sortedKeys(map[string]int{"b": 1, "a": 2}, nil) {
				e.comma()
				e.string(key)
				e.raw(":")
				if value := given[int](nil, key == "b"); value != nil {
					e.int(int64(*value))
				} else {
					e.null()
				}
			}
			e.raw("}")
		},
	} {
		e := newEncoder()
		write(e)
		if got := string(e.buf); got != want || e.err != nil {
			t.Errorf("got %s, %v, want %s", got, e.err, want)
		}
		e.release()
	}
}
