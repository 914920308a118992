package httpapi

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"sync"

	"github.com/labstack/echo/v4"

	"github.com/aicoordination/coordinator/internal/apperr"
)

// recording is an answer that is not sent yet.
type recording struct {
	header http.Header
	// status is 0 before there is an answer.
	status int
	body   bytes.Buffer
}

func newRecording() *recording { return &recording{header: http.Header{}} }

// recordings are those that nobody needs any more. Most answers are recorded
// before they are sent, and are gone by then.
var recordings = sync.Pool{New: func() any { return newRecording() }}

// mostKept is how much room a recording may take that is kept for the next.
const mostKept = 256 << 10

// forget gives the recording to whoever needs one next.
func (r *recording) forget() {
	if r.body.Cap() > mostKept {
		return
	}
	clear(r.header)
	r.status = 0
	r.body.Reset()
	recordings.Put(r)
}

// recordInto has the answer go into the recording, until it is called off. What
// was sent by then was sent to nobody.
func (r *recording) recordInto(response *echo.Response) (callOff func()) {
	writer := response.Writer
	response.Writer = r
	return func() {
		response.Writer = writer
		response.Status, response.Size, response.Committed = http.StatusOK, 0, false
	}
}

// Header implements [http.ResponseWriter].
func (r *recording) Header() http.Header { return r.header }

// WriteHeader implements [http.ResponseWriter].
func (r *recording) WriteHeader(status int) {
	if r.status == 0 {
		r.status = status
	}
}

// Write implements [http.ResponseWriter].
func (r *recording) Write(p []byte) (int, error) {
	r.WriteHeader(http.StatusOK)
	return r.body.Write(p)
}

// spool writes a file that is sent to one that is gone when it is closed. Its
// length is bounded by then.
func spool(body io.Reader) (keptBody, error) {
	file, err := os.CreateTemp("", "coordinator-upload-*")
	if err != nil {
		return keptBody{}, fmt.Errorf("keeping a file that is imported (TMPDIR says where): %w", err)
	}
	discard := func() {
		_ = file.Close()
		_ = os.Remove(file.Name())
	}
	sum := sha256.New()
	if _, err := io.Copy(io.MultiWriter(file, sum), body); err != nil {
		discard()
		if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
			return keptBody{}, tooLarge(fileLimit)
		}
		if _, ok := errors.AsType[*os.PathError](err); ok {
			return keptBody{}, fmt.Errorf("keeping a file that is imported (TMPDIR says where): %w", err)
		}
		return keptBody{}, apperr.New(apperr.MalformedRequest, "The body ended before it was complete.")
	}
	return keptBody{
		sum: sum.Sum(nil),
		open: func() (io.ReadCloser, error) {
			_, err := file.Seek(0, io.SeekStart)
			return io.NopCloser(file), err
		},
		Close: discard,
	}, nil
}
