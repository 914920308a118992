package localpg

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"
)

// endWithParent has the kernel interrupt the child, which for PostgreSQL is a
// fast shutdown, when the thread that started it ends. See startProcess.
func endWithParent(attr *syscall.SysProcAttr) {
	attr.Pdeathsig = syscall.SIGINT
}

// commandLine returns the arguments of a process, nil when it is gone.
func commandLine(pid int) []string {
	content, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid))
	if err != nil {
		return nil
	}

	return strings.Split(string(bytes.TrimRight(content, "\x00")), "\x00")
}

// memoryAttached reports whether a process is still attached to the System V
// shared memory segment by which PostgreSQL guards a data directory.
func memoryAttached(id int) bool {
	content, err := os.ReadFile("/proc/sysvipc/shm")
	if err != nil {
		return false
	}

	// key shmid perms size cpid lpid nattch …
	for line := range strings.Lines(string(content)) {
		fields := strings.Fields(line)
		if len(fields) > 6 && fields[1] == strconv.Itoa(id) {
			return fields[6] != "0"
		}
	}

	return false
}
