//go:build !linux

package localpg

import (
	"os/exec"
	"strconv"
	"strings"
	"syscall"
)

// endWithParent does nothing where the kernel has no parent-death signal: the
// next Start stops the orphan.
func endWithParent(*syscall.SysProcAttr) {}

// commandLine returns the arguments of a process, nil when it is gone. They
// come as one line; see isPostmaster.
func commandLine(pid int) []string {
	output, err := exec.Command("ps", "-ww", "-o", "command=", "-p", strconv.Itoa(pid)).Output()
	if err != nil {
		return nil
	}

	return strings.Fields(string(output))
}

// memoryAttached cannot be told here. PostgreSQL's processes end by themselves
// within moments of their postmaster, long before its process id comes up again.
func memoryAttached(int) bool { return false }
