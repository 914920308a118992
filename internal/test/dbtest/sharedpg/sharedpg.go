// Package sharedpg runs one PostgreSQL for all test processes of a user at a
// time, on the fastest storage of the machine and with durability switched off.
//
// It owns the server's life and nothing inside it; databases are made by
// package dbtest. The first process that needs the server starts a supervisor,
// a detached copy of itself, which starts PostgreSQL and stops it when nobody
// uses it any more. Use is a shared lock that the kernel drops when a process
// ends in whatever way, so nothing outlives a killed test run either.
//
// # Locks
//
// They are in a directory of this user and this version of PostgreSQL. Their
// files stay behind, empty; deleting a lock file lets two processes hold one
// lock each.
//
//	start  exclusive while somebody starts to use the server or ceases to
//	use    shared by every process that uses the server; exclusive by the
//	       supervisor once it has ended its service
//	alive  exclusive by the supervisor for as long as it runs
package sharedpg

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/aicoordination/coordinator/internal/localpg"
)

const (
	// BinDirVariable names the environment variable that says where the
	// binaries are, as for the service itself.
	BinDirVariable = "PG_BIN_DIR"

	// startLimit is more than a start takes on a machine that compiles and
	// tests with all it has.
	startLimit = 2 * time.Minute

	// stopLimit bounds the wait for the supervisor to end.
	stopLimit = time.Minute

	pollInterval = 5 * time.Millisecond
)

// Lease is the use of the shared server by this process.
type Lease struct {
	dir string
	use *os.File
}

// Hold keeps the shared server running, once somebody has started it, until
// Release. It starts none: a run of tests that needs no database pays nothing.
func Hold(ctx context.Context) (*Lease, error) {
	dir, err := controlDir(ctx)
	if err != nil {
		return nil, err
	}

	start, err := lock(ctx, dir, "start", syscall.LOCK_EX)
	if err != nil {
		return nil, err
	}
	defer start.Close()

	// Waits for a supervisor that is ending.
	use, err := lock(ctx, dir, "use", syscall.LOCK_SH)
	if err != nil {
		return nil, err
	}

	return &Lease{dir: dir, use: use}, nil
}

// Server starts the shared server unless it runs, and returns its URL, which
// leads to a database for maintenance. The calling process must call Supervise
// at the very beginning, because it may be started again as the supervisor.
func (l *Lease) Server(ctx context.Context) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, startLimit)
	defer cancel()

	start, err := lock(ctx, l.dir, "start", syscall.LOCK_EX)
	if err != nil {
		return "", err
	}
	defer start.Close()

	for {
		alive, err := tryLock(l.dir, "alive", syscall.LOCK_SH)
		if err != nil {
			return "", err
		}

		if alive != nil { // by this process, so there is no supervisor
			_ = alive.Close()

			return startSupervisor(ctx, l.dir)
		}

		// Missing while a supervisor starts whose starter was killed.
		address, err := os.ReadFile(addressFile(l.dir))
		if err == nil {
			return string(address), nil
		}

		if !errors.Is(err, fs.ErrNotExist) {
			return "", fmt.Errorf("reading the address of the test server: %w", err)
		}

		if err := pause(ctx); err != nil {
			return "", fmt.Errorf("waiting for the test server to start: %w", err)
		}
	}
}

// Release ends the use. The last to leave returns when the server is gone.
func (l *Lease) Release() error {
	ctx, cancel := context.WithTimeout(context.Background(), stopLimit)
	defer cancel()
	defer l.use.Close()

	start, err := lock(ctx, l.dir, "start", syscall.LOCK_EX)
	if err != nil {
		return err
	}
	defer start.Close()

	last, err := l.isLast()
	if err != nil || !last {
		return err
	}

	_ = l.use.Close() // which lets the supervisor end

	alive, err := lock(ctx, l.dir, "alive", syscall.LOCK_SH)
	if err != nil {
		return fmt.Errorf("waiting for the test server to stop: %w", err)
	}

	return alive.Close()
}

// isLast reports whether nobody else uses the server. Turning the own shared
// lock into an exclusive one gives it up for a moment, in which the supervisor
// may take it; then it is the supervisor alone that a shared lock conflicts with.
func (l *Lease) isLast() (bool, error) {
	alone, err := flock(l.use, syscall.LOCK_EX)
	if err != nil || alone {
		return alone, err
	}

	shared, err := flock(l.use, syscall.LOCK_SH)

	return !shared, err
}

// controlDir returns the directory of the locks, which belongs to this user and
// to the version of PostgreSQL that this process would use.
func controlDir(ctx context.Context) (string, error) {
	binaries, err := localpg.Find(ctx, serverOptions(""))
	if err != nil {
		return "", err
	}

	name := fmt.Sprintf("coordinator-test-%d-postgresql-%s", os.Geteuid(), binaries.Version)
	dir := filepath.Join(os.TempDir(), name)

	if err := os.Mkdir(dir, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return "", fmt.Errorf("creating the directory of the test server's locks: %w", err)
	}

	info, err := os.Lstat(dir)
	if err != nil {
		return "", fmt.Errorf("checking the directory of the test server's locks: %w", err)
	}

	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok || !info.IsDir() || int(stat.Uid) != os.Geteuid() {
		return "", fmt.Errorf("%s is not a directory of this user; remove it, or set TMPDIR to another place", dir)
	}

	return dir, nil
}

func addressFile(dir string) string { return filepath.Join(dir, "address") }

// lock waits for a lock as long as ctx lasts.
func lock(ctx context.Context, dir, name string, how int) (*os.File, error) {
	for {
		file, err := tryLock(dir, name, how)
		if err != nil || file != nil {
			return file, err
		}

		if err := pause(ctx); err != nil {
			return nil, fmt.Errorf("waiting for the lock %s in %s: %w", name, dir, err)
		}
	}
}

// tryLock returns the file that holds the lock, nil when somebody else does.
func tryLock(dir, name string, how int) (*os.File, error) {
	file, err := os.OpenFile(filepath.Join(dir, name+".lock"), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("opening a lock of the test server: %w", err)
	}

	locked, err := flock(file, how)
	if !locked {
		_ = file.Close()

		return nil, err
	}

	return file, nil
}

// flock reports whether the lock could be had at once.
func flock(file *os.File, how int) (bool, error) {
	err := syscall.Flock(int(file.Fd()), how|syscall.LOCK_NB)

	switch {
	case err == nil:
		return true, nil
	case errors.Is(err, syscall.EWOULDBLOCK):
		return false, nil
	default:
		return false, fmt.Errorf("locking %s: %w", strings.TrimSuffix(filepath.Base(file.Name()), ".lock"), err)
	}
}

func pause(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(pollInterval):
		return nil
	}
}
