package journal

import (
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"path/filepath"

	"github.com/ilp-go/connector/store"
)

// A file begins with a header, which is written once. It is 4096 bytes long so that the
// frames have pages of their own. All numbers are big endian:
//
//	 0  "ilp journal\n"
//	12  format: uint32
//	16  id of the journal, at random: uint64
//	24  size of a half: uint64
//	32  CRC-32C of the bytes before it: uint32
//
// The header is the same in every format, so that an old program can tell the format of a
// newer one.
const (
	magic       = "ilp journal\n"
	formatAt    = len(magic)
	idAt        = 16
	halfAt      = 24
	headerSumAt = 32
	headerSize  = 4096

	// format is the number of the layout that the package comment describes.
	format = 1
)

// header describes the whole file.
type header struct {
	format uint32
	id     uint64
	half   int64 // bytes of a half
}

func newHeader(half int64) header {
	var id [8]byte
	_, _ = rand.Read(id[:]) // never fails
	return header{format: format, id: binary.BigEndian.Uint64(id[:]), half: half}
}

// seed returns the start value of the checksums of frames. It differs between journals, so
// that a frame of another journal is not valid here.
func (h header) seed() uint32 { return checksum(0, binary.BigEndian.AppendUint64(nil, h.id)) }

// at returns the offset of a half.
func (h header) at(half int) int64 { return headerSize + int64(half)*h.half }

func (h header) append(to []byte) []byte {
	from := len(to)
	to = append(to, magic...)
	to = binary.BigEndian.AppendUint32(to, h.format)
	to = binary.BigEndian.AppendUint64(to, h.id)
	to = binary.BigEndian.AppendUint64(to, uint64(h.half))
	return binary.BigEndian.AppendUint32(to, checksum(0, to[from:]))
}

// readHeader reads the header of the named file. It also returns an error if the file is too
// short for its halves, so that no caller allocates memory for a half that is not there.
func readHeader(name string, file io.ReaderAt) (header, error) {
	b := make([]byte, headerSumAt+4)
	if _, err := file.ReadAt(b, 0); err != nil && !errors.Is(err, io.EOF) {
		return header{}, fmt.Errorf("%s: %w", name, store.Explain(err))
	}
	h := header{
		format: binary.BigEndian.Uint32(b[formatAt:]),
		id:     binary.BigEndian.Uint64(b[idAt:]),
		half:   int64(binary.BigEndian.Uint64(b[halfAt:])),
	}
	switch {
	case string(b[:formatAt]) != magic, binary.BigEndian.Uint32(b[headerSumAt:]) != checksum(0, b[:headerSumAt]):
		return header{}, damaged(name, "it does not begin as a journal does")
	case h.format > format:
		return header{}, fmt.Errorf("%s %w: it has format %d, and this version knows format %d; it was not changed: use that version",
			name, store.ErrNewer, h.format, format)
	case h.format < format, h.half <= frameHead, h.half > math.MaxInt64/4:
		return header{}, damaged(name, fmt.Sprintf("it has format %d and halves of %d bytes", h.format, h.half))
	}
	switch _, err := file.ReadAt(b[:1], h.at(2)-1); {
	case errors.Is(err, io.EOF):
		return header{}, damaged(name, fmt.Sprintf("it was cut off: it should have two halves of %d bytes", h.half))
	case err != nil:
		return header{}, fmt.Errorf("%s: %w", name, store.Explain(err))
	}
	return h, nil
}

// create makes a whole file beside name and only then gives it that name. It writes and
// syncs zeros instead of only reserving room: to write over them does not change the size
// or the blocks of the file, which a sync would have to write too.
func create(name string, h header) error {
	dir := filepath.Dir(name)
	f, err := os.CreateTemp(dir, filepath.Base(name)+".new-") // for the owner alone
	if err != nil {
		return err
	}
	err = errors.Join(writeNew(f, h), f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), name)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return store.SyncDir(dir)
}

func writeNew(w io.Writer, h header) error {
	zeros := make([]byte, 1<<20)
	page := h.append(make([]byte, 0, headerSize))[:headerSize]
	_, err := w.Write(page)
	for left := 2 * h.half; left > 0 && err == nil; left -= int64(len(zeros)) {
		_, err = w.Write(zeros[:min(left, int64(len(zeros)))])
	}
	return err
}

// exists reports whether the named file exists.
func exists(name string) (bool, error) {
	info, err := os.Stat(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return false, nil
	case err != nil:
		return false, store.Explain(err)
	case !info.Mode().IsRegular():
		return false, fmt.Errorf("%s is not a file: move it away, or name another directory", name)
	}
	return true, nil
}

func damaged(name, how string) error {
	return fmt.Errorf("%s is %w: %s; it was not changed: restore a backup", name, store.ErrDamaged, how)
}
