package journal

import (
	"errors"
	"io"
	"os"
	"unsafe"
)

// file is what a journal needs of its file.
type file interface {
	io.ReaderAt
	io.WriterAt
	// Sync makes all writes durable. No write changes the size of the file.
	Sync() error
	Close() error
}

// directFile can write blocks past the cache of the system. They are on the disk when
// WriteSync returns, which takes half the time and work of a write and a sync.
type directFile interface {
	file
	// WriteSync writes b and makes it durable. The address and length of b and the
	// offset must be multiples of blockSize.
	WriteSync(b []byte, offset int64) error
	// Direct reports whether WriteSync works.
	Direct() bool
}

// blockSize is the block size of disks with large blocks.
const blockSize = 4096

// diskFile is a file of the system.
type diskFile struct {
	*os.File
	direct *os.File // the same file, for WriteSync; nil if the system cannot do that
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

// blocks returns a buffer of n bytes whose address is a multiple of blockSize.
func blocks(n int) []byte {
	b := make([]byte, n+blockSize)
	skip := blockSize - int(uintptr(unsafe.Pointer(unsafe.SliceData(b)))%blockSize)
	return b[skip%blockSize:][:n]
}

// whole returns n rounded up to a multiple of blockSize.
func whole(n int) int { return (n + blockSize - 1) / blockSize * blockSize }

var _ directFile = diskFile{}
