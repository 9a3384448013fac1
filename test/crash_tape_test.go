package test

import (
	"encoding/binary"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

// crashDisk is the disk under a store, if the connector is built to keep tapes of what it does to its files: see
// testdata/crash. It remembers what was there when the connector started.
type crashDisk struct {
	t      *testing.T
	random *rand.Rand
	dir    string
	images map[string][]byte // by file name

	cuts     int            // how often the power went
	unsynced map[string]int // and how often something was not synced then, by file name
}

// The files of a store.
var storeFiles = []string{"store.journal", "store.db"}

// sector is what a disk writes as a whole.
const sector = 512

// tapeEntry is what is on a tape: see testdata/crash.
type tapeEntry struct {
	kind byte
	time time.Time
	at   uint64
	data []byte
}

// rest takes what is there now, everything synced, for what is on the disk.
func (d *crashDisk) rest() {
	d.t.Helper()
	d.images, d.unsynced = make(map[string][]byte), make(map[string]int)
	for _, name := range storeFiles {
		d.images[name] = d.read(name)
	}
	d.rewind()
}

// cut makes of the files what a disk has when the power goes, which is when the connector was killed. It tells the
// beginning of the last sync of the journal that has ended.
func (d *crashDisk) cut() (synced time.Time) {
	d.t.Helper()
	d.cuts++
	for _, name := range storeFiles {
		entries := parseTape(d.read(name + ".tape"))
		// bbolt syncs the length of its file before it writes there.
		image := append(d.images[name], make([]byte, max(0, len(d.read(name))-len(d.images[name])))...)
		pending, last := settle(image, entries)
		d.tear(image, pending)
		if len(pending) > 0 {
			d.unsynced[name]++
		}
		if name == storeFiles[0] {
			synced = last
		}
		d.images[name] = image
		if err := os.WriteFile(filepath.Join(d.dir, name), image, 0o600); err != nil {
			d.t.Fatal(err)
		}
	}
	d.rewind()
	return synced
}

// settle writes to the image what was synced, and returns what was written besides.
func settle(image []byte, entries []tapeEntry) (pending []tapeEntry, synced time.Time) {
	for _, e := range entries {
		switch e.kind {
		case 'w':
			pending = append(pending, e)
		case 'b':
			pending = append(pending, e) // to tell what came before it
		case 'e':
			began := slices.IndexFunc(pending, func(b tapeEntry) bool { return b.kind == 'b' && b.at == e.at })
			for _, w := range pending[:max(0, began)] {
				if w.kind == 'w' {
					copy(image[w.at:], w.data)
				}
			}
			if began >= 0 { // another one, which ended before, may have seen to it
				synced = pending[began].time
				pending = slices.Delete(pending, 0, began+1)
			}
		}
	}
	return slices.DeleteFunc(pending, func(e tapeEntry) bool { return e.kind == 'b' }), synced
}

// tear writes to the image what the disk may have made of writes that were not synced: nothing; all but a part of
// the last one; or any of the states that each sector has had.
func (d *crashDisk) tear(image []byte, pending []tapeEntry) {
	switch d.random.IntN(3) {
	case 0:
	case 1:
		for i, w := range pending {
			if i == len(pending)-1 {
				w.data = w.data[:d.random.IntN(len(w.data))]
			}
			copy(image[w.at:], w.data)
		}
	case 2:
		states := make(map[uint64][][]byte)
		now := slices.Clone(image)
		var order []uint64
		for _, w := range pending {
			copy(now[w.at:], w.data)
			for s := w.at / sector; s*sector < w.at+uint64(len(w.data)); s++ {
				if states[s] == nil {
					states[s] = [][]byte{slices.Clone(image[s*sector : (s+1)*sector])}
					order = append(order, s)
				}
				states[s] = append(states[s], slices.Clone(now[s*sector:(s+1)*sector]))
			}
		}
		for _, s := range order {
			copy(image[s*sector:], states[s][d.random.IntN(len(states[s]))])
		}
	}
}

// rewind removes the tapes.
func (d *crashDisk) rewind() {
	d.t.Helper()
	tapes, err := filepath.Glob(filepath.Join(d.dir, "*.tape"))
	if err != nil {
		d.t.Fatal(err)
	}
	for _, tape := range tapes {
		if err := os.Remove(tape); err != nil {
			d.t.Fatal(err)
		}
	}
}

// read reads a file. One that is not there is empty.
func (d *crashDisk) read(name string) []byte {
	d.t.Helper()
	b, err := os.ReadFile(filepath.Join(d.dir, name))
	if err != nil && !os.IsNotExist(err) {
		d.t.Fatal(err)
	}
	return b
}

// parseTape reads a tape. An entry that is not whole is the last one, and of something that had only begun.
func parseTape(b []byte) (entries []tapeEntry) {
	c := &cursor{rest: b}
	for len(c.rest) > 0 {
		e := tapeEntry{kind: c.take(1)[0]}
		e.time = time.Unix(0, int64(binary.BigEndian.Uint64(c.take(8))))
		e.at = binary.BigEndian.Uint64(c.take(8))
		e.data = c.take(int(binary.BigEndian.Uint32(c.take(4))))
		if c.failed {
			break
		}
		entries = append(entries, e)
	}
	return entries
}
