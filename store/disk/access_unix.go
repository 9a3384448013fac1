//go:build linux || darwin || freebsd

package disk

import "syscall"

// writable returns why the process could not make files in a directory.
func writable(dir string) error {
	const writeAndEnter = 2 | 1 // W_OK | X_OK
	return syscall.Access(dir, writeAndEnter)
}
