package obs

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"sync"
	"time"

	"gopkg.in/natefinch/lumberjack.v2"
)

// logFileMode lets nobody but the service's user read what is logged.
const logFileMode fs.FileMode = 0o600

// LogFile is a file that lines are appended to, and that is set aside by its
// size and by its age.
type LogFile struct {
	Path string
	// MaxSizeMB is from how many MiB on a file is set aside; so it is each day
	// (UTC), too, so that no line outlives MaxAgeDays by more than one.
	MaxSizeMB int
	// MaxAgeDays and MaxBackups are how long, and how many, files that were set
	// aside are kept; 0 for any.
	MaxAgeDays, MaxBackups int
	// Now is the clock; nil for the real one.
	Now func() time.Time
}

// rotating adds the rotation by day to lumberjack's by size.
type rotating struct {
	now func() time.Time

	mu   sync.Mutex
	file *lumberjack.Logger
	// day is that of the lines in the file, in days since 1970.
	day int64
}

func openRotating(o LogFile) (*rotating, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	r := &rotating{now: o.Now, file: &lumberjack.Logger{
		Filename: o.Path, MaxSize: o.MaxSizeMB, MaxAge: o.MaxAgeDays, MaxBackups: o.MaxBackups, Compress: true,
	}}
	if err := r.prepare(); err != nil {
		return nil, err
	}
	return r, nil
}

// prepare sees to it that the file is there, can be written and is nobody
// else's to read: what lumberjack finds it leaves as it is.
func (r *rotating) prepare() error {
	file, err := os.OpenFile(r.file.Filename, os.O_CREATE|os.O_WRONLY|os.O_APPEND, logFileMode)
	if err != nil {
		return fmt.Errorf("opening the log file: %w; see that its directory is there and that the service may write to it, or set COORDINATOR_LOG_FILE to another", err)
	}
	info, err := file.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = errors.New("it is no ordinary file")
	}
	if err == nil && info.Mode().Perm() != logFileMode {
		err = file.Chmod(logFileMode)
	}
	if err = errors.Join(err, file.Close()); err != nil {
		return fmt.Errorf("preparing the log file %s: %w", r.file.Filename, err)
	}
	r.day = dayOf(r.now())
	if info.Size() > 0 {
		r.day = dayOf(info.ModTime())
	}
	return nil
}

// Write implements [io.Writer].
func (r *rotating) Write(line []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if today := dayOf(r.now()); today > r.day {
		if err := r.file.Rotate(); err != nil {
			return 0, err
		}
		r.day = today
	}
	return r.file.Write(line)
}

// reopen goes on in the file of that name, which may be another one by now.
func (r *rotating) reopen() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if err := r.file.Close(); err != nil {
		return fmt.Errorf("closing the log file: %w", err)
	}
	return r.prepare()
}

// Close closes the file.
func (r *rotating) Close() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.file.Close()
}

func dayOf(t time.Time) int64 { return t.Unix() / int64((24 * time.Hour).Seconds()) }
