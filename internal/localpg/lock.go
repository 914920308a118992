package localpg

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// InUseError says that another instance holds the data directory.
type InUseError struct {
	Dir string // the data directory
	PID int    // the process that holds it; 0 when it could not be read
	URL string // how to connect to the PostgreSQL that it runs, as its superuser; "" when that is not up

	// ApplicationURL is URL for the application's role.
	ApplicationURL string
}

// Error names the directory and the process and says how to go on.
func (e *InUseError) Error() string {
	holder := "another instance"
	if e.PID != 0 {
		holder = fmt.Sprintf("another instance (process %d)", e.PID)
	}

	return fmt.Sprintf("the data directory %s is in use by %s; stop that one, "+
		"or give this one a directory of its own with COORDINATOR_DATA_DIR or a database with DATABASE_URL",
		e.Dir, holder)
}

// instanceLock keeps a second instance off a data directory. The kernel drops
// it when the process ends in whatever way, so it is never stale; the file
// itself stays, because deleting it would let two instances hold one lock each
// on two files of the same name.
type instanceLock struct {
	file *os.File
}

// lockPatience is how long to wait for a lock that somebody holds: a process
// that was just killed or asked to stop, and whose successor this is, needs a
// moment to end.
const lockPatience = time.Second

// lockInstance takes the lock on dir, or returns an InUseError.
func lockInstance(ctx context.Context, dir string) (*instanceLock, error) {
	path := filepath.Join(dir, "coordinator.lock")

	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|syscall.O_NOFOLLOW, 0o644)
	if errors.Is(err, fs.ErrPermission) {
		return nil, fmt.Errorf("the data directory %s belongs to another user; start as that user, "+
			"or choose another directory with COORDINATOR_DATA_DIR: %w", dir, err)
	}

	if err != nil {
		return nil, fmt.Errorf("opening the lock of the data directory: %w", err)
	}

	patient, cancel := context.WithTimeout(ctx, lockPatience)
	defer cancel()

	if err := lockExclusively(patient, file); err != nil {
		_ = file.Close()

		if ctx.Err() == nil && patient.Err() != nil {
			inUse := &InUseError{Dir: dir, PID: readLockPID(path)}
			if socket := runningSocket(dir); socket != "" {
				inUse.URL = socketURL(socket, Database, superuser)
				inUse.ApplicationURL = socketURL(socket, Database, applicationRole)
			}

			return nil, inUse
		}

		return nil, fmt.Errorf("locking %s: %w", path, err)
	}

	lock := &instanceLock{file: file}

	if err := lock.writePID(dir); err != nil {
		lock.release()

		return nil, fmt.Errorf("writing %s: %w", path, err)
	}

	return lock, nil
}

// writePID leaves the lock's holder in the file. It belongs to whoever owns the
// directory, so that a start as root does not lock its owner out.
func (l *instanceLock) writePID(dir string) error {
	if err := l.file.Truncate(0); err != nil {
		return err
	}

	if _, err := l.file.WriteAt([]byte(strconv.Itoa(os.Getpid())+"\n"), 0); err != nil {
		return err
	}

	if os.Geteuid() != 0 {
		return nil
	}

	info, err := os.Stat(dir)
	if err != nil {
		return err
	}

	if stat, ok := info.Sys().(*syscall.Stat_t); ok {
		return l.file.Chown(int(stat.Uid), int(stat.Gid))
	}

	return nil
}

// release gives the directory up. Closing the file drops the lock.
func (l *instanceLock) release() {
	_ = l.file.Truncate(0)
	_ = l.file.Close()
}

func readLockPID(path string) int {
	content, err := os.ReadFile(path)
	if err != nil {
		return 0
	}

	pid, err := strconv.Atoi(strings.TrimSpace(string(content)))
	if err != nil {
		return 0
	}

	return pid
}

// runningSocket finds the directory of the socket of the server that another
// instance runs on the data directory, in what the server itself has written
// down.
func runningSocket(dataDir string) string {
	files, err := filepath.Glob(filepath.Join(clusterBase(dataDir), "*", "postmaster.pid"))
	if err != nil || len(files) != 1 {
		return ""
	}

	content, err := os.ReadFile(files[0])
	if err != nil {
		return ""
	}

	// The fifth line is the first socket directory.
	const socketLine = 4

	lines := strings.Split(string(content), "\n")
	if len(lines) <= socketLine {
		return ""
	}

	return lines[socketLine]
}

// lockExclusively waits for the lock on a file as long as ctx lasts.
func lockExclusively(ctx context.Context, file *os.File) error {
	for {
		err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if !errors.Is(err, syscall.EWOULDBLOCK) {
			return err
		}

		if err := pause(ctx, pollInterval); err != nil {
			return err
		}
	}
}
