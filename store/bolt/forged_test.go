package bolt

import (
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
	"testing"

	"go.etcd.io/bbolt"

	"github.com/ilp-go/connector/store"
	"github.com/ilp-go/connector/store/storetest"
)

// pagesOf returns the pages of a type in a file, in use or not.
func pagesOf(file []byte, pageSize int, kind uint16) (all [][]byte) {
	for id := 2; id < len(file)/pageSize; id++ {
		if p := file[id*pageSize : (id+1)*pageSize]; typeOf(p) == kind && idOf(p) == uint64(id) {
			all = append(all, p)
		}
	}
	return all
}

func idOf(page []byte) uint64 { return binary.NativeEndian.Uint64(page) }

// pairAt returns where the key of an element of a leaf begins on the page, and the length of
// its pair.
func pairAt(page []byte, element int) (from, size int) {
	at := pageHeaderSize + element*elementSize
	number := func(i int) int { return int(binary.NativeEndian.Uint32(page[at+4*i:])) }
	return at + number(1), number(2) + number(3)
}

// rootOf returns the root page of a file and the number of its pages.
func rootOf(t *testing.T, path string) (root, pages uint64) {
	t.Helper()
	db, file, err := open(path, bbolt.Options{ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	err = db.View(func(tx *bbolt.Tx) error {
		tree, err := newTree(tx, file)
		root, pages = tree.root, uint64(len(tree.used))
		return err
	})
	if err := errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
	return root, pages
}

// A branch that leads back to itself is not followed for ever.
func TestCircleIsFound(t *testing.T) {
	file, _, pageSize := image(t, 2)
	circles := pagesOf(file, pageSize, branchPage)
	for _, p := range circles {
		binary.NativeEndian.PutUint64(p[pageHeaderSize+8:], idOf(p))
	}
	_, err := pairsOf(t, filepath.Join(t.TempDir(), FileName), file)
	if len(circles) == 0 || !errors.Is(err, store.ErrDamaged) || !strings.Contains(err.Error(), "is used twice") {
		t.Errorf("%d circles: %v", len(circles), err)
	}
}

// A whole page in the place of another page is found.
func TestPageInThePlaceOfAnotherIsFound(t *testing.T) {
	file, _, pageSize := image(t, 2)
	order := binary.NativeEndian
	at := func(id uint64) []byte { return file[int(id)*pageSize : int(id+1)*pageSize] }
	for _, p := range pagesOf(file, pageSize, branchPage) {
		first, second := order.Uint64(p[pageHeaderSize+8:]), order.Uint64(p[pageHeaderSize+elementSize+8:])
		copy(at(second), at(first))
		order.PutUint64(at(second), second)
	}
	_, err := pairsOf(t, filepath.Join(t.TempDir(), FileName), file)
	if !errors.Is(err, store.ErrDamaged) || !strings.Contains(err.Error(), "does not begin with the key that leads to it") {
		t.Error(err)
	}
}

// A lost page shows that the list of free pages is not as it was written.
func TestLostPageIsFound(t *testing.T) {
	file, _, pageSize := image(t, 2)
	for _, p := range pagesOf(file, pageSize, freePage) {
		if countOf(p) > 0 {
			binary.NativeEndian.PutUint16(p[10:], countOf(p)-1)
		}
	}
	_, err := pairsOf(t, filepath.Join(t.TempDir(), FileName), file)
	if !errors.Is(err, store.ErrDamaged) || !strings.Contains(err.Error(), "unreachable unfreed") {
		t.Error(err)
	}
}

// If the last commit was cut off, the commit before it counts.
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

// Whole pairs in the wrong order are found.
func TestPairsOutOfOrderAreFound(t *testing.T) {
	file, _, pageSize := image(t, 2)
	for _, p := range pagesOf(file, pageSize, leafPage) {
		if from, size := pairAt(p, 0); countOf(p) > 1 {
			if _, next := pairAt(p, 1); size == next {
				first := p[from:][:2*size]
				copy(first, append(append([]byte{}, first[size:]...), first[:size]...))
			}
		}
	}
	_, err := pairsOf(t, filepath.Join(t.TempDir(), FileName), file)
	if !errors.Is(err, store.ErrDamaged) || !strings.Contains(err.Error(), "is out of order") {
		t.Error(err)
	}
}

// A pair that is marked as a bucket has no value for bbolt, and is found.
func TestPairThatSaysItIsABucketIsFound(t *testing.T) {
	file, _, pageSize := image(t, 2)
	for _, p := range pagesOf(file, pageSize, leafPage) {
		binary.NativeEndian.PutUint32(p[pageHeaderSize:], bucketFlags)
	}
	_, err := pairsOf(t, filepath.Join(t.TempDir(), FileName), file)
	if !errors.Is(err, store.ErrDamaged) || !strings.Contains(err.Error(), `has the flags 1 and not 0`) {
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
	root, pages := rootOf(t, path)
	ids := []uint64{root}
	for id := uint64(2); id < pages; id++ {
		if id != root {
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

func addFree(page []byte, id uint64) {
	count := countOf(page)
	binary.NativeEndian.PutUint16(page[10:], count+1)
	binary.NativeEndian.PutUint64(page[pageHeaderSize+freeSize*int(count):], id)
}

// checkAlone runs the check of bbolt on a file that tree has not read.
func checkAlone(path string) (err error) {
	debug.SetPanicOnFault(true) // which is of no use: the check is a goroutine of its own
	db, err := bbolt.Open(path, fileMode, &bbolt.Options{ReadOnly: true})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	return db.View(func(tx *bbolt.Tx) (err error) {
		count := 0
		for found := range tx.Check() {
			if err = found; count > 1000 {
				return errors.New("it goes round in circles")
			}
			count++
		}
		return err
	})
}

// The check of bbolt follows pages out of the file, where the process ends, or round and
// round. If it no longer does, tree can go.
func TestCheckOfBboltAloneIsNotSafe(t *testing.T) {
	for says, child := range map[string]func(page []byte, pages int) uint64{
		"it goes round in circles": func(page []byte, _ int) uint64 { return idOf(page) },
		"unexpected fault address": func(_ []byte, pages int) uint64 { return uint64(pages) }, // mapped, and not in the file
	} {
		file, _, pageSize := image(t, 2)
		for _, p := range pagesOf(file, pageSize, branchPage) {
			binary.NativeEndian.PutUint64(p[pageHeaderSize+8:], child(p, len(file)/pageSize))
		}
		path := filepath.Join(t.TempDir(), FileName)
		if _, err := pairsOf(t, path, file); !errors.Is(err, store.ErrDamaged) {
			t.Errorf("we find %v", err)
		}
		if out := storetest.Output(t, "check alone", path); !strings.Contains(out, says) {
			t.Errorf("bbolt says %s and not that %s", out, says)
		}
	}
}

// The check of bbolt does not see these. They would end the process at a later write, or
// show an old value as the one of today.
func TestDamageThatBboltDoesNotSeeIsFound(t *testing.T) {
	order := binary.NativeEndian
	for says, harm := range map[string]func(file []byte, pageSize int){
		"is used twice": func(file []byte, pageSize int) { // the free list frees itself
			for _, p := range pagesOf(file, pageSize, freePage) {
				addFree(p, idOf(p))
			}
		},
		"is behind the last one": func(file []byte, pageSize int) {
			for _, p := range pagesOf(file, pageSize, freePage) {
				addFree(p, uint64(len(file)/pageSize))
			}
		},
		"does not begin with the key that leads to it": func(file []byte, pageSize int) {
			for _, p := range pagesOf(file, pageSize, branchPage) {
				at := pageHeaderSize + elementSize
				p[at+int(order.Uint32(p[at:])+order.Uint32(p[at+4:]))-1]-- // the last byte of the second key
			}
		},
		"the checksum of": func(file []byte, pageSize int) {
			for _, p := range pagesOf(file, pageSize, leafPage) {
				from, size := pairAt(p, 0)
				p[from+size-1] ^= 1
			}
		},
	} {
		file, _, pageSize := image(t, 2)
		harm(file, pageSize)
		path := filepath.Join(t.TempDir(), FileName)
		if _, err := pairsOf(t, path, file); !errors.Is(err, store.ErrDamaged) || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: we find %v", says, err)
		}
		if err := checkAlone(path); err != nil {
			t.Errorf("%s: bbolt finds %v: do we need our own?", says, err)
		}
	}
}
