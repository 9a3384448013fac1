package journal

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"syscall"
)

// openDirect opens a file once more, for WriteSync. It is nil if the file system cannot.
func openDirect(name string) *os.File {
	f, err := os.OpenFile(name, os.O_RDWR|syscall.O_DIRECT|syscall.O_DSYNC, 0)
	if err != nil {
		return nil
	}
	if _, err := f.ReadAt(blocks(blockSize), 0); err != nil && !errors.Is(err, io.EOF) { // some find out only then
		_ = f.Close()
		return nil
	}
	return f
}

// WriteSync writes blocks.
func (f diskFile) WriteSync(b []byte, offset int64) error {
	_, err := f.direct.WriteAt(b, offset)
	return err
}

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
