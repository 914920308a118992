package server

import (
	"math"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// An answer is sent at once, with its length; it ends as encoding/json ends it.
func TestAnswer(t *testing.T) {
	t.Parallel()

	e := newEncoder()
	defer e.release()
	e.string("a & b")
	w := httptest.NewRecorder()
	if err := e.answer(w, 201); err != nil {
		t.Fatal(err)
	}

	if got, want := w.Body.String(), `"a \u0026 b"`+"\n"; got != want || w.Code != 201 {
		t.Errorf("got %d %s, want %s", w.Code, got, want)
	}
	if diff := cmp.Diff(map[string][]string{"Content-Type": {"application/json"}, "Content-Length": {"13"}}, map[string][]string(w.Header())); diff != "" {
		t.Errorf("the header (-want +got):\n%s", diff)
	}
}

// The first error is the one that is told, and the next answer knows nothing of it.
func TestErrorsAreKeptForOneAnswer(t *testing.T) {
	t.Parallel()

	e := newEncoder()
	e.float(math.Inf(1), 64)
	e.json([]byte("{"))
	if e.err == nil || !strings.Contains(e.err.Error(), "+Inf has no form in JSON") {
		t.Errorf("got %v", e.err)
	}
	e.release()

	for range 10 {
		next := newEncoder()
		if next.err != nil || len(next.buf) != 0 {
			t.Fatalf("the next answer begins with %q, %v", next.buf, next.err)
		}
		defer next.release()
	}
}

// What one long list has needed is not kept for ever.
func TestLargeBuffersAreNotKept(t *testing.T) {
	t.Parallel()

	for _, grow := range []func(*encoder){
		func(e *encoder) { e.raw(strings.Repeat("x", largestKept+1)) },
		func(e *encoder) { e.scratch.Grow(largestKept + 1) },
	} {
		e := newEncoder()
		grow(e)
		e.release()
		for range 10 {
			next := newEncoder()
			if next == e {
				t.Error("a large buffer is used again")
			}
			defer next.release()
		}
	}
}
