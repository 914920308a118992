// Command withpg runs the command given as its arguments, such as "go test
// ./...", and keeps the shared test server alive from the first test process
// that starts it to the end of the command. Without it the server is stopped
// and started again whenever no test process happens to use it.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"syscall"

	"github.com/aicoordination/coordinator/internal/test/dbtest/sharedpg"
)

func main() {
	code, err := run(os.Args[1:])
	if err != nil {
		fmt.Fprintln(os.Stderr, "withpg:", err)
	}

	os.Exit(code)
}

func run(args []string) (int, error) {
	if len(args) == 0 {
		return 2, errors.New("the command to run is missing")
	}

	lease, err := sharedpg.Hold(context.Background())
	if err != nil {
		return 1, err
	}

	code, err := runCommand(args)

	if releaseErr := lease.Release(); releaseErr != nil {
		return max(code, 1), errors.Join(err, releaseErr)
	}

	return code, err
}

// runCommand returns the command's exit code.
func runCommand(args []string) (int, error) {
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Stdin = os.Stdin
	cmd.Stdout = os.Stdout
	cmd.Stderr = os.Stderr

	// An interrupt of the terminal reaches the command by itself; a request to
	// terminate is for this process alone and passed on. Either way the
	// command ends first.
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)

	if err := cmd.Start(); err != nil {
		return 127, err
	}

	go func() {
		for received := range signals {
			if received == syscall.SIGTERM {
				_ = cmd.Process.Signal(received)
			}
		}
	}()

	err := cmd.Wait()

	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		return max(exit.ExitCode(), 1), nil // a signal's is -1
	}

	return 0, err
}
