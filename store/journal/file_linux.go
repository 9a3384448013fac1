package journal

import (
	"errors"
	"io/fs"
	"syscall"
)

// Sync leaves out the times of the file, which nobody needs: fsync would write them
// each time.
func (f diskFile) Sync() error {
	for {
		err := syscall.Fdatasync(int(f.Fd()))
		if err == nil {
			return nil
		}
		if !errors.Is(err, syscall.EINTR) {
			return &fs.PathError{Op: "sync", Path: f.Name(), Err: err}
		}
	}
}
