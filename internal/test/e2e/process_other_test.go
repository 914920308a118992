//go:build !linux

package e2e_test

import "syscall"

// endWithParent does nothing where the kernel has no parent-death signal:
// tests that are killed leave the program running.
func endWithParent(*syscall.SysProcAttr) {}
