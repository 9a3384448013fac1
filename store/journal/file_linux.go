package journal

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"syscall"
)

// openDirect opens a file a second time, for WriteSync. It returns nil if the file system
// cannot write past the cache.
func openDirect(name string) *os.File {
	f, err := os.OpenFile(name, os.O_RDWR|syscall.O_DIRECT|syscall.O_DSYNC, 0)
	if err != nil {
		return nil
	}
	if _, err := f.ReadAt(blocks(blockSize), 0); err != nil && !errors.Is(err, io.EOF) { // some file systems refuse only now
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

// Sync makes all writes durable. Unlike fsync it does not write the times of the file,
// which have no use.
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
