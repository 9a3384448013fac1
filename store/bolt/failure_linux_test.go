package bolt

import (
	"bytes"
	"errors"
	"os"
	"syscall"
	"testing"
	"time"

	"github.com/ilp-go/connector/store"
	"github.com/ilp-go/connector/store/storetest"
)

// A sync that has failed says nothing of what is on the disk, and the next one would
// say that all is well. So nothing more is written, read or promised.
func TestFailedSyncEndsTheStore(t *testing.T) {
	dir := t.TempDir()
	s := mustOpen(t, dir, Options{})
	storetest.MustApply(t, s, put("a", "1"))
	heal := breakDisk(t, s)
	err := s.Apply(put("b", "2"))
	if !errors.Is(err, store.ErrFailed) || !errors.Is(err, syscall.EINVAL) {
		t.Fatalf("a failed sync came back as %v", err)
	}
	heal()
	if again := s.Apply(put("c", "3")); again == nil || again.Error() != err.Error() {
		t.Errorf("the next Apply returned %v", again)
	}
	if err := s.Apply(nil); !errors.Is(err, store.ErrFailed) {
		t.Errorf("an empty Apply returned %v", err)
	}
	if _, err := load(s); !errors.Is(err, store.ErrFailed) {
		t.Errorf("Load returned %v", err)
	}
	if err := backup(s, &bytes.Buffer{}); !errors.Is(err, store.ErrFailed) {
		t.Errorf("Backup returned %v", err)
	}
	if err := s.Close(); !errors.Is(err, store.ErrFailed) {
		t.Errorf("Close returned %v", err)
	}
	s = mustOpen(t, dir, Options{})
	if got := mustLoad(t, s); got != "a=1\n" {
		t.Errorf("after the failure there is %q", got)
	}
	storetest.MustApply(t, s, put("d", "4"))
	storetest.MustClose(t, s)
}

// breakDisk puts a device that takes all writes, keeps nothing, and cannot sync, in
// the place of the file, until it is healed.
func breakDisk(t *testing.T, s *Store) (heal func()) {
	t.Helper()
	null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer null.Close()
	at := int(fileOf(t, s.db).Fd())
	file, err := syscall.Dup(at)
	if err != nil {
		t.Fatal(err)
	}
	if err := syscall.Dup3(int(null.Fd()), at, syscall.O_CLOEXEC); err != nil {
		t.Fatal(err)
	}
	return func() {
		if err := errors.Join(syscall.Dup3(file, at, syscall.O_CLOEXEC), syscall.Close(file)); err != nil {
			t.Fatal(err)
		}
	}
}

// bbolt shows a batch as soon as it is written. A reader must not see it before it is
// synced, because a loss of power may still undo it.
func TestNobodySeesABatchThatIsNotSynced(t *testing.T) {
	s := mustOpen(t, t.TempDir(), Options{})
	loaded := make(chan error)
	intercept(t, s.db, func(next writeAt) writeAt {
		return func(b []byte, offset int64) (int, error) {
			n, err := next(b, offset)
			if offset < 2*int64(len(b)) { // the meta page: now only its sync is missing
				go func() {
					got, err := load(s)
					if got != "" {
						t.Errorf("loaded %q", got)
					}
					loaded <- err
				}()
				select {
				case <-loaded:
					t.Error("there was something to load before the sync")
				case <-time.After(20 * time.Millisecond):
				}
				breakDisk(t, s)
			}
			return n, err
		}
	})
	if err := s.Apply(put("a", "1")); !errors.Is(err, store.ErrFailed) {
		t.Errorf("Apply returned %v", err)
	}
	if err := <-loaded; !errors.Is(err, store.ErrFailed) {
		t.Errorf("Load returned %v", err)
	}
	if err := s.Close(); !errors.Is(err, store.ErrFailed) {
		t.Errorf("Close returned %v", err)
	}
}
