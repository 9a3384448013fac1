package journal

import (
	"math/rand/v2"
	"os"
	"sync"
	"syscall"
	"testing"
	"unsafe"
)

const sectorSize = 512

// disk is the file of a journal on a disk whose power can go. Until it is synced, each
// sector that was written may be there or not.
type disk struct {
	mu      sync.Mutex
	written []byte           // what the process sees
	stable  []byte           // what is there for certain
	pending map[int][][]byte // by sector: what it was since the last sync

	lies   bool // it says that it has synced and has not
	direct bool // it has WriteSync
	blocks int  // that were written so

	// Each is called at that point, if it is set; an error is that of the write or
	// the sync.
	beforeWrite, beforeSync func() error
	after                   func()
}

// newDisk returns a disk with a copy of the named journal.
func newDisk(t *testing.T, name string) *disk {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return diskOf(b)
}

func diskOf(image []byte) *disk {
	return &disk{written: image, stable: append([]byte{}, image...), pending: make(map[int][][]byte)}
}

// open returns the disk as a file, for Options.
func (d *disk) open(string) (file, error) { return d, nil }

func (d *disk) ReadAt(b []byte, offset int64) (int, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return copy(b, d.written[offset:]), nil
}

func (d *disk) WriteAt(b []byte, offset int64) (int, error) {
	if d.beforeWrite != nil {
		if err := d.beforeWrite(); err != nil {
			return 0, err
		}
	}
	d.write(b, int(offset))
	if d.after != nil {
		d.after()
	}
	return len(b), nil
}

func (d *disk) write(b []byte, offset int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	copy(d.written[offset:], b)
	for s := offset / sectorSize; s*sectorSize < offset+len(b); s++ {
		d.pending[s] = append(d.pending[s], append([]byte{}, d.written[s*sectorSize:(s+1)*sectorSize]...))
	}
}

func (d *disk) Sync() error {
	if d.beforeSync != nil {
		if err := d.beforeSync(); err != nil {
			return err
		}
	}
	d.settle()
	if d.after != nil {
		d.after()
	}
	return nil
}

func (d *disk) Direct() bool { return d.direct }

// WriteSync writes and syncs. The power may fail between the two.
func (d *disk) WriteSync(b []byte, offset int64) error {
	if uintptr(unsafe.Pointer(unsafe.SliceData(b)))%blockSize != 0 || len(b)%blockSize != 0 || offset%blockSize != 0 {
		return syscall.EINVAL
	}
	d.blocks += len(b) / blockSize
	if _, err := d.WriteAt(b, offset); err != nil {
		return err
	}
	return d.Sync()
}

func (d *disk) settle() {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.lies {
		return
	}
	for s, versions := range d.pending {
		copy(d.stable[s*sectorSize:], versions[len(versions)-1])
	}
	clear(d.pending)
}

func (*disk) Close() error { return nil }

// kill returns what is there if only the process ends.
func (d *disk) kill() []byte {
	d.mu.Lock()
	defer d.mu.Unlock()
	return append([]byte{}, d.written...)
}

// cut is what is there if the power goes. Of what was not synced the first cuts have
// nothing, and everything; the others have any of it.
func (d *disk) cut(random *rand.Rand, kind int) []byte {
	d.mu.Lock()
	defer d.mu.Unlock()
	b := append([]byte{}, d.stable...)
	for s, versions := range d.pending {
		n := random.IntN(len(versions) + 1)
		switch kind {
		case 0:
			n = 0
		case 1:
			n = len(versions)
		}
		if n > 0 {
			copy(b[s*sectorSize:], versions[n-1])
		}
	}
	return b
}

var _ directFile = (*disk)(nil)
