//go:build !linux

package test

import (
	"fmt"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
)

// dieWithParent has no way to tie a child to this process here; a killed run may leave its children.
func dieWithParent() *syscall.SysProcAttr { return nil }

// residentBytes is how much memory a process has in use.
func residentBytes(pid int) (int64, error) {
	output, err := exec.Command("ps", "-o", "rss=", "-p", strconv.Itoa(pid)).Output()
	if err != nil {
		return 0, fmt.Errorf("ps of %d: %w", pid, err)
	}
	kilobytes, err := strconv.ParseInt(strings.TrimSpace(string(output)), 10, 64)
	return kilobytes << 10, err
}

// stopped reports whether a signal has stopped a process.
func stopped(pid int) bool {
	output, err := exec.Command("ps", "-o", "state=", "-p", strconv.Itoa(pid)).Output()
	return err == nil && strings.HasPrefix(string(output), "T")
}
