//go:build !linux

package e2e_test

import (
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// endWithParent does nothing where the kernel has no parent-death signal:
// tests that are killed leave the program running.
func endWithParent(*syscall.SysProcAttr) {}

// peakMemory is the memory, in bytes, that the process has resident now, where
// the kernel does not tell of another process what it was at its most.
func (p *process) peakMemory(t *testing.T) int64 {
	t.Helper()

	out, err := exec.Command("ps", "-o", "rss=", "-p", strconv.Itoa(p.cmd.Process.Pid)).Output()
	if err != nil {
		t.Fatal(err)
	}

	kilobytes, err := strconv.ParseInt(strings.TrimSpace(string(out)), 10, 64)
	if err != nil {
		t.Fatal(err)
	}

	return kilobytes << 10
}
