package journal

import (
	"os"
	"strings"
	"testing"

	"github.com/ilp-go/connector/store"
	"github.com/ilp-go/connector/store/storetest"
)

// A journal on a real file goes through its halves a few times in whole blocks, with
// frames of one block and of several, and is then found as it was left.
func TestWholeBlocksAreReadAgain(t *testing.T) {
	name := fileIn(t.TempDir())
	b := newBase()
	s := mustOpen(t, name, b, Options{HalfBytes: directMin})
	if s.direct == nil {
		t.Logf("the file system of %s has no such writes; they are tested on a disk in memory", os.TempDir())
	}
	const batches = 700
	for n := range batches {
		batch := storetest.Batch(n + 1)
		if n%7 == 0 {
			batch = append(batch, store.Change{Key: "large", Value: []byte(strings.Repeat("x", 5000))}, store.Change{Key: "large"})
		}
		storetest.MustApply(t, s, batch)
		if s.direct != nil && s.offset%blockSize != 0 {
			t.Fatalf("the next frame would begin at %d", s.offset)
		}
	}
	s.writing.Lock()
	if err := s.drain(); err != nil { // it is not closed, but killed
		t.Error(err)
	}
	s.writing.Unlock()
	again := mustOpen(t, name, mustClone(t, b), Options{})
	defer storetest.MustClose(t, again)
	if err := storetest.CountedSince(again, batches); err != nil || again.Recovered.Frames == 0 {
		t.Errorf("%d frames are recovered: %v", again.Recovered.Frames, err)
	}
}

// A journal in which each sync is for many seconds has no use for whole blocks.
func TestBlocksAreForSyncAlone(t *testing.T) {
	for _, o := range []Options{{Durability: store.IntervalMax}, {HalfBytes: directMin / 2}} {
		s := mustOpen(t, fileIn(t.TempDir()), newBase(), o)
		if s.direct != nil {
			t.Errorf("%+v writes blocks", o)
		}
		storetest.MustClose(t, s)
	}
}
