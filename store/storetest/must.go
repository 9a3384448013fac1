package storetest

import (
	"testing"

	"github.com/ilp-go/connector/store"
)

// MustApply applies a batch, or ends the test.
func MustApply(t testing.TB, s store.Store, batch store.Batch) {
	t.Helper()
	if err := s.Apply(batch); err != nil {
		t.Fatal(err)
	}
}

// MustClose closes a store, or ends the test.
func MustClose(t testing.TB, s store.Store) {
	t.Helper()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}
