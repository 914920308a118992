package e2e_test

import "syscall"

// endWithParent has the kernel ask the program to stop when the thread that
// started it ends, so that it does not outlive tests that are killed either.
func endWithParent(attr *syscall.SysProcAttr) { attr.Pdeathsig = syscall.SIGTERM }
