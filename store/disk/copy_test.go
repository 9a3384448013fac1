package disk

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ilp-go/connector/store"
	"github.com/ilp-go/connector/store/bolt"
	"github.com/ilp-go/connector/store/storetest"
)

// A copy of a store whose process was killed is a backup: everything is in it, those
// files are as they were, and nothing else is left.
func TestCopyOfAStoreThatWasNotClosedIsABackup(t *testing.T) {
	dir, scratch := killed(t, 20), t.TempDir()
	before, pairs := snapshot(t, dir), mustDump(t, dir)
	var copied bytes.Buffer
	if err := Copy(dir, &copied, scratch); err != nil {
		t.Fatal(err)
	}
	if snapshot(t, dir) != before {
		t.Error("the store has changed")
	}
	if left, err := os.ReadDir(scratch); err != nil || len(left) > 0 {
		t.Errorf("%v is left: %v", left, err)
	}
	restored := t.TempDir()
	if err := os.WriteFile(filepath.Join(restored, bolt.FileName), copied.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := mustDump(t, restored); got != pairs {
		t.Errorf("the copy has\n%s\nand not\n%s", got, pairs)
	}
	if got, want := counted(t, restored), counted(t, dir); got != want {
		t.Errorf("the copy has %d batches of %d", got, want)
	}
}

func TestDamagedStoreIsNotCopied(t *testing.T) {
	dir, scratch := t.TempDir(), t.TempDir()
	storetest.MustClose(t, mustOpen(t, dir, small))
	grow(t, dir)
	harm(t, dir)
	var copied bytes.Buffer
	if err := Copy(dir, &copied, scratch); !errors.Is(err, store.ErrDamaged) || copied.Len() > 0 {
		t.Errorf("%d bytes are copied: %v", copied.Len(), err)
	}
}

// A backup that comes too late must not open the store again.
func TestBackupAfterCloseIsRefused(t *testing.T) {
	dir := t.TempDir()
	s := mustOpen(t, dir, small)
	storetest.MustApply(t, s, storetest.Batch(1))
	storetest.MustClose(t, s)
	if err := s.Backup(&bytes.Buffer{}); !errors.Is(err, os.ErrClosed) {
		t.Errorf("Backup returned %v", err)
	}
	if err := os.Remove(filepath.Join(dir, JournalName)); err != nil {
		t.Fatal(err)
	}
	if last := counted(t, dir); last != 1 {
		t.Errorf("there are %d batches", last)
	}
}

func TestNoStoreIsToldApart(t *testing.T) {
	dir := t.TempDir()
	for _, path := range []string{dir, filepath.Join(dir, "nothing"), filepath.Join(dir, bolt.FileName)} {
		if _, err := Verify(path); err == nil || !strings.HasPrefix(err.Error(), "there is no store ") || !strings.Contains(err.Error(), path) {
			t.Errorf("Verify returned %v", err)
		}
	}
}

// TestDamagedMetaPageOfACopyLosesNothing damages each meta page in turn: bbolt then goes by
// the other one, which must not be that of an empty database.
func TestDamagedMetaPageOfACopyLosesNothing(t *testing.T) {
	dir := t.TempDir()
	s, err := Open(dir, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(s.Apply(store.Batch{{Key: "balances/alice", Value: []byte("-2300 2 USD")}}), s.Close()); err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := Copy(dir, &b, t.TempDir()); err != nil {
		t.Fatal(err)
	}
	for page := range 2 {
		damaged := bytes.Clone(b.Bytes())
		damaged[page*os.Getpagesize()+41] ^= 1 // in what the checksum covers
		name := filepath.Join(t.TempDir(), "copy.db")
		if err := os.WriteFile(name, damaged, 0o600); err != nil {
			t.Fatal(err)
		}
		found := ""
		if _, err := Read(name, func(_ string, value []byte) { found = string(value) }); err != nil || found != "-2300 2 USD" {
			t.Errorf("with page %d damaged the copy has %q, %v", page, found, err)
		}
	}
}
