package bolt

import (
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ilp-go/connector/store"
	"github.com/ilp-go/connector/store/storetest"
)

// pagesOf is the pages of a type in a file, in use or not.
func pagesOf(file []byte, pageSize int, flags uint16) (all []page) {
	for id := 2; id < len(file)/pageSize; id++ {
		if p := (page{bytes: file[id*pageSize : (id+1)*pageSize]}); p.flags() == flags && p.id() == uint64(id) {
			all = append(all, p)
		}
	}
	return all
}

// A branch that leads back to itself is not followed for ever.
func TestCircleIsFound(t *testing.T) {
	file, _, pageSize := image(t, 2)
	circles := pagesOf(file, pageSize, branchPage)
	for _, p := range circles {
		binary.NativeEndian.PutUint64(p.bytes[pageHeaderSize+8:], p.id())
	}
	_, err := pairsOf(t, filepath.Join(t.TempDir(), FileName), file)
	if len(circles) == 0 || !errors.Is(err, store.ErrDamaged) || !strings.Contains(err.Error(), "is used twice") {
		t.Errorf("%d circles: %v", len(circles), err)
	}
}

// A page that is another one, whole and in order, is not the one that should be there.
func TestPageInThePlaceOfAnotherIsFound(t *testing.T) {
	file, _, pageSize := image(t, 2)
	order := binary.NativeEndian
	at := func(id uint64) []byte { return file[int(id)*pageSize : int(id+1)*pageSize] }
	for _, p := range pagesOf(file, pageSize, branchPage) {
		first, second := order.Uint64(p.bytes[pageHeaderSize+8:]), order.Uint64(p.bytes[pageHeaderSize+elementSize+8:])
		copy(at(second), at(first))
		order.PutUint64(at(second), second)
	}
	_, err := pairsOf(t, filepath.Join(t.TempDir(), FileName), file)
	if !errors.Is(err, store.ErrDamaged) || !strings.Contains(err.Error(), "is out of order") {
		t.Error(err)
	}
}

// A page that is lost tells that the list of free pages is not what was written.
func TestLostPageIsFound(t *testing.T) {
	file, _, pageSize := image(t, 2)
	for _, p := range pagesOf(file, pageSize, freePage) {
		if p.count() > 0 {
			binary.NativeEndian.PutUint16(p.bytes[10:], p.count()-1)
		}
	}
	_, err := pairsOf(t, filepath.Join(t.TempDir(), FileName), file)
	if !errors.Is(err, store.ErrDamaged) || !strings.Contains(err.Error(), "neither used nor free") {
		t.Error(err)
	}
}

// If the last commit was cut off, the one before counts.
func TestBrokenMetaPageIsTheOneBefore(t *testing.T) {
	for i := range 2 {
		dir := t.TempDir()
		s := mustOpen(t, dir, Options{})
		storetest.MustApply(t, s, put("a", "1"))
		storetest.MustApply(t, s, put("a", "2"))
		storetest.MustClose(t, s)
		overwrite(i*os.Getpagesize()+pageHeaderSize, 20)(t, s.path)
		s = mustOpen(t, dir, Options{})
		if got := mustLoad(t, s); got != "a=1\n" && got != "a=2\n" {
			t.Errorf("without page %d there is %q", i, got)
		}
		storetest.MustApply(t, s, put("a", "3"))
		storetest.MustClose(t, s)
		s = mustOpen(t, dir, Options{})
		if got := mustLoad(t, s); got != "a=3\n" {
			t.Errorf("afterwards there is %q", got)
		}
		storetest.MustClose(t, s)
	}
}

// Pairs that are whole, but not where they would be found.
func TestPairsOutOfOrderAreFound(t *testing.T) {
	file, _, pageSize := image(t, 2)
	for _, p := range pagesOf(file, pageSize, leafPage) {
		if _, from, _, size := parseElement(p.bytes[pageHeaderSize:], false); p.count() > 1 {
			if _, _, _, next := parseElement(p.bytes[pageHeaderSize+elementSize:], false); size == next {
				first := p.bytes[pageHeaderSize+from:][:2*size]
				copy(first, append(append([]byte{}, first[size:]...), first[:size]...))
			}
		}
	}
	_, err := pairsOf(t, filepath.Join(t.TempDir(), FileName), file)
	if !errors.Is(err, store.ErrDamaged) || !strings.Contains(err.Error(), "is out of order") {
		t.Error(err)
	}
}

// bbolt would say that such a key has no value.
func TestPairThatSaysItIsABucketIsFound(t *testing.T) {
	file, _, pageSize := image(t, 2)
	for _, p := range pagesOf(file, pageSize, leafPage) {
		binary.NativeEndian.PutUint32(p.bytes[pageHeaderSize:], bucketFlag)
	}
	_, err := pairsOf(t, filepath.Join(t.TempDir(), FileName), file)
	if !errors.Is(err, store.ErrDamaged) || !strings.Contains(err.Error(), `the checksum of "balance/`) {
		t.Error(err)
	}
}

// Pages that lead ever deeper are not followed to the end of the memory.
func TestEndlessDepthIsFound(t *testing.T) {
	file, _, pageSize := image(t, depthMax)
	path := filepath.Join(t.TempDir(), FileName)
	if err := os.WriteFile(path, file, fileMode); err != nil {
		t.Fatal(err)
	}
	opened, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer opened.Close()
	meta, err := readMeta(opened, pageSize)
	if err != nil {
		t.Fatal(err)
	}
	ids := []uint64{meta.root}
	for id := uint64(2); id < meta.pages; id++ {
		if id != meta.root {
			ids = append(ids, id)
		}
	}
	if len(ids) < depthMax+3 {
		t.Fatalf("there are only %d pages", len(ids))
	}
	for i, id := range ids[:len(ids)-1] {
		order, p := binary.NativeEndian, file[int(id)*pageSize:]
		clear(p[:pageHeaderSize+elementSize])
		order.PutUint64(p, id)
		order.PutUint16(p[8:], branchPage)
		order.PutUint16(p[10:], 1)
		order.PutUint32(p[pageHeaderSize:], elementSize) // an empty key
		order.PutUint64(p[pageHeaderSize+8:], ids[i+1])
	}
	if _, err := pairsOf(t, path, file); !errors.Is(err, store.ErrDamaged) || !strings.Contains(err.Error(), "is too deep") {
		t.Error(err)
	}
}
