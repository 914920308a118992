package dbx

import (
	"maps"
	"strings"
	"sync/atomic"
	"time"

	"github.com/google/uuid"
)

// decoder makes the values of one result. What is behind pointers, slices and
// texts it cuts from slabs, of which there are a few for a page where there were
// several values in every row. A slab is kept as long as one of its values is;
// it is for some rows ahead and never for more than maxSlab, so what is streamed
// leaves nothing behind.
type decoder struct {
	// expected is how many rows the result has as far as is known; 0 where nobody knows.
	expected int
	// read counts the rows, with the one that is being decoded.
	read int
	// kinds are those of the columns, and values the row's.
	kinds  []kind
	values [][]byte

	strings  slab[string]
	uuids    slab[uuid.UUID]
	times    slab[time.Time]
	bools    slab[bool]
	int16s   slab[int16]
	int32s   slab[int32]
	int64s   slab[int64]
	float64s slab[float64]
	raw      slab[byte]
	texts    strings.Builder
}

const (
	// maxSlab is how many values, and maxText how many bytes, are made at once
	// unless one row has more.
	maxSlab = 512
	maxText = 16 << 10
	// fewRows are made at once where nobody knows how many there are.
	fewRows = 4
)

// ahead is for how many rows what is made now should do.
func (d *decoder) ahead() int {
	if d.read <= d.expected {
		return d.expected - d.read + 1
	}
	return max(fewRows, d.read)
}

// slab is what is left of values that were made at once.
type slab[T any] struct{ free []T }

// take returns n values in a row, which are nobody else's.
func (s *slab[T]) take(d *decoder, n int) []T {
	if n == 0 {
		return []T{}
	}
	if len(s.free) < n {
		perRow := 0
		for i, k := range d.kinds {
			perRow += s.in(d, k, d.values[i])
		}
		s.free = make([]T, max(n, perRow, min(perRow*d.ahead(), maxSlab)))
	}
	taken := s.free[:n:n]
	s.free = s.free[n:]
	return taken
}

// in counts the values that a column of the row takes of the slab.
func (s *slab[T]) in(d *decoder, k kind, value []byte) int {
	if value == nil || d.slabOf(k) != any(s) {
		return 0
	}
	switch k {
	case intoStrings, intoUUIDs, intoInt64s, intoDates:
		n, _, _ := elementsOf(value)
		return n
	case intoBytes, intoJSON:
		return len(value)
	default:
		return 1
	}
}

// slabOf returns what the values of a kind are taken of; nil for none.
func (d *decoder) slabOf(k kind) any {
	switch k {
	case intoStringPointer, intoStrings:
		return &d.strings
	case intoUUIDPointer, intoUUIDs:
		return &d.uuids
	case intoTimePointer, intoDatePointer, intoDates:
		return &d.times
	case intoBoolPointer:
		return &d.bools
	case intoInt16Pointer:
		return &d.int16s
	case intoInt32Pointer:
		return &d.int32s
	case intoInt64Pointer, intoInt64s:
		return &d.int64s
	case intoFloat64Pointer:
		return &d.float64s
	case intoBytes, intoJSON:
		return &d.raw
	default:
		return nil
	}
}

// bytes copies a value; nil stays nil.
func (d *decoder) bytes(value []byte) []byte {
	if value == nil {
		return nil
	}
	to := d.raw.take(d, len(value))
	copy(to, value)
	return to
}

// text copies a value.
func (d *decoder) text(value []byte) string {
	if d.texts.Cap()-d.texts.Len() < len(value) {
		perRow := 0
		for i, k := range d.kinds {
			if k == intoString || k == intoStringPointer || k == intoStrings {
				perRow += len(d.values[i])
			}
		}
		d.texts = strings.Builder{}
		d.texts.Grow(max(len(value), perRow, min(perRow*d.ahead(), maxText)))
	}
	from := d.texts.Len()
	d.texts.Write(value)
	return d.texts.String()[from:]
}

// vocabulary are the values of enumerations that have been met, which every row
// has the same few of.
type vocabulary struct {
	known atomic.Pointer[map[string]string]
}

var words vocabulary

// maxWords bounds a vocabulary: an enumeration is added to by a migration alone.
const maxWords = 1024

// word returns the value as a text, the same one each time.
func (v *vocabulary) word(value []byte) string {
	known := v.known.Load()
	if known != nil {
		if word, ok := (*known)[string(value)]; ok {
			return word
		}
		if len(*known) >= maxWords {
			return string(value)
		}
	}
	word := string(value)
	more := map[string]string{word: word}
	if known != nil {
		maps.Copy(more, *known)
	}
	// Whoever else has added one in the meantime adds it again when it is met.
	v.known.CompareAndSwap(known, &more)
	return word
}
