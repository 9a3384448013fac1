package bolt

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ilp-go/connector/store"
	"github.com/ilp-go/connector/store/storetest"
)

// image makes a store with a value of so many pages, and returns its file, what is in
// it, and the size of a page.
func image(t *testing.T, large int) (file []byte, pairs string, pageSize int) {
	t.Helper()
	dir := t.TempDir()
	fill(t, dir)
	s := mustOpen(t, dir, Options{})
	storetest.MustApply(t, s, store.Batch{{Key: "large", Value: make([]byte, large*os.Getpagesize())}, {Key: "empty", Value: []byte{}}})
	pairs = mustLoad(t, s)
	var out strings.Builder
	if err := backup(s, &out); err != nil {
		t.Fatal(err)
	}
	storetest.MustClose(t, s)
	return []byte(out.String()), pairs, os.Getpagesize()
}

// Wherever a bit has changed, it is found or does not matter. It is for the pages that
// have no checksum of bbolt's own; where one of those is broken, the other counts.
func TestEveryChangedBitIsFound(t *testing.T) {
	original, pairs, pageSize := image(t, 2)
	random := rand.New(rand.NewPCG(9, 10))
	path := filepath.Join(t.TempDir(), FileName)
	if got, err := pairsOf(t, path, original); err != nil || got != pairs {
		t.Fatalf("the store has\n%s: %v", got, err)
	}
	file, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	set := func(at int, b byte) {
		if _, err := file.WriteAt([]byte{b}, int64(at)); err != nil {
			t.Fatal(err)
		}
	}
	found := 0
	for at := 2 * pageSize; at < len(original); at++ {
		if at%pageSize > 64 && random.IntN(32) > 0 {
			continue // of values that all look the same some will do
		}
		bit := byte(1) << random.IntN(8)
		set(at, original[at]^bit)
		switch got, err := read(path); {
		case errors.Is(err, store.ErrDamaged):
			found++
		case err != nil:
			t.Errorf("bit %#x of byte %d of page %d: %v", bit, at%pageSize, at/pageSize, err)
		case got != pairs || at%pageSize <= 64 && loadedFrom(t, filepath.Dir(path)) != pairs: // bbolt must see it as we do
			t.Errorf("bit %#x of byte %d of page %d changes what is in the store unnoticed", bit, at%pageSize, at/pageSize)
		}
		set(at, original[at])
	}
	if found < 1000 {
		t.Errorf("only %d were found", found)
	}
}

// pairsOf returns what Open would see in a file, as load returns it.
func pairsOf(t *testing.T, path string, file []byte) (string, error) {
	t.Helper()
	if err := os.WriteFile(path, file, fileMode); err != nil {
		t.Fatal(err)
	}
	return read(path)
}

func read(path string) (string, error) {
	var out strings.Builder
	_, err := examine(path, func(key string, value []byte) { fmt.Fprintf(&out, "%s=%s\n", key, value) }, nil)
	return out.String(), err
}

func loadedFrom(t *testing.T, dir string) string {
	t.Helper()
	s := mustOpen(t, dir, Options{})
	defer storetest.MustClose(t, s)
	return mustLoad(t, s)
}

func TestEveryShorterFileIsRefused(t *testing.T) {
	file, _, _ := image(t, 2)
	path := filepath.Join(t.TempDir(), FileName)
	for size := 0; size < len(file); size += 1 + size/7 {
		if _, err := pairsOf(t, path, file[:size]); !errors.Is(err, store.ErrDamaged) {
			t.Errorf("with %d of %d bytes: %v", size, len(file), err)
		}
	}
	if _, err := pairsOf(t, path, file[:len(file)-1]); !errors.Is(err, store.ErrDamaged) {
		t.Errorf("without the last byte: %v", err)
	}
}

// Pages that are all wrong neither end the process nor go on for ever.
func TestNonsenseIsSurvived(t *testing.T) {
	original, _, pageSize := image(t, 2)
	random := rand.New(rand.NewPCG(11, 12))
	path := filepath.Join(t.TempDir(), FileName)
	for range 300 {
		file := append([]byte{}, original...)
		for range 1 + random.IntN(4) {
			spoil(file, pageSize, random)
		}
		if _, err := pairsOf(t, path, file); err != nil && !errors.Is(err, store.ErrDamaged) && !errors.Is(err, store.ErrNewer) {
			t.Fatal(err)
		}
	}
}

// spoil makes nonsense of a page, but not of the numbers of pages.
func spoil(file []byte, pageSize int, random *rand.Rand) {
	pages := len(file)/pageSize - 2
	page := func() []byte {
		at := (2 + random.IntN(pages)) * pageSize
		return file[at : at+pageSize]
	}
	p := page()
	switch random.IntN(4) {
	case 0: // another page, that says it is this one
		id := binary.NativeEndian.Uint64(p)
		copy(p, page())
		binary.NativeEndian.PutUint64(p, id)
	case 1: // another type
		binary.NativeEndian.PutUint16(p[8:], []uint16{branchPage, leafPage, freePage, 3, 0}[random.IntN(5)])
	case 2: // another count
		binary.NativeEndian.PutUint16(p[10:], uint16(random.Uint32()))
	case 3: // other elements
		for range 8 {
			p[pageHeaderSize+random.IntN(64)] = byte(random.Uint32())
		}
	}
}
