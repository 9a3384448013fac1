package bolt

import (
	"errors"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/ilp-go/connector/store/storetest"
)

// Whatever the disk has made of the writes that were not synced when the power goes,
// the store is there, with every batch that was applied and no part of another.
func TestLossOfPowerLosesNothingThatWasApplied(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 6))
	s := mustOpen(t, t.TempDir(), Options{})
	defer storetest.MustClose(t, s)
	d := newDisk(t, s)
	applied, cuts := 0, 0
	intercept(t, s.db, func(next writeAt) writeAt {
		return func(b []byte, offset int64) (int, error) {
			if offset < int64(2*os.Getpagesize()) {
				d.sync() // bbolt syncs before it writes a meta page, and after
			}
			d.write(b, offset)
			cuts++
			err := d.openCut(random, func(s *Store) error {
				if err := storetest.CountedSince(s, applied); err != nil || cuts%8 > 0 {
					return err
				}
				return s.Apply(put("and", "on it goes"))
			})
			if err != nil {
				t.Errorf("with %d batches, after write %d: %v", applied, cuts, err)
			}
			return next(b, offset)
		}
	})
	for applied < 60 && !t.Failed() {
		storetest.MustApply(t, s, storetest.Batch(applied+1))
		d.sync()
		applied++
	}
	if cuts < 200 {
		t.Errorf("the power went only %d times", cuts)
	}
}

// disk is what a disk has of a file. Until it is synced, each sector that was
// written may be on it or not.
type disk struct {
	t       *testing.T
	path    string
	stable  []byte
	pending map[int64][][]byte // by offset: what the sector was since the last sync
}

const sectorSize = 512

func newDisk(t *testing.T, s *Store) *disk {
	t.Helper()
	d := &disk{t: t, path: s.path, pending: make(map[int64][][]byte)}
	var err error
	if d.stable, err = os.ReadFile(s.path); err != nil {
		t.Fatal(err)
	}
	return d
}

func (d *disk) write(b []byte, offset int64) {
	for from := 0; from < len(b); from += sectorSize {
		at := offset + int64(from)
		d.pending[at] = append(d.pending[at], append([]byte{}, b[from:from+sectorSize]...))
	}
}

func (d *disk) sync() {
	d.grow()
	for at, versions := range d.pending {
		copy(d.stable[at:], versions[len(versions)-1])
	}
	clear(d.pending)
}

// cut returns what is on the disk if the power fails now.
func (d *disk) cut(random *rand.Rand) []byte {
	d.grow()
	image := append([]byte{}, d.stable...)
	for _, at := range slices.Sorted(maps.Keys(d.pending)) { // so that random is the same each time
		versions := d.pending[at]
		if i := random.IntN(len(versions) + 1); i > 0 {
			copy(image[at:], versions[i-1])
		}
	}
	return image
}

// openCut opens what is on the disk if the power goes now.
func (d *disk) openCut(random *rand.Rand, look func(*Store) error) error {
	dir, err := os.MkdirTemp("", "power-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	if err := os.WriteFile(filepath.Join(dir, FileName), d.cut(random), fileMode); err != nil {
		return err
	}
	s, err := Open(dir, Options{})
	if err != nil {
		return err
	}
	return errors.Join(look(s), s.Close())
}

// grow makes the disk's file as long as the file is: bbolt syncs the length before it
// writes there.
func (d *disk) grow() {
	info, err := os.Stat(d.path)
	if err != nil {
		d.t.Fatal(err)
	}
	if more := info.Size() - int64(len(d.stable)); more > 0 {
		d.stable = append(d.stable, make([]byte, more)...)
	}
}
