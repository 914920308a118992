package e2e_test

import (
	"fmt"
	"os"
	"regexp"
	"strconv"
	"syscall"
)

// endWithParent has the kernel ask the program to stop when the thread that
// started it ends, so that it does not outlive tests that are killed either.
func endWithParent(attr *syscall.SysProcAttr) { attr.Pdeathsig = syscall.SIGTERM }

var highWaterMark = regexp.MustCompile(`(?m)^VmHWM:\s+(\d+) kB$`)

// readPeak is the most memory, in bytes, that the process has had resident. A
// process that has ended has none.
func (p *process) readPeak() (int64, error) {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	if err != nil {
		return 0, err
	}

	match := highWaterMark.FindSubmatch(status)
	if match == nil {
		return 0, fmt.Errorf("no high-water mark in:\n%s", status)
	}

	kilobytes, err := strconv.ParseInt(string(match[1]), 10, 64)

	return kilobytes << 10, err
}
