package journal

import (
	"strings"
	"testing"

	"github.com/ilp-go/connector/store"
	"github.com/ilp-go/connector/store/storetest"
)

// The laws hold with checkpoints after every few batches, and with none.
func TestStoreKeepsTheLaws(t *testing.T) {
	for _, half := range []int64{small, 4 << 20} {
		for _, durability := range []store.Durability{store.Sync, 5 * store.IntervalMin} {
			t.Run(durability.String(), func(t *testing.T) {
				bases := make(map[string]*base)
				storetest.RunDurable(t, func(t *testing.T, dir string) store.Store {
					if bases[dir] == nil {
						bases[dir] = newBase()
					}
					return mustOpen(t, fileIn(dir), bases[dir], Options{Durability: durability, HalfBytes: half})
				})
			})
		}
	}
}

func TestReservedKeysAreNeitherSeenNorWritten(t *testing.T) {
	s := mustOpen(t, fileIn(t.TempDir()), newBase(), Options{})
	defer storetest.MustClose(t, s)
	storetest.MustApply(t, s, put("\x00", "1"))
	for _, key := range []string{Key, Reserved, Reserved + "x"} {
		for _, c := range []store.Change{{Key: key}, {Key: key, Value: []byte("1")}} {
			if err := s.Apply(append(put("a", "1"), c)); err == nil || !strings.Contains(err.Error(), "reserved") {
				t.Errorf("to change %q came back as %v", key, err)
			}
		}
	}
	for _, prefix := range []string{"", "\x00", Reserved, Key} {
		err := s.Load(prefix, func(key string, _ []byte) error {
			if key != "\x00" {
				t.Errorf("under %q there is %q", prefix, key)
			}
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	}
}

// After Close the base is complete without the journal.
func TestClosedBaseIsComplete(t *testing.T) {
	b, name := newBase(), fileIn(t.TempDir())
	s := mustOpen(t, name, b, Options{})
	for n := range 30 {
		storetest.MustApply(t, s, storetest.Batch(n+1))
	}
	storetest.MustClose(t, s)
	storetest.MustClose(t, s) // the first one counts
	s = mustOpen(t, fileIn(t.TempDir()), b, Options{})
	defer storetest.MustClose(t, s)
	if last, err := storetest.Counted(s); err != nil || last != 30 {
		t.Errorf("there are %d batches: %v", last, err)
	}
	if s.Recovered != (Recovered{}) {
		t.Errorf("of a new journal was recovered %+v", s.Recovered)
	}
}

// The memory of a batch is used again. What the journal has of it is copied.
func TestApplyAllocatesNothing(t *testing.T) {
	s := mustOpen(t, fileIn(t.TempDir()), newBase(), Options{HalfBytes: 8 << 20, Durability: store.IntervalMax})
	defer storetest.MustClose(t, s)
	batch := storetest.Batch(63)
	if n := testing.AllocsPerRun(500, func() { storetest.MustApply(t, s, batch) }); n > 0 {
		t.Errorf("%v allocations", n)
	}
}
