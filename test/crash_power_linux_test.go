package test

import (
	"path/filepath"
	"strings"
	"testing"
)

// cutsMin is how often the power goes.
const cutsMin = 60

// TestPowerCut cuts the power under load, again and again: of what was not synced the disk may have everything,
// nothing, or parts, and the last write is torn. Then the same holds as when the connector is killed.
func TestPowerCut(t *testing.T) {
	t.Parallel()
	w := newPowerWorld(t, `"sync"`)
	w.mustKeep()
	for _, name := range storeFiles {
		if w.disk.unsynced[name] == 0 {
			t.Errorf("the power never went when %s had something to lose, so that this test proves little", name)
		}
	}
}

// TestPowerCutWithInterval syncs once per interval, and so loses Fulfills, as docs/store.md says: those that came
// after the last sync. Commits are still lost as a whole, from the end, so that the ledger adds up.
func TestPowerCutWithInterval(t *testing.T) {
	t.Parallel()
	w := newPowerWorld(t, "20")
	w.mustLose("although nothing waited for a sync")
	if w.total.lostOld > 0 {
		t.Errorf("%d Fulfills were lost that had been handed on before the last sync", w.total.lostOld)
	}
}

// TestPowerCutWithoutHold shows that the first of these tests can fail.
func TestPowerCutWithoutHold(t *testing.T) {
	t.Parallel()
	w := newPowerWorld(t, `"sync"`, withoutHold()...)
	w.mustLose("without the hold")
}

// newPowerWorld cuts the power of a connector, with these changes, until all is done.
func newPowerWorld(t *testing.T, durability string, changes ...change) *crashWorld {
	t.Helper()
	w := newCrashWorld(t, crashOptions{
		argv: []string{build(t, "with-tapes", append(changes, withTapes(t)...)...)}, durability: durability, senders: 16, spread: 1,
	})
	first := w.start() // makes the store
	w.balances(first)
	first.Stop()
	w.disk = &crashDisk{t: t, random: w.random, dir: w.dir}
	w.disk.rest()
	w.killAgainAndAgain(cutsMin, packetsMin/2)
	t.Logf("the power went %d times; not everything was synced %v times, by file", w.disk.cuts, w.disk.unsynced)
	return w
}

// withTapes puts testdata/crash below the journal and the database, which is bbolt's. The journal is small, so that
// it is full, and goes to the database, while packets are carried.
func withTapes(t *testing.T) []change {
	t.Helper()
	layer := mustRead(t, filepath.Join("testdata", "crash", "tape.go"))
	ofPackage := func(name string) string {
		return strings.Replace(layer, "package tape\n", "package "+name+"\n", 1)
	}
	const bbolt = "go.etcd.io/bbolt"
	return []change{
		{file: "store/journal/tape.go", new: ofPackage("journal")},
		{file: "store/journal/file.go", old: "	return diskFile{f, openDirect(name)}, nil\n}\n", new: `	return tapedFile{diskFile{f, openDirect(name)}}, nil
}

type tapedFile struct{ diskFile }

func (f tapedFile) WriteAt(b []byte, offset int64) (int, error) {
	return tapedWriteAt(f.Name(), f.diskFile.WriteAt, b, offset)
}

func (f tapedFile) Sync() error { return tapedSync(f.Name(), f.diskFile.Sync) }

func (f tapedFile) WriteSync(b []byte, offset int64) error {
	written := func(b []byte, _ int64) (int, error) { return len(b), nil }
	if _, err := tapedWriteAt(f.Name(), written, b, offset); err != nil {
		return err
	}
	return tapedSync(f.Name(), func() error { return f.diskFile.WriteSync(b, offset) })
}
`},
		{file: "store/journal/store.go", old: "HalfBytesDefault = 16 << 20", new: "HalfBytesDefault = 32 << 10"},
		{file: "store/journal/store.go", old: "directMin = 1 << 20", new: "directMin = 1"},
		{module: bbolt, file: "tape.go", new: ofPackage("bbolt")},
		{module: bbolt, file: "db.go", old: "	db.ops.writeAt = db.file.WriteAt\n", new: `	db.ops.writeAt = func(b []byte, offset int64) (int, error) {
		return tapedWriteAt(db.path, db.file.WriteAt, b, offset)
	}
`},
		{module: bbolt, file: "bolt_linux.go", old: "	return syscall.Fdatasync(int(db.file.Fd()))\n", new: `	return tapedSync(db.path, func() error { return syscall.Fdatasync(int(db.file.Fd())) })
`},
	}
}
