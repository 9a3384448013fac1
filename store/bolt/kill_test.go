package bolt

import (
	"math/rand/v2"
	"path/filepath"
	"testing"

	"github.com/ilp-go/connector/store/storetest"
)

// kills is how often a process is killed.
const kills = 20

// Whenever a process is killed, what it was told is kept is there, of each batch all
// or nothing, and nothing else.
func TestKilledProcessLosesNothingItWasTold(t *testing.T) {
	dir, told := t.TempDir(), 0
	for range kills {
		told = max(told, storetest.CountAndKill(t, rand.IntN(12), "count", dir))
		told = afterKill(t, dir, told)
	}
	if told < kills {
		t.Errorf("only %d batches were ever applied", told)
	}
	t.Logf("%d batches", told)
}

// A store that is being made is there or not.
func TestKilledProcessLeavesNoHalfMadeStore(t *testing.T) {
	for range kills {
		dir := filepath.Join(t.TempDir(), "store")
		afterKill(t, dir, storetest.CountAndKill(t, 0, "count", dir))
	}
}

// afterKill looks at a store, of which told batches were told.
func afterKill(t *testing.T, dir string, told int) (last int) {
	t.Helper()
	s := mustOpen(t, dir, Options{})
	defer storetest.MustClose(t, s)
	if err := storetest.CountedSince(s, told); err != nil {
		t.Fatal(err)
	}
	last, err := storetest.Counted(s)
	if err != nil {
		t.Fatal(err)
	}
	return last
}
