package journal

import (
	"errors"
	"io/fs"
	"strings"
	"syscall"
	"testing"

	"github.com/ilp-go/connector/store"
	"github.com/ilp-go/connector/store/storetest"
)

// openDisk opens a new journal on a disk that can fail.
func openDisk(t *testing.T, b *base, o Options) (*Store, *disk) {
	t.Helper()
	name := fileIn(t.TempDir())
	storetest.MustClose(t, mustOpen(t, name, b, o))
	d := newDisk(t, name)
	o.open = d.open
	return mustOpen(t, name, b, o), d
}

// failsForGood checks that the store keeps and shows nothing any more.
func failsForGood(t *testing.T, s *Store, cause error) {
	t.Helper()
	_, loaded := storetest.Text(s)
	for what, err := range map[string]error{
		"Apply": s.Apply(put("x", "1")), "an empty Apply": s.Apply(nil), "Load": loaded, "Checkpoint": s.Checkpoint(nil), "Close": s.Close(),
	} {
		if !errors.Is(err, store.ErrFailed) || !errors.Is(err, cause) {
			t.Errorf("%s returned %v", what, err)
		}
	}
}

// The kernel tells of a failed write or sync once. Whatever comes then is not kept.
func TestFailedWriteOrSyncIsFinal(t *testing.T) {
	for name, breakDown := range map[string]func(*disk, func() error){
		"write": func(d *disk, fail func() error) { d.beforeWrite = fail },
		"sync":  func(d *disk, fail func() error) { d.beforeSync = fail },
	} {
		for _, cause := range []error{syscall.EIO, syscall.ENOSPC} { // the journal needs no room to write
			t.Run(name+" "+cause.Error(), func(t *testing.T) {
				b := newBase()
				s, d := openDisk(t, b, Options{})
				storetest.MustApply(t, s, storetest.Batch(1))
				calls := 0
				breakDown(d, func() error {
					if calls++; calls > 1 {
						t.Error("it is tried again")
					}
					return &fs.PathError{Op: name, Path: "store.journal", Err: cause}
				})
				if err := s.Apply(storetest.Batch(2)); !errors.Is(err, store.ErrFailed) || !errors.Is(err, cause) {
					t.Errorf("Apply returned %v", err)
				}
				failsForGood(t, s, cause)
				if n, err := numberOf(b); err != nil || n != 0 {
					t.Errorf("the base has %d batches: %v", n, err)
				}
				again := mustOpen(t, s.name, b, Options{open: diskOf(d.kill()).open})
				defer storetest.MustClose(t, again)
				if err := storetest.CountedSince(again, 1); err != nil {
					t.Error(err)
				}
			})
		}
	}
}

// No reader sees a batch that a loss of power may still undo.
func TestNobodySeesABatchThatIsNotSynced(t *testing.T) {
	s, d := openDisk(t, newBase(), Options{})
	d.beforeSync = func() error {
		if text := mustText(t, s); text != "" {
			t.Errorf("there is %q", text)
		}
		return nil
	}
	storetest.MustApply(t, s, put("a", "1"))
	if text := mustText(t, s); text != "a=1\n" {
		t.Errorf("there is %q", text)
	}
	d.beforeSync = nil
	storetest.MustClose(t, s)
}

// A base that fails in the background says so when the next change is made.
func TestFailedCheckpointIsFinal(t *testing.T) {
	b := newBase()
	s, _ := openDisk(t, b, Options{})
	b.apply = func(store.Batch, func(store.Batch) error) error { return syscall.EIO }
	var err error
	applied := 0
	for ; err == nil && applied < 1000; applied++ {
		err = s.Apply(storetest.Batch(applied + 1))
	}
	if !errors.Is(err, store.ErrFailed) || !strings.Contains(err.Error(), "disk may be failing") {
		t.Errorf("after %d batches: %v", applied, err)
	}
	failsForGood(t, s, syscall.EIO)
}

var errFull = &fs.PathError{Op: "write", Path: "store.db", Err: syscall.ENOSPC}

// As long as the base has no room the journal keeps what it can. Then a change is
// refused, which changes nothing, and taken as soon as there is room.
func TestFullDiskRefusesAndGoesOn(t *testing.T) {
	b := newBase()
	s, _ := openDisk(t, b, Options{})
	full := true
	b.apply = func(batch store.Batch, next func(store.Batch) error) error {
		if full {
			return errFull
		}
		return next(batch)
	}
	applied := 0
	var err error
	for err == nil && applied < 1000 {
		if err = s.Apply(storetest.Batch(applied + 1)); err == nil {
			applied++
		}
	}
	if applied < 4 || !store.IsFull(err) || errors.Is(err, store.ErrFailed) {
		t.Errorf("after %d batches: %v", applied, err)
	}
	large := store.Batch{{Key: "large", Value: make([]byte, 2*small)}}
	for _, batch := range []store.Batch{storetest.Batch(applied + 1), large} {
		if err := s.Apply(batch); !store.IsFull(err) {
			t.Errorf("Apply returned %v", err)
		}
	}
	if last, err := storetest.Counted(s); err != nil || last != applied {
		t.Errorf("there are %d batches of %d: %v", last, applied, err)
	}
	full = false
	for range 20 {
		applied++
		storetest.MustApply(t, s, storetest.Batch(applied))
	}
	if last, err := storetest.Counted(s); err != nil || last != applied {
		t.Errorf("there are %d batches of %d: %v", last, applied, err)
	}
	storetest.MustClose(t, s)
}

// What there is no room for at the end is still in the journal.
func TestFullDiskAtTheEndLosesNothing(t *testing.T) {
	for _, d := range []store.Durability{store.Sync, store.IntervalMax} {
		b := newBase()
		s, disk := openDisk(t, b, Options{Durability: d})
		for n := range 5 {
			storetest.MustApply(t, s, storetest.Batch(n+1))
		}
		b.apply = func(store.Batch, func(store.Batch) error) error { return errFull }
		if err := s.Close(); !store.IsFull(err) || errors.Is(err, store.ErrFailed) || !strings.Contains(err.Error(), "until there is room") {
			t.Errorf("Close returned %v", err)
		}
		b.apply = nil
		s = mustOpen(t, s.name, b, Options{open: diskOf(disk.stable).open})
		if last, err := storetest.Counted(s); err != nil || last != 5 {
			t.Errorf("there are %d batches: %v", last, err)
		}
		storetest.MustClose(t, s)
	}
}

// Without room in the base the journal is not opened, and nothing is lost.
func TestFullDiskAtTheStartLosesNothing(t *testing.T) {
	k := killedAfter(t, 5, store.Sync)
	k.base.apply = func(store.Batch, func(store.Batch) error) error { return errFull }
	name := fileIn(t.TempDir())
	storetest.MustClose(t, mustOpen(t, name, newBase(), Options{})) // there is a file
	if _, err := Open(name, k.base, Options{open: diskOf(k.image).open}); !store.IsFull(err) {
		t.Errorf("Open returned %v", err)
	}
	k.base.apply = nil
	if last, _, err := k.open(t); err != nil || last != 5 {
		t.Errorf("there are %d batches: %v", last, err)
	}
}
