package client

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"sync"
	"sync/atomic"
)

// content is what is sent, as often as it has to be.
type content struct {
	media string
	// open returns it from its beginning; nil where nothing is sent.
	open func() (io.ReadCloser, error)
	// length is -1 where it is not known.
	length int64
	// spent tells that it was read, and cannot be from its beginning any more.
	spent func() bool
}

// newContent encodes the body of a call, or takes its file as it is.
func newContent(c call) (content, error) {
	switch {
	case c.upload != nil:
		return fileContent(c.upload)
	case c.body == nil:
		return content{}, nil
	}
	encoded, err := json.Marshal(c.body)
	if err != nil {
		return content{}, fmt.Errorf("encoding the body of %s: %w", c.operation, err)
	}
	return content{
		media: "application/json", length: int64(len(encoded)),
		open: func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(encoded)), nil },
	}, nil
}

// canBeSent tells whether it can be read from its beginning.
func (c content) canBeSent() bool { return c.spent == nil || !c.spent() }

func fileContent(file *Upload) (content, error) {
	if file.Body == nil {
		return content{}, errors.New("there is no file to send: its Body is nil")
	}
	source := &source{from: file.Body}
	c := content{media: file.ContentType, length: -1, open: source.open, spent: source.spent}

	// Where it begins is where it is to begin the next time.
	if seeker, ok := file.Body.(io.Seeker); ok {
		if begin, err := seeker.Seek(0, io.SeekCurrent); err == nil {
			if file.begin != nil {
				begin = *file.begin
			}
			end, err := seeker.Seek(0, io.SeekEnd)
			if err != nil {
				return content{}, fmt.Errorf("looking for the end of the file: %w", err)
			}
			source.seeker, source.begin, c.length = seeker, begin, end-begin
			source.isRead.Store(true) // It has to be sought.
		}
	}
	return c, nil
}

// source is the file of the caller, who closes it. One attempt reads it at a
// time: what is left of an earlier one, which the transport may still be sending,
// reads nothing more.
type source struct {
	from   io.Reader
	seeker io.Seeker // nil where it cannot be read twice
	begin  int64

	isRead atomic.Bool

	mu      sync.Mutex
	current *sourceReader
}

func (s *source) spent() bool { return s.seeker == nil && s.isRead.Load() }

func (s *source) open() (io.ReadCloser, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.current = nil
	if s.isRead.Load() {
		if s.seeker == nil {
			return nil, errors.New("the file was sent before and cannot be read again")
		}
		if _, err := s.seeker.Seek(s.begin, io.SeekStart); err != nil {
			return nil, fmt.Errorf("going back to the beginning of the file: %w", err)
		}
	}
	s.current = &sourceReader{s}
	return s.current, nil
}

// sourceReader is a reader for one attempt.
type sourceReader struct{ source *source }

// Read implements io.Reader.
func (r *sourceReader) Read(p []byte) (int, error) {
	s := r.source
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.current != r {
		return 0, errors.New("this attempt is over")
	}
	s.isRead.Store(true)
	return s.from.Read(p)
}

// Close implements io.Closer.
func (r *sourceReader) Close() error { return nil }
