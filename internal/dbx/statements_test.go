package dbx

import (
	"errors"
	"fmt"
	"testing"

	"github.com/google/uuid"

	"github.com/aicoordination/coordinator/internal/page"
	"github.com/aicoordination/coordinator/internal/test/expect"
)

func newStatements() *statements {
	return &statements{filters: map[string][]filter{}, sent: map[form]*sent{}}
}

// A statement is made once for the filters, the order and the kind of page that
// are asked for, whatever the values are.
func TestStatementsAreMadeOncePerForm(t *testing.T) {
	t.Parallel()
	s, made := newStatements(), 0
	ask := func(f form, owner *uuid.UUID, all bool, asked ...page.Term) *sent {
		t.Helper()
		f.sql = listStatement
		got, err := s.get(f, []any{all, uuid.New(), owner, nil, nil, "today", 0, 20}, asked, func() (*sent, error) { made++; return &sent{}, nil })
		expect.OK(t, err)
		return got
	}
	one, other := uuid.New(), uuid.New()
	if ask(form{}, &one, true) != ask(form{}, &other, true) || made != 1 {
		t.Errorf("another value has the statement made again: %d times", made)
	}
	ask(form{}, nil, true)
	ask(form{}, &one, false)
	ask(form{keys: 2}, &one, true)
	ask(form{plain: true}, &one, true)
	ask(form{sort: "name"}, &one, true, page.Term{SQL: "t.name"})
	if made != 6 {
		t.Errorf("of six forms %d are made", made)
	}
	// A list that sorts by another column under the same word.
	if ask(form{sort: "name"}, &one, true, page.Term{SQL: "t.title"}); made != 7 {
		t.Error("the order of another list is taken")
	}
	failed := errors.New("failed")
	if _, err := s.get(form{sql: "SELECT 1"}, nil, nil, func() (*sent, error) { return nil, failed }); !errors.Is(err, failed) {
		t.Errorf("got %v", err)
	}
}

// Callers choose forms; they do not choose how many are remembered.
func TestStatementsAreBounded(t *testing.T) {
	t.Parallel()
	s := newStatements()
	for i := range 3 * maxSent {
		_, err := s.get(form{sql: listStatement, sort: fmt.Sprint(i)}, nil, nil, func() (*sent, error) { return &sent{}, nil })
		expect.OK(t, err)
		if len(s.sent) > maxSent {
			t.Fatalf("%d are remembered", len(s.sent))
		}
	}
}

// What a row that is kept keeps along is bounded, however many rows there are.
func TestSlabsDoNotGrowWithTheResult(t *testing.T) {
	t.Parallel()
	d := decoder{kinds: []kind{intoString, intoUUIDPointer}, values: [][]byte{make([]byte, 100), make([]byte, 16)}}
	for range 100_000 {
		d.read++
		var id *uuid.UUID
		if text := d.text(d.values[0]); len(text) != 100 || !d.decode(intoUUIDPointer, d.values[1], &id) {
			t.Fatal("a value is not decoded")
		}
		if cap(d.uuids.free) > maxSlab || d.texts.Cap() > 2*maxText {
			t.Fatalf("there is room for %d ids and %d bytes", cap(d.uuids.free), d.texts.Cap())
		}
	}
}

// Values of enumerations are one text each, and no more of them are kept than
// there can be.
func TestWordsAreShared(t *testing.T) { //nolint:paralleltest // What others allocate would be counted.
	var v vocabulary
	small, again := []byte("small"), []byte("small")
	if v.word(small) != "small" || testing.AllocsPerRun(100, func() { v.word(again) }) > 0 {
		t.Error("a word that is known is made again")
	}
	full := map[string]string{}
	for i := range maxWords {
		full[fmt.Sprint(i)] = ""
	}
	v.known.Store(&full)
	if word := v.word(small); word != "small" || len(*v.known.Load()) > maxWords {
		t.Errorf("got %q, and %d are kept", word, len(*v.known.Load()))
	}
}
