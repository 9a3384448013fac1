package bolt

import (
	"bytes"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

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

func mustOpen(t testing.TB, dir string, o Options) *Store {
	t.Helper()
	s, err := Open(dir, o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// load returns all pairs as lines.
func load(s *Store) (string, error) { return storetest.Text(s) }

// backup writes a copy of the store.
func backup(s *Store, w io.Writer) error {
	p, err := s.Snapshot()
	if err != nil {
		return err
	}
	return p.Write(w)
}

func mustLoad(t testing.TB, s *Store) string {
	t.Helper()
	pairs, err := load(s)
	if err != nil {
		t.Fatal(err)
	}
	return pairs
}

// put returns a batch of one change.
func put(key, value string) store.Batch { return store.Batch{{Key: key, Value: []byte(value)}} }

// fill makes a store of a few hundred pairs that has been written a few times, and
// closes it. It returns what is in it.
func fill(t testing.TB, dir string) (pairs string) {
	t.Helper()
	s := mustOpen(t, dir, Options{Version: "1.2.3"})
	for round := range 5 {
		var batch store.Batch
		for i := range 300 {
			c := store.Change{Key: fmt.Sprintf("balance/%03d", (i*7)%300), Value: fmt.Appendf(nil, "%d-%d", round, i)}
			if (i+round)%5 == 0 {
				c.Value = nil
			}
			batch = append(batch, c)
		}
		storetest.MustApply(t, s, batch)
	}
	pairs = mustLoad(t, s)
	storetest.MustClose(t, s)
	return pairs
}

// snapshot returns everything in a directory: names, modes, bytes.
func snapshot(t testing.TB, dir string) string {
	t.Helper()
	var out bytes.Buffer
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		fmt.Fprintf(&out, "%s %s\n", path, info.Mode())
		if d.Type().IsRegular() {
			text, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			out.Write(text)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out.String()
}
