package journal

import (
	"slices"
	"strings"

	"github.com/ilp-go/connector/store"
)

// overlay holds the last change of each key that the base does not have yet, by the first part of
// the key, up to the first slash. Most keys are balances and entries of logs; a reader that asks
// for another part does not pass them.
type overlay map[string]part

type part map[string]*entry

type entry struct {
	value   []byte
	removed bool
}

// apply copies the changes. It reuses the memory of a key and its value.
func (o overlay) apply(batch store.Batch) {
	for i := range batch {
		c := &batch[i]
		in := o[partOf(c.Key)]
		e := in[c.Key]
		if e == nil {
			e = o.add(c.Key)
		}
		e.value, e.removed = append(e.value[:0], c.Value...), c.Value == nil
	}
}

// add adds a key without a change.
func (o overlay) add(key string) *entry {
	key = strings.Clone(key)
	in := o[partOf(key)]
	if in == nil {
		in = make(part)
		o[partOf(key)] = in
	}
	e := new(entry)
	in[key] = e
	return e
}

// partOf returns the first part of a key.
func partOf(key string) string {
	return key[:strings.IndexByte(key, '/')+1]
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
	n := 1 // room for the mark
	for _, in := range o {
		n += len(in)
	}
	batch := make(store.Batch, 0, n)
	for _, in := range o {
		for key, e := range in {
			batch = append(batch, e.change(key))
		}
	}
	slices.SortFunc(batch, func(a, b store.Change) int { return strings.Compare(a.Key, b.Key) })
	return batch
}

// under copies the changes under a prefix to another overlay.
func (o overlay) under(prefix string, to overlay) {
	if whole := partOf(prefix); whole != "" {
		o[whole].under(prefix, to)
		return
	}
	for _, in := range o {
		in.under(prefix, to)
	}
}

func (in part) under(prefix string, to overlay) {
	for key, e := range in {
		if strings.HasPrefix(key, prefix) {
			*to.add(key) = entry{slices.Clone(e.value), e.removed}
		}
	}
}
