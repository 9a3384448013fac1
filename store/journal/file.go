package journal

import (
	"io"
	"os"
)

// file is what a journal needs of its file, once that is there.
type file interface {
	io.ReaderAt
	io.WriterAt
	// Sync makes durable what was written. The size of the file is not changed.
	Sync() error
	Close() error
}

// diskFile is a file of the system.
type diskFile struct{ *os.File }

func openFile(name string) (file, error) {
	f, err := os.OpenFile(name, os.O_RDWR, 0)
	if err != nil {
		return nil, err
	}
	return diskFile{f}, nil
}

var _ file = diskFile{}
