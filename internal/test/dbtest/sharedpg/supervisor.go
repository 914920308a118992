package sharedpg

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"syscall"

	"github.com/aicoordination/coordinator/internal/localpg"
)

const (
	// supervisorVariable makes a process the supervisor of the server whose
	// locks are in the directory it names.
	supervisorVariable = "COORDINATOR_TEST_SUPERVISOR"

	// readyMessage is what a supervisor answers its starter; anything else is
	// what went wrong.
	readyMessage = "ready"

	// answerDescriptor is where the starter listens, the first of ExtraFiles.
	answerDescriptor = 3

	// memoryDir is where Linux has a file system in memory.
	memoryDir = "/dev/shm"

	// enoughMemory is the free space that makes a file system in memory worth
	// using: some hundred databases of ten megabytes, as many as ever exist at
	// a time.
	enoughMemory = 1 << 30
)

// Supervise does not return in a process that was started as the supervisor.
// It is called before anything else in main or TestMain.
func Supervise() {
	dir, ok := os.LookupEnv(supervisorVariable)
	if !ok {
		return
	}

	// The starter reads to the end, so PostgreSQL must not hold on to it.
	syscall.CloseOnExec(answerDescriptor)

	answer := os.NewFile(answerDescriptor, "answer")

	if err := supervise(dir, answer); err != nil {
		_, _ = answer.WriteString(err.Error()) // nobody listens once it is ready
		os.Exit(1)
	}

	os.Exit(0)
}

// startSupervisor starts this executable as the supervisor, in a session of its
// own so that it outlives this process and the terminal's interrupts.
func startSupervisor(ctx context.Context, dir string) (string, error) {
	executable, err := os.Executable()
	if err != nil {
		return "", fmt.Errorf("finding this executable: %w", err)
	}

	listen, answer, err := os.Pipe()
	if err != nil {
		return "", fmt.Errorf("making a pipe to the test server's supervisor: %w", err)
	}
	defer listen.Close()

	cmd := exec.Command(executable)
	cmd.Dir = "/"
	cmd.Env = append(os.Environ(), supervisorVariable+"="+dir)
	cmd.ExtraFiles = []*os.File{answer}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}

	err = cmd.Start()
	_ = answer.Close()

	if err != nil {
		return "", fmt.Errorf("starting the test server's supervisor: %w", err)
	}

	go func() { _ = cmd.Wait() }() // leaves no zombie

	defer context.AfterFunc(ctx, func() { _ = listen.Close() })()

	message, err := io.ReadAll(listen)

	switch {
	case ctx.Err() != nil:
		return "", fmt.Errorf("waiting for the test server to start: %w", ctx.Err())
	case err != nil:
		return "", fmt.Errorf("waiting for the test server to start: %w", err)
	case string(message) != readyMessage:
		return "", fmt.Errorf("its supervisor ended: %q", message)
	}

	address, err := os.ReadFile(addressFile(dir))
	if err != nil {
		return "", fmt.Errorf("reading the address of the test server: %w", err)
	}

	return string(address), nil
}

// supervise runs PostgreSQL until nobody uses it.
func supervise(dir string, answer *os.File) error {
	ctx, cancel := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	defer cancel()

	alive, err := tryLock(dir, "alive", syscall.LOCK_EX)
	if err != nil {
		return err
	}

	if alive == nil {
		return errors.New("it already has a supervisor")
	}
	defer alive.Close()

	if _, err := fmt.Fprintln(alive, os.Getpid()); err != nil { // for whoever wonders
		return fmt.Errorf("writing the lock of the test server: %w", err)
	}

	if err := os.Remove(addressFile(dir)); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("removing the address of an earlier server: %w", err)
	}

	if err := removeLeftovers(ctx, dir); err != nil {
		return err
	}

	dataDir := dataDir(fastestDir(), dir)

	server, err := localpg.Start(ctx, serverOptions(dataDir))
	if err != nil {
		return err
	}

	// Whoever waits for alive relies on all of this being done.
	defer func() {
		_ = os.Remove(addressFile(dir))
		_ = server.Stop(context.Background())
		_ = os.RemoveAll(dataDir)
	}()

	if err := os.WriteFile(addressFile(dir), []byte(server.URL()), 0o600); err != nil {
		return fmt.Errorf("writing the address of the test server: %w", err)
	}

	if _, err := answer.WriteString(readyMessage); err != nil {
		return nil // the starter was killed, and so nobody waits
	}

	_ = answer.Close()

	unused := make(chan struct{})

	go func() {
		if waitUnused(dir) == nil {
			close(unused)
		}
	}()

	select {
	case <-unused:
	case <-server.Done():
	case <-ctx.Done():
	}

	return nil
}

// waitUnused blocks until it has the lock that every user shares, and keeps it.
func waitUnused(dir string) error {
	file, err := os.OpenFile(filepath.Join(dir, "use.lock"), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}

	for {
		// Blocking, not by polling: the server must not end later than its users.
		err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX)
		if !errors.Is(err, syscall.EINTR) {
			return err
		}
	}
}

// removeLeftovers removes the data of a supervisor that was killed. A server
// may still run there; starting one stops it.
func removeLeftovers(ctx context.Context, dir string) error {
	for _, base := range []string{memoryDir, os.TempDir()} {
		leftover := dataDir(base, dir)

		if _, err := os.Stat(leftover); err != nil {
			continue
		}

		if server, err := localpg.Start(ctx, serverOptions(leftover)); err == nil {
			_ = server.Stop(ctx)
		}

		if err := os.RemoveAll(leftover); err != nil {
			return fmt.Errorf("removing what an earlier test server left: %w", err)
		}
	}

	return nil
}

// dataDir is the place below base of the server whose locks are in dir. It
// tells apart the same user's servers under different TMPDIRs.
func dataDir(base, dir string) string {
	sum := sha256.Sum256([]byte(dir))

	return filepath.Join(base, filepath.Base(dir)+"-"+hex.EncodeToString(sum[:4]))
}

// serverOptions are those of a server whose data nobody needs after the tests.
func serverOptions(dataDir string) localpg.Options {
	return localpg.Options{
		DataDir:       dataDir,
		BinDir:        os.Getenv(BinDirVariable),
		AllowDownload: true,
		Settings: map[string]string{
			"max_connections":    "400",
			"fsync":              "off",
			"full_page_writes":   "off",
			"synchronous_commit": "off",
			"wal_level":          "minimal",
			"max_wal_senders":    "0",
			// It would spend its time on databases that live for milliseconds.
			"autovacuum": "off",
		},
	}
}

// fastestDir is a file system in memory where the machine has one with room,
// else the directory for temporary files.
func fastestDir() string {
	var stat syscall.Statfs_t

	if err := syscall.Statfs(memoryDir, &stat); err != nil || stat.Bavail*uint64(stat.Bsize) < enoughMemory {
		return os.TempDir()
	}

	probe, err := os.MkdirTemp(memoryDir, "coordinator-test-probe-")
	if err != nil {
		return os.TempDir()
	}

	_ = os.Remove(probe)

	return memoryDir
}
