package localpg

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

const (
	// fastShutdownLimit is how long a fast shutdown, which ends with a
	// checkpoint, may take before an immediate one follows.
	fastShutdownLimit = 20 * time.Second

	// immediateShutdownLimit covers the five seconds that a postmaster itself
	// grants its children in an immediate shutdown.
	immediateShutdownLimit = 10 * time.Second

	// memoryLimit is how long the processes of a killed postmaster may take to
	// let go of its shared memory, before which no other can start.
	memoryLimit = 10 * time.Second

	// pollInterval is the pace of looking at what only the kernel knows.
	pollInterval = 10 * time.Millisecond
)

// pidFile is what a postmaster writes about itself into its data directory.
type pidFile struct {
	pid      int // 0 when it was killed before it wrote anything
	memoryID int // of its shared memory; 0 before it has any
}

func readPIDFile(path string) (pidFile, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return pidFile{}, err
	}

	// pid, data directory, start time, port, socket directory, address, key and id of the memory, status
	lines := strings.Split(string(content), "\n")

	var file pidFile

	// Single-user mode writes its process id negative.
	if pid, err := strconv.Atoi(strings.TrimSpace(lines[0])); err == nil {
		file.pid = max(pid, -pid)
	}

	if len(lines) > 6 {
		if fields := strings.Fields(lines[6]); len(fields) == 2 {
			file.memoryID, _ = strconv.Atoi(fields[1])
		}
	}

	return file, nil
}

// takeOver clears the way for a new postmaster on dir. The caller holds the
// instance lock, so a postmaster that still runs there is the orphan of a
// killed instance: it is stopped. A postmaster.pid whose process is somebody
// else by now (as happens after a reboot or in a restarted container, where
// process ids repeat) is removed, once nobody is attached to the memory that it
// names. A file whose process is gone is left to PostgreSQL, which checks the
// same and removes it.
func takeOver(ctx context.Context, log *slog.Logger, dir string) error {
	path := filepath.Join(dir, "postmaster.pid")

	file, err := readPIDFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}

	if err != nil {
		return fmt.Errorf("looking for a running PostgreSQL: %w", err)
	}

	if file.pid == 0 {
		return removeStale(path)
	}

	if isPostmaster(file.pid, dir) {
		log.WarnContext(ctx, "stopping the PostgreSQL of an instance that was killed", "pid", file.pid, "dir", dir)

		return stopOrphan(ctx, file.pid, dir)
	}

	if !processExists(file.pid) {
		return nil
	}

	deadline := time.Now().Add(memoryLimit)

	for memoryAttached(file.memoryID) {
		if time.Now().After(deadline) {
			return fmt.Errorf("processes of a killed PostgreSQL still use %s; end them by hand", dir)
		}

		if err := pause(ctx, pollInterval); err != nil {
			return fmt.Errorf("waiting for the processes of a killed PostgreSQL in %s to end: %w", dir, err)
		}
	}

	return removeStale(path)
}

func removeStale(path string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("removing a stale lock: %w", err)
	}

	return nil
}

// stopOrphan ends a postmaster that is no child of ours: fast, then immediately.
func stopOrphan(ctx context.Context, pid int, dir string) error {
	steps := []struct {
		signal syscall.Signal
		limit  time.Duration
	}{
		{syscall.SIGINT, fastShutdownLimit},
		{syscall.SIGQUIT, immediateShutdownLimit},
	}

	for _, step := range steps {
		if err := syscall.Kill(pid, step.signal); err != nil && !errors.Is(err, syscall.ESRCH) {
			return fmt.Errorf("stopping process %d, a PostgreSQL on %s: %w", pid, dir, err)
		}

		deadline := time.Now().Add(step.limit)

		for isPostmaster(pid, dir) && time.Now().Before(deadline) {
			if err := pause(ctx, pollInterval); err != nil {
				return fmt.Errorf("waiting for process %d, a PostgreSQL on %s, to stop: %w", pid, dir, err)
			}
		}

		if !isPostmaster(pid, dir) {
			return nil
		}
	}

	return fmt.Errorf("process %d, a PostgreSQL on %s, does not stop; end it by hand", pid, dir)
}

// isPostmaster reports whether the process is a postgres that was started on
// dir. A zombie has no arguments and so is none.
func isPostmaster(pid int, dir string) bool {
	args := commandLine(pid)
	if len(args) == 0 || filepath.Base(args[0]) != "postgres" {
		return false
	}

	// Where the arguments come as one line, a directory with a space in its
	// name is spread over several of them.
	return slices.Contains(args, dir) || strings.Contains(strings.Join(args, " "), "-D "+dir+" ")
}
