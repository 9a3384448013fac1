package bolt

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ilp-go/connector/store"
	"github.com/ilp-go/connector/store/storetest"
)

func TestVerifySaysWhatThereIs(t *testing.T) {
	dir := t.TempDir()
	fill(t, dir)
	before := snapshot(t, dir)
	for _, path := range []string{dir, dir + "/", filepath.Join(dir, FileName)} {
		got, err := Verify(path, nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		if age := time.Since(got.Created); age < 0 || age > time.Hour || got.Created.Location() != time.UTC {
			t.Errorf("it was made at %s", got.Created)
		}
		info, err := os.Stat(filepath.Join(dir, FileName))
		if err != nil || got.Bytes < int64(4*os.Getpagesize()) || got.Bytes > info.Size() {
			t.Errorf("%d bytes are in use of %d: %v", got.Bytes, info.Size(), err)
		}
		if got.Format != 2 || got.Version != "1.2.3" || got.Keys != 240 {
			t.Errorf("there is %+v", got)
		}
	}
	if snapshot(t, dir) != before {
		t.Error("something in the directory has changed")
	}
}

// Open checks the format and not the version that made the store.
func TestVersionIsOfWhoMadeTheStore(t *testing.T) {
	dir := t.TempDir()
	fill(t, dir)
	storetest.MustClose(t, mustOpen(t, dir, Options{Version: "2.0.0"}))
	if got, err := Verify(dir, nil, nil); err != nil || got.Version != "1.2.3" {
		t.Errorf("it is %q: %v", got.Version, err)
	}
}

func TestVerifyOfNothing(t *testing.T) {
	for _, path := range []string{t.TempDir(), filepath.Join(t.TempDir(), "none")} {
		if _, err := Verify(path, nil, nil); !errors.Is(err, os.ErrNotExist) || !strings.Contains(err.Error(), path) {
			t.Errorf("Verify returned %v", err)
		}
		if entries, _ := os.ReadDir(path); len(entries) > 0 {
			t.Errorf("it has made %v", entries)
		}
	}
}

// Two processes may verify a store at once, but not while a process writes it.
func TestVerifyIsSharedWithOthers(t *testing.T) {
	dir := t.TempDir()
	fill(t, dir)
	_, err := examine(filepath.Join(dir, FileName), func(string, []byte) {
		if _, err := Verify(dir, nil, nil); err != nil {
			t.Error(err)
		}
	}, nil)
	if err != nil {
		t.Error(err)
	}
}

// What can be read of a damaged store is shown.
func TestVerifyShowsWhatItCan(t *testing.T) {
	dir := t.TempDir()
	fill(t, dir)
	shown := func() (keys []string, err error) {
		looked := false
		_, err = Verify(dir, func(key string, _ []byte) { keys = append(keys, key) }, func() error {
			looked = true
			return nil
		})
		if !looked {
			t.Error("nobody could look any further")
		}
		return keys, err
	}
	all, err := shown()
	if err != nil || !slices.IsSorted(all) {
		t.Fatal(err)
	}
	file, err := os.ReadFile(filepath.Join(dir, FileName))
	if err != nil {
		t.Fatal(err)
	}
	file = bytes.ReplaceAll(file, []byte("balance/123"), []byte("balance/12#")) // on pages in use and on old ones
	if err := os.WriteFile(filepath.Join(dir, FileName), file, fileMode); err != nil {
		t.Fatal(err)
	}
	rest, err := shown()
	if !errors.Is(err, store.ErrDamaged) || len(rest) != len(all)-1 || slices.Contains(rest, "balance/12#") {
		t.Errorf("%d of %d pairs are left: %v", len(rest), len(all), err)
	}
}

// No process can open the store while Verify reads its other files.
func TestVerifyHoldsTheLockToTheEnd(t *testing.T) {
	dir := t.TempDir()
	fill(t, dir)
	other := errors.New("the other file is gone")
	_, err := Verify(dir, nil, func() error {
		if err := openFails(t, dir); !errors.Is(err, store.ErrInUse) {
			t.Errorf("Open returned %v", err)
		}
		return other
	})
	if !errors.Is(err, other) {
		t.Errorf("Verify returned %v", err)
	}
}

type fullWriter struct{}

func (fullWriter) Write([]byte) (int, error) { return 0, io.ErrShortWrite }

// A backup is the store as it was when it began, however long that takes, and nobody
// waits for it.
func TestBackupIsOneMomentAndHoldsUpNobody(t *testing.T) {
	s := mustOpen(t, t.TempDir(), Options{})
	for n := range 30 {
		storetest.MustApply(t, s, storetest.Batch(n+1))
	}
	begun := mustLoad(t, s)
	from, to := io.Pipe()
	ended := make(chan error, 1)
	go func() { ended <- errors.Join(backup(s, to), to.Close()) }()
	first := make([]byte, 1)
	if _, err := io.ReadFull(from, first); err != nil { // so it has begun
		t.Fatal(err)
	}
	for n := 30; n < 130; n++ { // far beyond what bbolt maps at first
		storetest.MustApply(t, s, append(storetest.Batch(n+1), store.Change{Key: fmt.Sprintf("large/%d", n), Value: make([]byte, 50_000)}))
	}
	rest, err := io.ReadAll(from)
	if err := errors.Join(err, <-ended); err != nil {
		t.Fatal(err)
	}
	storetest.MustClose(t, s)

	restored := t.TempDir()
	if err := os.WriteFile(filepath.Join(restored, FileName), append(first, rest...), fileMode); err != nil {
		t.Fatal(err)
	}
	if _, err := Verify(restored, nil, nil); err != nil {
		t.Error(err)
	}
	s = mustOpen(t, restored, Options{})
	if got := mustLoad(t, s); got != begun {
		t.Errorf("the backup has\n%s", got)
	}
	storetest.MustApply(t, s, storetest.Batch(31))
	if last, err := storetest.Counted(s); err != nil || last != 31 {
		t.Errorf("then there are %d batches: %v", last, err)
	}
	storetest.MustClose(t, s)
	if _, err := Verify(restored, nil, nil); err != nil {
		t.Error(err)
	}
}

func TestBackupReturnsTheErrorOfItsWriter(t *testing.T) {
	s := mustOpen(t, t.TempDir(), Options{})
	if err := backup(s, fullWriter{}); err == nil || !strings.Contains(err.Error(), io.ErrShortWrite.Error()) {
		t.Errorf("Backup returned %v", err)
	}
	storetest.MustApply(t, s, put("a", "1")) // the store goes on
	storetest.MustClose(t, s)
}

// backupTo makes a store of a backup.
func backupTo(s *Store, dir string) error {
	file, err := os.OpenFile(filepath.Join(dir, FileName), os.O_CREATE|os.O_WRONLY, fileMode)
	if err != nil {
		return err
	}
	return errors.Join(backup(s, file), file.Close())
}
