//go:build !linux

package e2e_test

import (
	"os/exec"
	"strconv"
	"strings"
	"syscall"
)

// endWithParent does nothing where the kernel has no parent-death signal:
// tests that are killed leave the program running.
func endWithParent(*syscall.SysProcAttr) {}

// readPeak is the memory, in bytes, that the process has resident now, where
// the kernel does not tell of another process what it was at its most.
func (p *process) readPeak() (int64, error) {
	out, err := exec.Command("ps", "-o", "rss=", "-p", strconv.Itoa(p.cmd.Process.Pid)).Output()
	if err != nil {
		return 0, err
	}

	kilobytes, err := strconv.ParseInt(strings.TrimSpace(string(out)), 10, 64)

	return kilobytes << 10, err
}
