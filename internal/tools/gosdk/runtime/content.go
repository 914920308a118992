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
	// file is that of the caller; nil where it is none.
	file *source
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
func (c content) canBeSent() bool { return c.file == nil || !c.file.spent() }

// end leaves the file to the caller: a transport that is answered before it has
// sent everything goes on reading after that.
func (c content) end() {
	if c.file != nil {
		c.file.end()
	}
}

func fileContent(file *Upload) (content, error) {
	if file.Body == nil {
		return content{}, errors.New("there is no file to send: its Body is nil")
	}
	source := &source{from: file.Body}
	c := content{media: file.ContentType, length: -1, open: source.open, file: source}

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

	isRead  atomic.Bool
	current atomic.Pointer[sourceReader]

	reading sync.Mutex
}

func (s *source) spent() bool { return s.seeker == nil && s.isRead.Load() }

func (s *source) open() (io.ReadCloser, error) {
	s.reading.Lock()
	defer s.reading.Unlock()
	if s.isRead.Load() {
		if s.seeker == nil {
			return nil, errors.New("the file was sent before and cannot be read again")
		}
		if _, err := s.seeker.Seek(s.begin, io.SeekStart); err != nil {
			return nil, fmt.Errorf("going back to the beginning of the file: %w", err)
		}
	}
	reader := &sourceReader{s}
	s.current.Store(reader)
	return reader, nil
}

// end has nobody begin to read any more. Only where reading can wait for what
// never comes, as from a pipe, it does not wait for who has begun.
func (s *source) end() {
	s.current.Store(nil)
	if s.seeker != nil {
		s.reading.Lock()
		defer s.reading.Unlock()
	}
}

// sourceReader is a reader for one attempt.
type sourceReader struct{ source *source }

// Read implements io.Reader.
func (r *sourceReader) Read(p []byte) (int, error) {
	s := r.source
	s.reading.Lock()
	defer s.reading.Unlock()
	if s.current.Load() != r {
		return 0, errors.New("this attempt is over")
	}
	s.isRead.Store(true)
	return s.from.Read(p)
}

// Close implements io.Closer.
func (r *sourceReader) Close() error { return nil }
