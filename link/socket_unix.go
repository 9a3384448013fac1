//go:build unix

package link

import "syscall"

// writeSocket writes what a non-blocking socket takes now.
func writeSocket(fd uintptr, b []byte) (int, error) { return syscall.Write(int(fd), b) }
