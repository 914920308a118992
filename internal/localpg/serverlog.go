package localpg

import (
	"errors"
	"fmt"
	"io"
	"os"
	"syscall"
)

// openLog opens the file that PostgreSQL writes to, and empties it when it has
// grown over its limit.
func openLog(path string, owner account) (*os.File, error) {
	// Root writes here into a directory that may be another user's, and must not
	// be led elsewhere by a link.
	flags := os.O_WRONLY | os.O_CREATE | os.O_APPEND | syscall.O_NOFOLLOW

	if info, err := os.Stat(path); err == nil && info.Size() > maxLogSize {
		flags |= os.O_TRUNC
	}

	file, err := os.OpenFile(path, flags, 0o600)
	if err != nil {
		return nil, fmt.Errorf("opening PostgreSQL's log: %w", err)
	}

	if err := owner.own(path); err != nil {
		_ = file.Close()

		return nil, err
	}

	return file, nil
}

// exitError says how the postmaster exited, with the end of what it logged
// since the offset.
func (s *Server) exitError(p *process, offset int64) error {
	how := errors.New("exit status 0")
	if p.err != nil {
		how = p.err
	}

	tail := logTail(s.logFile, offset)
	if tail == "" {
		return fmt.Errorf("PostgreSQL exited: %w", how)
	}

	return fmt.Errorf("PostgreSQL exited: %w; the end of %s:\n%s", how, s.logFile, tail)
}

// logTail returns the last lines of a log after an offset, "" if there are none.
func logTail(path string, offset int64) string {
	const window = 8 << 10

	file, err := os.Open(path)
	if err != nil {
		return ""
	}
	defer file.Close()

	if info, err := file.Stat(); err == nil {
		offset = max(offset, info.Size()-window)
	}

	content, err := io.ReadAll(io.NewSectionReader(file, offset, window))
	if err != nil {
		return ""
	}

	return lastLines(string(content), 10)
}
