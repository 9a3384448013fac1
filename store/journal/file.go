package journal

import (
	"errors"
	"io"
	"os"
	"unsafe"
)

// file is what a journal needs of its file, once that is there.
type file interface {
	io.ReaderAt
	io.WriterAt
	// Sync makes durable what was written. The size of the file is not changed.
	Sync() error
	Close() error
}

// directFile is a file that writes blocks past the cache of the system and has them on
// the disk when it returns: in half the time, and for half of the work, that a write and
// a sync take.
type directFile interface {
	file
	// WriteSync writes b, whose place in memory and length, as the offset, are multiples
	// of blockSize, and makes it durable.
	WriteSync(b []byte, offset int64) error
	// Direct reports whether it can.
	Direct() bool
}

// blockSize is that of the larger ones of disks.
const blockSize = 4096

// diskFile is a file of the system.
type diskFile struct {
	*os.File
	direct *os.File // the same, for WriteSync; nil if the system does not have it
}

func openFile(name string) (file, error) {
	f, err := os.OpenFile(name, os.O_RDWR, 0)
	if err != nil {
		return nil, err
	}
	return diskFile{f, openDirect(name)}, nil
}

// Direct reports whether WriteSync works.
func (f diskFile) Direct() bool { return f.direct != nil }

// Close closes the file.
func (f diskFile) Close() error {
	if f.direct == nil {
		return f.File.Close()
	}
	return errors.Join(f.direct.Close(), f.File.Close())
}

// blocks is a buffer of n bytes whose place is a multiple of blockSize.
func blocks(n int) []byte {
	b := make([]byte, n+blockSize)
	skip := blockSize - int(uintptr(unsafe.Pointer(unsafe.SliceData(b)))%blockSize)
	return b[skip%blockSize:][:n]
}

// whole is n, or the next multiple of blockSize.
func whole(n int) int { return (n + blockSize - 1) / blockSize * blockSize }

var _ directFile = diskFile{}
