package journal

import (
	"slices"
	"strings"

	"github.com/ilp-go/connector/store"
)

// Load visits every key that begins with prefix, in the base or the journal. It first reads
// them all, so that visit may be slow and may call the store. It waits while a checkpoint
// is written to the base.
func (s *Store) Load(prefix string, visit func(key string, value []byte) error) error {
	pairs, err := s.read(prefix)
	if err != nil {
		return err
	}
	return pairs.Visit(visit)
}

// read returns the pairs at one moment: while it reads, the base does not change.
func (s *Store) read(prefix string) (store.Batch, error) {
	s.basing.RLock()
	defer s.basing.RUnlock()
	if err := s.failure.Err(); err != nil {
		return nil, err
	}
	over := make(overlay)
	s.mu.Lock()
	s.frozen.under(prefix, over)
	s.active.under(prefix, over)
	s.mu.Unlock()
	var pairs []store.Change
	err := s.base.Load(prefix, func(key string, value []byte) error {
		pairs = append(pairs, store.Change{Key: key, Value: append([]byte{}, value...)})
		return nil
	})
	if err != nil {
		return nil, err
	}
	return Merge(pairs, over.changes()), nil
}

// Merge applies changes to pairs, both in the order of their keys, and returns the result
// in that order, without reserved keys. The result may share the memory of the arguments.
func Merge(pairs []store.Change, changes store.Batch) []store.Change {
	if len(changes) == 0 {
		return slices.DeleteFunc(pairs, func(p store.Change) bool { return strings.HasPrefix(p.Key, Reserved) })
	}
	merged := make([]store.Change, 0, len(pairs)+len(changes))
	for len(pairs) > 0 || len(changes) > 0 {
		next := &pairs
		if len(pairs) == 0 || len(changes) > 0 && changes[0].Key <= pairs[0].Key {
			if len(pairs) > 0 && changes[0].Key == pairs[0].Key {
				pairs = pairs[1:]
			}
			next = (*[]store.Change)(&changes)
		}
		if c := (*next)[0]; c.Value != nil && !strings.HasPrefix(c.Key, Reserved) {
			merged = append(merged, c)
		}
		*next = (*next)[1:]
	}
	return merged
}
