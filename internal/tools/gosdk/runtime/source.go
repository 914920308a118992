package client

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"sync/atomic"
)

// errAttemptOver is what is read of a file by an attempt that is over.
var errAttemptOver = errors.New("this attempt is over")

// source is the file of the caller, who closes it. One attempt reads it at a
// time: what is left of an earlier one, which the transport may still be sending,
// reads nothing more.
type source interface {
	open(ctx context.Context) (io.ReadCloser, error)
	// spent tells that it was read, and cannot be from its beginning any more.
	spent() bool
	// end has nobody begin to read any more.
	end()
}

// fileContent takes a file as it is.
func fileContent(file *Upload) (content, error) {
	if file.Body == nil {
		return content{}, errors.New("there is no file to send: its Body is nil")
	}

	// Where it begins is where it is to begin the next time.
	if seeker, ok := file.Body.(io.ReadSeeker); ok {
		if begin, err := seeker.Seek(0, io.SeekCurrent); err == nil {
			if file.begin != nil {
				begin = *file.begin
			}
			end, err := seeker.Seek(0, io.SeekEnd)
			if err != nil {
				return content{}, fmt.Errorf("looking for the end of the file: %w", err)
			}
			sought := &sought{from: seeker, begin: begin}
			return content{media: file.ContentType, length: end - begin, open: sought.open, file: sought}, nil
		}
	}
	streamed := &streamed{from: file.Body}
	return content{media: file.ContentType, length: -1, open: streamed.open, file: streamed}, nil
}

// sought is a file that can be read again, and at once whatever there is of it.
type sought struct {
	from  io.ReadSeeker
	begin int64

	mu      sync.Mutex
	current *soughtReader
}

func (*sought) spent() bool { return false }

func (s *sought) open(context.Context) (io.ReadCloser, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.current = nil
	if _, err := s.from.Seek(s.begin, io.SeekStart); err != nil {
		return nil, fmt.Errorf("going back to the beginning of the file: %w", err)
	}
	s.current = &soughtReader{s}
	return s.current, nil
}

func (s *sought) end() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.current = nil
}

// soughtReader is a reader for one attempt.
type soughtReader struct{ source *sought }

// Read implements io.Reader.
func (r *soughtReader) Read(p []byte) (int, error) {
	r.source.mu.Lock()
	defer r.source.mu.Unlock()
	if r.source.current != r {
		return 0, errAttemptOver
	}
	return r.source.from.Read(p)
}

// Close implements io.Closer.
func (*soughtReader) Close() error { return nil }

// streamed is a file that can be read once, as it comes: reading it may wait for
// what never does. The transport waits for who reads, whatever becomes of the
// request, and so another goroutine does, for which nobody waits.
type streamed struct {
	from   io.Reader
	isRead atomic.Bool
}

func (s *streamed) spent() bool { return s.isRead.Load() }

func (s *streamed) open(ctx context.Context) (io.ReadCloser, error) {
	if s.spent() {
		return nil, errors.New("the file was sent before and cannot be read again")
	}
	reader := &streamedReader{source: s, isOver: func() bool { return ctx.Err() != nil }}
	reader.out, reader.in = io.Pipe()
	context.AfterFunc(ctx, func() { _ = reader.Close() })
	return reader, nil
}

// end does nothing: the context of the attempt has ended.
func (*streamed) end() {}

// streamedReader is a reader for one attempt.
type streamedReader struct {
	source *streamed
	// isOver tells at once what closing the pipe tells a moment later.
	isOver func() bool
	begin  sync.Once
	out    *io.PipeReader
	in     *io.PipeWriter
}

// Read implements io.Reader. It takes nothing of the file before it is called,
// since a file that nobody has read can still be sent.
func (r *streamedReader) Read(p []byte) (int, error) {
	if r.isOver() {
		return 0, errAttemptOver
	}
	r.begin.Do(func() {
		if r.source.isRead.Swap(true) {
			_ = r.Close()
			return
		}
		go func() {
			_, err := io.Copy(r.in, r.source.from)
			_ = r.in.CloseWithError(err) // nil is the end of the file
		}()
	})
	return r.out.Read(p)
}

// Close implements io.Closer.
func (r *streamedReader) Close() error { return r.out.CloseWithError(errAttemptOver) }
