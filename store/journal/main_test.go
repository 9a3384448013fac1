package journal

import (
	"log/slog"
	"path/filepath"
	"testing"

	"go.uber.org/goleak"

	"github.com/ilp-go/connector/store"
	"github.com/ilp-go/connector/store/memory"
	"github.com/ilp-go/connector/store/storetest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// base is a store in memory under a journal. It tells what it is about to do, and may
// be made to fail.
type base struct {
	store.Store
	apply func(batch store.Batch, next func(store.Batch) error) error
}

func newBase() *base { return &base{Store: memory.New(slog.New(slog.DiscardHandler))} }

func (b *base) Apply(batch store.Batch) error {
	if b.apply != nil {
		return b.apply(batch, b.Store.Apply)
	}
	return b.Store.Apply(batch)
}

// clone returns another base with the same pairs.
func (b *base) clone() (*base, error) {
	var all store.Batch
	err := b.Load("", func(key string, value []byte) error {
		all = append(all, store.Change{Key: key, Value: value})
		return nil
	})
	if err != nil {
		return nil, err
	}
	c := newBase()
	return c, c.Store.Apply(all)
}

// small is a journal that is full soon.
const small = 3 << 10

// fileIn returns the path of the journal of a test.
func fileIn(dir string) string { return filepath.Join(dir, "store.journal") }

func mustOpen(t testing.TB, name string, b store.Store, o Options) *Store {
	t.Helper()
	if o.HalfBytes == 0 {
		o.HalfBytes = small
	}
	s, err := Open(name, b, o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func mustText(t testing.TB, s store.Store) string {
	t.Helper()
	text, err := storetest.Text(s)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// put returns a batch of one change.
func put(key, value string) store.Batch { return store.Batch{{Key: key, Value: []byte(value)}} }
