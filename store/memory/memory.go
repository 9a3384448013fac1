// Package memory implements a store that loses everything when the process ends. It is
// for development and tests, and New logs a warning that says so.
package memory

import (
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/ilp-go/connector/store"
)

// Store is a store in memory.
type Store struct {
	mu     sync.RWMutex
	values map[string][]byte
}

// New returns an empty store. It warns in the log that the store keeps nothing.
func New(log *slog.Logger) *Store {
	log.Warn("balances and everything else are kept in memory only: a restart forgets who owes whom")
	return &Store{values: make(map[string][]byte)}
}

// Load visits the keys that begin with prefix, as they were at the call.
func (s *Store) Load(prefix string, visit func(key string, value []byte) error) error {
	s.mu.RLock()
	values := maps.Clone(s.values)
	s.mu.RUnlock()
	for _, key := range slices.Sorted(maps.Keys(values)) {
		if !strings.HasPrefix(key, prefix) {
			continue
		}
		if err := visit(key, values[key]); err != nil {
			return err
		}
	}
	return nil
}

// Apply makes the changes. It refuses only a batch that is not valid.
func (s *Store) Apply(batch store.Batch) error {
	if err := batch.Validate(); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range batch {
		if c.Value == nil {
			delete(s.values, c.Key)
		} else {
			s.values[c.Key] = slices.Clone(c.Value)
		}
	}
	return nil
}

// Close does nothing.
func (*Store) Close() error { return nil }

var _ store.Store = (*Store)(nil)
