package store_test

import (
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"testing"

	"github.com/ilp-go/connector/store"
	"github.com/ilp-go/connector/store/memory"
)

func list(t *testing.T, s store.Store, prefix string) (pairs []string) {
	t.Helper()
	err := s.Load(prefix, func(key string, value []byte) error {
		pairs = append(pairs, key+"="+string(value))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return pairs
}

func apply(t *testing.T, s store.Store, changes ...store.Change) {
	t.Helper()
	if err := s.Apply(changes); err != nil {
		t.Fatal(err)
	}
}

func TestLoadVisitsKeysInOrder(t *testing.T) {
	s := memory.New(slog.New(slog.DiscardHandler))
	apply(t, s, store.Change{Key: "b", Value: []byte("2")}, store.Change{Key: "a", Value: []byte("1")},
		store.Change{Key: "c", Value: []byte("3")}, store.Change{Key: "c"})
	if got := fmt.Sprint(list(t, s, "")); got != "[a=1 b=2]" {
		t.Errorf("loaded %s", got)
	}
	stop := errors.New("stop")
	if err := s.Load("", func(string, []byte) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("an error of the visitor came back as %v", err)
	}
}

func TestStoredValueIsACopy(t *testing.T) {
	s := memory.New(slog.New(slog.DiscardHandler))
	value := []byte("1")
	apply(t, s, store.Change{Key: "a", Value: value})
	value[0] = '9'
	if got := list(t, s, ""); !slices.Equal(got, []string{"a=1"}) {
		t.Errorf("stored %s", got)
	}
}

// In the reference the keys of account "a" with key "bc" and of account "ab" with
// key "c" are the same.
func TestNamespacesDoNotMeet(t *testing.T) {
	s := memory.New(slog.New(slog.DiscardHandler))
	a, ab := store.Namespace(s, "a"), store.Namespace(s, "ab")
	apply(t, a, store.Change{Key: "bc", Value: []byte("1")})
	apply(t, ab, store.Change{Key: "c", Value: []byte("2")})
	if got := list(t, a, ""); !slices.Equal(got, []string{"bc=1"}) {
		t.Errorf("a holds %s", got)
	}
	if got := list(t, ab, ""); !slices.Equal(got, []string{"c=2"}) {
		t.Errorf("ab holds %s", got)
	}
	if got := list(t, s, "a/"); !slices.Equal(got, []string{"a/bc=1"}) {
		t.Errorf("the store holds %s", got)
	}
}
