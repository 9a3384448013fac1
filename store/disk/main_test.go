package disk

import (
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/ilp-go/connector/store"
	"github.com/ilp-go/connector/store/storetest"
)

// TestMain runs the tests, or what a test wants done in a process of its own.
func TestMain(m *testing.M) {
	if name, ok := storetest.Task(); ok {
		os.Exit(perform(name, os.Args[1:]))
	}
	goleak.VerifyTestMain(m)
}

// perform does it, and returns the exit status.
func perform(task string, args []string) int {
	o := small
	switch task {
	case "count":
		interval, err := time.ParseDuration(args[1])
		if o.Durability = store.Durability(interval); err == nil {
			err = storetest.Count(func() (store.Store, error) { return Open(args[0], o) })
		}
		fmt.Println(err)
	case "probe as nobody":
		becomeNobody()
		fmt.Println(Probe(args[0]))
	case "hold":
		s, err := Open(args[0], o)
		if err == nil {
			err = s.Apply(storetest.Batch(1))
		}
		if err != nil {
			fmt.Println(err)
			return 1
		}
		fmt.Println("held")
		_, _ = io.Copy(io.Discard, os.Stdin)
	}
	return 0
}

// small is a store whose journal is full soon.
var small = Options{halfBytes: 8 << 10, Version: "1.2.3"}

func mustOpen(t testing.TB, dir string, o Options) *Store {
	t.Helper()
	s, err := Open(dir, o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// killed returns the directory of a store of so many batches whose process was killed.
func killed(t *testing.T, batches int) (dir string) {
	t.Helper()
	dir = t.TempDir()
	told := storetest.CountAndKill(t, batches, "count", dir, "0s")
	if told < batches {
		t.Fatalf("it was killed after %d batches", told)
	}
	return dir
}

// counted returns the number of batches of a store that is not open.
func counted(t *testing.T, dir string) int {
	t.Helper()
	s := mustOpen(t, dir, small)
	defer storetest.MustClose(t, s)
	last, err := storetest.Counted(s)
	if err != nil {
		t.Fatal(err)
	}
	return last
}

// kills is how often a process is killed for each durability.
const kills = 20

// Whenever a process is killed, what it was told is kept is there, of each batch all
// or nothing, and nothing else.
func TestKilledProcessLosesNothingItWasTold(t *testing.T) {
	for _, durability := range []string{"0s", "5ms"} {
		t.Run(durability, func(t *testing.T) {
			dir, told := t.TempDir(), 0
			for range kills {
				told = max(told, storetest.CountAndKill(t, rand.IntN(12), "count", dir, durability))
				s := mustOpen(t, dir, small)
				if err := storetest.CountedSince(s, told); err != nil {
					t.Fatal(err)
				}
				storetest.MustClose(t, s)
				told = counted(t, dir)
			}
			if told < kills {
				t.Errorf("only %d batches were ever applied", told)
			}
			t.Logf("%d batches", told)
		})
	}
}

// A store that is being made is there or not.
func TestKilledProcessLeavesNoHalfMadeStore(t *testing.T) {
	for range kills {
		dir := filepath.Join(t.TempDir(), "store")
		told := storetest.CountAndKill(t, 0, "count", dir, "0s")
		if last := counted(t, dir); last < told || last > told+1 {
			t.Errorf("there are %d batches of %d", last, told)
		}
	}
}
