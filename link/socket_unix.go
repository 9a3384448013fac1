//go:build unix

package link

import "syscall"

// readsSockets says that readSocket reads.
const readsSockets = true

// readSocket reads what has come over a non-blocking socket.
func readSocket(fd uintptr, b []byte) (int, error) { return syscall.Read(int(fd), b) }

// writeSocket writes what a non-blocking socket takes now.
func writeSocket(fd uintptr, b []byte) (int, error) { return syscall.Write(int(fd), b) }
