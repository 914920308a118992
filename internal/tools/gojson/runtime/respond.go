package server

import (
	"net/http"
	"strconv"
	"sync"
)

// A buffer is kept for the next answer if it is no larger than that, or else one long list would be paid
// for as long as the process lives.
const largestKept = 1 << 20

var encoders = sync.Pool{New: func() any { return &encoder{buf: make([]byte, 0, 4<<10)} }}

func newEncoder() *encoder { return encoders.Get().(*encoder) }

// release takes the encoder back, with everything that it has written.
func (e *encoder) release() {
	if cap(e.buf)+e.scratch.Cap() > largestKept {
		return
	}
	e.buf, e.err = e.buf[:0], nil
	encoders.Put(e)
}

// jsonType is in the headers of all answers. It has no room, so that whoever adds a value copies it.
var jsonType = []string{"application/json"}

// answer sends what is written, of which the length is told ahead. There is no error by then.
func (e *encoder) answer(w http.ResponseWriter, status int) error {
	e.raw("\n")
	header := w.Header()
	header["Content-Type"] = jsonType
	header.Set("Content-Length", strconv.Itoa(len(e.buf)))
	w.WriteHeader(status)
	_, err := w.Write(e.buf)

	return err
}
