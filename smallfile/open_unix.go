//go:build unix

package smallfile

import (
	"os"
	"syscall"
)

// open opens a file to read it. It does not wait for a process that writes to a named pipe. What
// the caller of the program has opened keeps its flags, which it may share.
func open(name string) (*os.File, error) {
	if isOpened(name) {
		return os.Open(name)
	}
	return os.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0)
}
