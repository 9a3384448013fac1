//go:build linux || darwin || freebsd

package disk

import (
	"io/fs"
	"os"
	"syscall"
)

// writable returns why the process could not make files in a directory.
func writable(dir string) error {
	const writeAndEnter = 2 | 1 // W_OK | X_OK
	return syscall.Access(dir, writeAndEnter)
}

// Exposed returns the mode of a directory, and whether every user of the machine can read it,
// enter it or write in it. It returns false for one that is not there.
func Exposed(dir string) (mode fs.FileMode, exposed bool) {
	info, err := os.Stat(dir)
	if err != nil || !info.IsDir() {
		return 0, false
	}
	const others = 0o007
	mode = info.Mode().Perm()
	return mode, mode&others != 0
}
