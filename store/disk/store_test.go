package disk

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ilp-go/connector/store"
	"github.com/ilp-go/connector/store/bolt"
	"github.com/ilp-go/connector/store/journal"
	"github.com/ilp-go/connector/store/storetest"
)

// The laws hold with every durability, with checkpoints after every few batches and
// with none.
func TestStoreKeepsTheLaws(t *testing.T) {
	for _, o := range []Options{
		small,
		{halfBytes: small.halfBytes, Durability: store.IntervalMin},
		{halfBytes: 1 << 20, Durability: store.IntervalMax},
	} {
		t.Run(fmt.Sprintf("%s/%d", o.Durability, o.halfBytes), func(t *testing.T) {
			storetest.RunDurable(t, func(t *testing.T, dir string) store.Store { return mustOpen(t, dir, o) })
		})
	}
}

func TestOpenMakesTwoFilesForTheirOwnerAlone(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "var", "store")
	storetest.MustClose(t, mustOpen(t, dir, Options{}))
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 2 {
		t.Fatalf("there is %v: %v", entries, err)
	}
	for name, want := range map[string]string{dir: "drwx------", filepath.Join(dir, bolt.FileName): "-rw-------", filepath.Join(dir, JournalName): "-rw-------"} {
		info, err := os.Stat(name)
		if err != nil || info.Mode().String() != want {
			t.Errorf("%s is %s: %v", name, info.Mode(), err)
		}
	}
}

func TestStoreInUseIsRefused(t *testing.T) {
	dir := t.TempDir()
	p := storetest.Start(t, "hold", dir)
	if line := p.Line(); line != "held" {
		t.Fatal(line)
	}
	_, errOpen := Open(dir, Options{})
	_, errVerify := Verify(dir)
	for what, err := range map[string]error{"Open": errOpen, "Verify": errVerify, "Dump": Dump(dir, io.Discard, nil)} {
		if !errors.Is(err, store.ErrInUse) || !strings.HasPrefix(err.Error(), dir+" is in use by ") {
			t.Errorf("%s returned %v", what, err)
		}
	}
}

func TestImpossibleDurabilityIsRefused(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "store")
	if _, err := Open(dir, Options{Durability: 1}); err == nil {
		t.Error("it opens")
	}
	if _, err := os.Stat(dir); !errors.Is(err, os.ErrNotExist) {
		t.Error("there is a directory")
	}
}

// One of two files is not a store, if they were not closed.
func TestHalfAStoreIsRefused(t *testing.T) {
	for _, name := range []string{bolt.FileName, JournalName} {
		dir := killed(t, 5)
		path := filepath.Join(dir, name)
		if err := os.Rename(path, path+".away"); err != nil {
			t.Fatal(err)
		}
		if _, err := Open(dir, small); !errors.Is(err, store.ErrDamaged) || !strings.Contains(err.Error(), name) || !strings.Contains(err.Error(), "put ") {
			t.Errorf("Open returned %v", err)
		}
		if _, err := Verify(dir); err == nil {
			t.Error("Verify finds nothing wrong")
		}
		if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("there is a %s again", name)
		}
		if err := os.Rename(path+".away", path); err != nil {
			t.Fatal(err)
		}
		if last := counted(t, dir); last < 5 {
			t.Errorf("put back there are %d batches", last)
		}
	}
}

// After Close the database is everything.
func TestClosedStoreNeedsNoJournal(t *testing.T) {
	dir := killed(t, 5)
	last := counted(t, dir)
	if err := os.Remove(filepath.Join(dir, JournalName)); err != nil {
		t.Fatal(err)
	}
	if got := counted(t, dir); got != last {
		t.Errorf("there are %d batches of %d", got, last)
	}
}

func TestOpenTellsWhatItFound(t *testing.T) {
	dir := t.TempDir()
	s := mustOpen(t, dir, small)
	if got := s.Recovered(); got != (Recovered{New: true}) {
		t.Errorf("where nothing was it finds %+v", got)
	}
	storetest.MustClose(t, s)
	s = mustOpen(t, dir, small)
	if got := s.Recovered(); got != (Recovered{}) {
		t.Errorf("after it was closed it finds %+v", got)
	}
	storetest.MustClose(t, s)
	dir = killed(t, 1)
	if summary, err := Verify(dir); err != nil || !summary.Recovered.Unclosed {
		t.Errorf("Verify tells %+v, %v", summary.Recovered, err)
	}
	s = mustOpen(t, dir, small)
	if got := s.Recovered(); got.New || !got.Unclosed || got.Frames == 0 {
		t.Errorf("after it was killed it finds %+v", got)
	}
	storetest.MustClose(t, s)
}

// A database that is replaced while it is in use is noticed by the next checkpoint.
func TestReplacedDatabaseEndsTheStore(t *testing.T) {
	dir := t.TempDir()
	s := mustOpen(t, dir, small)
	if err := os.Rename(filepath.Join(dir, bolt.FileName), filepath.Join(dir, "away")); err != nil {
		t.Fatal(err)
	}
	var err error
	for n := 0; n < 1000 && err == nil; n++ {
		err = s.Apply(storetest.Batch(n + 1))
	}
	if !errors.Is(err, store.ErrFailed) || strings.Count(err.Error(), "nothing more is stored") != 1 {
		t.Errorf("Apply returned %v", err)
	}
	if err := s.Close(); !errors.Is(err, store.ErrFailed) {
		t.Errorf("Close returned %v", err)
	}
}

func TestLossIsWarnedOf(t *testing.T) {
	var log bytes.Buffer
	report(slog.New(slog.NewTextHandler(&log, nil)), journal.Recovered{Frames: 7, DroppedFrames: 2, DroppedBytes: 300})
	if !strings.Contains(log.String(), "level=WARN") || !strings.Contains(log.String(), "droppedFrames=2 droppedBytes=300") {
		t.Errorf("it logs %q", log.String())
	}
}
