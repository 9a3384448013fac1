// Package storetest tests whether a store keeps the laws of store.Store. The tests of a
// store call [Run], or [RunDurable] if the store must keep its contents after Close.
package storetest

import (
	"bytes"
	"slices"
	"testing"

	"github.com/ilp-go/connector/store"
)

// Open opens the store in dir, which is empty at first. A store that keeps nothing may
// ignore dir.
type Open func(t *testing.T, dir string) store.Store

// Run checks the laws of every store.
func Run(t *testing.T, open Open) {
	for _, law := range []struct {
		name  string
		check func(*testing.T, *subject)
	}{
		{"ANewStoreIsEmpty", newIsEmpty},
		{"LoadIsInOrderOfBytes", loadIsInOrder},
		{"LoadVisitsThePrefixAlone", loadVisitsPrefix},
		{"LoadEndsWithTheVisitorsError", loadEndsWithError},
		{"LoadShowsOneMoment", loadShowsOneMoment},
		{"VisitorsMayCallTheStore", visitorsMayCall},
		{"ChangesOfABatchAreInOrder", changesAreInOrder},
		{"NilRemovesAndEmptyIsKept", nilRemoves},
		{"AnEmptyBatchChangesNothing", emptyBatch},
		{"AnInvalidBatchChangesNothing", invalidBatch},
		{"TheBatchIsBorrowed", batchIsBorrowed},
		{"LimitsCanBeReached", limits},
		{"NamespacesDoNotMeet", namespaces},
		{"StoreIsAMap", isAMap},
		{"BatchesAreSeenWhole", seenWhole},
		{"WritersDoNotLoseEachOther", writers},
	} {
		t.Run(law.name, func(t *testing.T) {
			s := newSubject(t, open)
			law.check(t, s)
			s.close()
		})
	}
}

// RunDurable checks the laws of every store, and that applied batches are still there
// when the store is opened again.
func RunDurable(t *testing.T, open Open) {
	Run(t, open)
	t.Run("WhatWasAppliedIsKept", func(t *testing.T) { isKept(t, newSubject(t, open)) })
	t.Run("AStoreThatIsOpenedForNothingIsKept", func(t *testing.T) { isKeptUnused(t, newSubject(t, open)) })
}

// subject is the store under test and its test.
type subject struct {
	store.Store
	t    *testing.T
	dir  string
	open Open
}

func newSubject(t *testing.T, open Open) *subject {
	s := &subject{t: t, dir: t.TempDir(), open: open}
	s.Store = open(t, s.dir)
	return s
}

func (s *subject) close() {
	s.t.Helper()
	if err := s.Close(); err != nil {
		s.t.Fatalf("close: %v", err)
	}
}

func (s *subject) reopen() {
	s.t.Helper()
	s.close()
	s.Store = s.open(s.t, s.dir)
}

// put returns a change that sets a key to a text.
func put(key, value string) store.Change { return store.Change{Key: key, Value: []byte(value)} }

// remove returns a change that removes a key.
func remove(key string) store.Change { return store.Change{Key: key} }

func apply(t *testing.T, s store.Store, batch ...store.Change) {
	t.Helper()
	if err := s.Apply(batch); err != nil {
		t.Fatalf("apply: %v", err)
	}
}

// load returns all pairs under a prefix.
func load(t *testing.T, s store.Store, prefix string) (pairs []store.Change) {
	t.Helper()
	err := s.Load(prefix, func(key string, value []byte) error {
		if value == nil {
			t.Errorf("the value of %q is nil", key)
		}
		pairs = append(pairs, store.Change{Key: key, Value: bytes.Clone(value)})
		return nil
	})
	if err != nil {
		t.Fatalf("load %q: %v", prefix, err)
	}
	return pairs
}

// expect compares the pairs under a prefix with the expected pairs.
func expect(t *testing.T, s store.Store, prefix string, want ...store.Change) {
	t.Helper()
	got := load(t, s, prefix)
	same := func(a, b store.Change) bool { return a.Key == b.Key && bytes.Equal(a.Value, b.Value) }
	if !slices.EqualFunc(got, want, same) {
		t.Errorf("under %q there is\n%s\nand not\n%s", prefix, text(got), text(want))
	}
}

// text returns the first 20 pairs as text.
func text(pairs []store.Change) string {
	var out bytes.Buffer
	for i, p := range pairs {
		if i == 20 {
			out.WriteString("...")
			break
		}
		out.WriteString(p.Key + "=" + string(p.Value[:min(40, len(p.Value))]) + " ")
	}
	return out.String()
}
