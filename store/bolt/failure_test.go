package bolt

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"go.etcd.io/bbolt"

	"github.com/ilp-go/connector/store"
	"github.com/ilp-go/connector/store/storetest"
)

// failAt makes the write of that number fail, after so many bytes.
func failAt(t *testing.T, s *Store, number, after int, cause error) (failed *bool) {
	t.Helper()
	failed = new(bool)
	intercept(t, s.db, func(next writeAt) writeAt {
		return func(b []byte, offset int64) (int, error) {
			number--
			if number != 0 {
				return next(b, offset)
			}
			*failed = true
			n, err := next(b[:after], offset)
			if err != nil {
				t.Fatal(err)
			}
			return n, &fs.PathError{Op: "write", Path: s.path, Err: cause}
		}
	})
	return failed
}

// Whichever write finds the disk full, what was there is still there, and once there
// is room all goes on.
func TestFullDiskChangesNothing(t *testing.T) {
	for _, cause := range []error{syscall.ENOSPC, syscall.EDQUOT} {
		for _, after := range []int{0, len(metaPage{}) - 1} {
			writes := 1
			for fillDisk(t, writes, after, cause) {
				writes++
			}
			if writes < 3 {
				t.Errorf("a batch was only %d writes", writes)
			}
		}
	}
}

// fillDisk makes one write of a batch fail, and reports whether there was one.
func fillDisk(t *testing.T, number, after int, cause error) bool {
	t.Helper()
	dir := t.TempDir()
	before := fill(t, dir)
	s := mustOpen(t, dir, Options{})
	failed := failAt(t, s, number, after, cause)
	err := s.Apply(storetest.Batch(63))
	if *failed {
		if !errors.Is(err, cause) || errors.Is(err, store.ErrFailed) || !strings.Contains(err.Error(), "make room") {
			t.Errorf("write %d without room came back as %v", number, err)
		}
		if got := mustLoad(t, s); got != before {
			t.Errorf("after write %d without room there is\n%s", number, got)
		}
		err = s.Apply(storetest.Batch(63))
	}
	if err != nil {
		t.Fatal(err)
	}
	want := mustLoad(t, s)
	storetest.MustClose(t, s)
	s = mustOpen(t, dir, Options{})
	if got := mustLoad(t, s); got != want || !strings.Contains(got, "last=63") {
		t.Errorf("later there is\n%s\nand not\n%s", got, want)
	}
	storetest.MustClose(t, s)
	return *failed
}

// The write of a meta page may fail when all that counts of it is written. Whether
// the batch is kept is then known at the next start, and not before.
func TestFullDiskBehindTheCommitEndsTheStore(t *testing.T) {
	dir := t.TempDir()
	s := mustOpen(t, dir, Options{})
	intercept(t, s.db, func(next writeAt) writeAt {
		return func(b []byte, offset int64) (int, error) {
			n, err := next(b, offset)
			if offset < 2*int64(len(b)) && err == nil {
				err = &fs.PathError{Op: "write", Path: s.path, Err: syscall.ENOSPC}
			}
			return n, err
		}
	})
	if err := s.Apply(storetest.Batch(1)); !errors.Is(err, store.ErrFailed) || !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("Apply returned %v", err)
	}
	if _, err := load(s); !errors.Is(err, store.ErrFailed) {
		t.Errorf("Load returned %v", err)
	}
	if err := s.Close(); !errors.Is(err, store.ErrFailed) {
		t.Errorf("Close returned %v", err)
	}
	afterKill(t, dir, 0)
}

func TestFailedWriteEndsTheStore(t *testing.T) {
	dir := t.TempDir()
	before := fill(t, dir)
	s := mustOpen(t, dir, Options{})
	failAt(t, s, 1, 0, syscall.EIO)
	for range 2 {
		err := s.Apply(put("x", "1"))
		if !errors.Is(err, store.ErrFailed) || !errors.Is(err, syscall.EIO) || !strings.Contains(err.Error(), "disk may be failing") {
			t.Errorf("the error is %v", err)
		}
	}
	if err := s.Close(); !errors.Is(err, store.ErrFailed) {
		t.Errorf("Close returned %v", err)
	}
	s = mustOpen(t, dir, Options{})
	if got := mustLoad(t, s); got != before {
		t.Errorf("later there is\n%s", got)
	}
	storetest.MustClose(t, s)
}

// A sync that finds the disk full has perhaps lost pages that were written before.
func TestFullDiskAtASyncEndsTheStore(t *testing.T) {
	if err := error(&fs.PathError{Op: "sync", Err: syscall.ENOSPC}); isFull(err) || isFull(syscall.ENOSPC) {
		t.Error("a failed sync is taken for a failed write")
	}
}

// A write to a file that is no longer at its path would be lost.
func TestReplacedFileEndsTheStore(t *testing.T) {
	for name, replace := range map[string]func(path string) error{
		"removed":  os.Remove,
		"moved":    func(path string) error { return os.Rename(path, path+".old") },
		"replaced": func(path string) error { return os.Rename(path+".other", path) },
	} {
		t.Run(name, func(t *testing.T) {
			s := mustOpen(t, t.TempDir(), Options{})
			storetest.MustApply(t, s, put("a", "1"))
			if err := os.WriteFile(s.path+".other", nil, fileMode); err != nil {
				t.Fatal(err)
			}
			if err := replace(s.path); err != nil {
				t.Fatal(err)
			}
			if err := s.Apply(put("b", "2")); !errors.Is(err, store.ErrFailed) || !strings.Contains(err.Error(), filepath.Base(s.path)) {
				t.Errorf("Apply returned %v", err)
			}
			if err := s.Close(); !errors.Is(err, store.ErrFailed) {
				t.Errorf("Close returned %v", err)
			}
		})
	}
}

// A value that changes on the disk while the store is open is not handed out.
func TestLoadChecksValues(t *testing.T) {
	s := mustOpen(t, t.TempDir(), Options{})
	storetest.MustApply(t, s, put("a", "100"))
	err := s.db.Update(func(tx *bbolt.Tx) error {
		sealed := appendSealed(nil, []byte("a"), []byte("100"))
		sealed[len(sealed)-1] ^= 1
		return tx.Bucket([]byte(dataBucket)).Put([]byte("a"), sealed)
	})
	if err != nil {
		t.Fatal(err)
	}
	if got, err := load(s); !errors.Is(err, store.ErrDamaged) || got != "" {
		t.Errorf("loaded %q: %v", got, err)
	}
	storetest.MustClose(t, s)
}
