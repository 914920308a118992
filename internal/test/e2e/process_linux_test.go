package e2e_test

import (
	"fmt"
	"os"
	"regexp"
	"strconv"
	"syscall"
	"testing"
)

// endWithParent has the kernel ask the program to stop when the thread that
// started it ends, so that it does not outlive tests that are killed either.
func endWithParent(attr *syscall.SysProcAttr) { attr.Pdeathsig = syscall.SIGTERM }

var highWaterMark = regexp.MustCompile(`(?m)^VmHWM:\s+(\d+) kB$`)

// peakMemory is the most memory, in bytes, that the process has had resident.
func (p *process) peakMemory(t *testing.T) int64 {
	t.Helper()

	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	if err != nil {
		t.Fatal(err)
	}

	match := highWaterMark.FindSubmatch(status)
	if match == nil {
		t.Fatalf("no high-water mark in:\n%s", status)
	}

	kilobytes, err := strconv.ParseInt(string(match[1]), 10, 64)
	if err != nil {
		t.Fatal(err)
	}

	return kilobytes << 10
}
