package journal

import (
	"maps"
	"slices"
	"strings"

	"github.com/ilp-go/connector/store"
)

// overlay holds the last change of each key that the base does not have yet.
type overlay map[string]*entry

type entry struct {
	value   []byte
	removed bool
}

// apply copies the changes. It reuses the memory of a key and its value.
func (o overlay) apply(batch store.Batch) {
	for i := range batch {
		c := &batch[i]
		e := o[c.Key]
		if e == nil {
			e = new(entry)
			o[strings.Clone(c.Key)] = e
		}
		e.value, e.removed = append(e.value[:0], c.Value...), c.Value == nil
	}
}

// change returns the entry as a change. The value is borrowed.
func (e *entry) change(key string) store.Change {
	switch {
	case e.removed:
		return store.Change{Key: key}
	case e.value == nil:
		return store.Change{Key: key, Value: []byte{}}
	}
	return store.Change{Key: key, Value: e.value}
}

// changes returns all changes in the order of the keys. The values are borrowed.
func (o overlay) changes() store.Batch {
	batch := make(store.Batch, 0, len(o)+1) // room for the mark
	for _, key := range slices.Sorted(maps.Keys(o)) {
		batch = append(batch, o[key].change(key))
	}
	return batch
}

// under copies the changes under a prefix to another overlay.
func (o overlay) under(prefix string, to overlay) {
	for key, e := range o {
		if strings.HasPrefix(key, prefix) {
			to[key] = &entry{slices.Clone(e.value), e.removed}
		}
	}
}
