package route

import (
	"bytes"
	"iter"
	"math"
	"strings"
	"sync/atomic"
)

// Hop is the next hop as a packet needs it: the number of an account, a dense
// index that the builder of the Table chooses.
type Hop uint32

// Self is the Hop of routes that end with us. A packet that arrives at it is for
// somebody below our own address who is not there: it must not be forwarded, and
// it must not fall through to the default route, or it would go in circles.
const Self Hop = math.MaxUint32

// Table maps prefixes to hops. Any number of goroutines may look up hops at once, while
// one has it follow changes. The zero Table holds no route.
//
// A lookup tries the prefixes of an address from the longest to the shortest. In a table
// of a million routes each of those lies in memory that no cache holds, so what a lookup
// costs is how often it waits for memory: once for each prefix. A slot of the table
// holds the whole hash of a prefix, 64 bits with a seed that nobody outside knows, and
// not the prefix, which would be another wait. That an address in a table of any size
// meets another's hash has the chance of one in 10^19, and then one packet goes to a
// neighbor that cannot fulfill it.
type Table struct {
	slots *slots
	// levels[n] is the number of prefixes of n segments, so that a lookup neither
	// looks deeper than the deepest prefix nor hashes anything at a depth that
	// has none. The empty prefix is not in slots.
	levels []atomic.Int32
	empty  atomic.Uint32 // its hop
}

// NewTable builds a Table of routes, pairs of prefix and hop. The later of two
// pairs with the same prefix counts. The empty prefix covers every address.
func NewTable(routes iter.Seq2[string, Hop]) *Table {
	t := new(Table)
	for prefix, hop := range routes {
		t = t.put(prefix, hop)
	}
	return t
}

// put sets the hop of a prefix. It returns the Table that has it: t, unless that has no
// room for it.
func (t *Table) put(prefix string, hop Hop) *Table {
	n := segments(prefix)
	if n == 0 {
		t = t.deep(0)
		t.empty.Store(uint32(hop))
		t.levels[0].Store(1)
		return t
	}
	if t.slots == nil || t.slots.full() {
		t = t.grown()
	}
	t = t.deep(n)
	if t.slots.set(t.slots.hashString(prefix), hop) {
		t.levels[n].Add(1)
	}
	return t
}

// remove takes a prefix out.
func (t *Table) remove(prefix string) {
	n := segments(prefix)
	switch {
	case n >= len(t.levels):
	case n == 0:
		t.levels[0].Store(0)
	case t.slots.unset(t.slots.hashString(prefix)):
		t.levels[n].Add(-1)
	}
}

// deep is t with a level n.
func (t *Table) deep(n int) *Table {
	if n < len(t.levels) {
		return t
	}
	return t.copied(n+1, t.slots)
}

// grown is t with room for more.
func (t *Table) grown() *Table {
	if t.slots == nil {
		return t.copied(len(t.levels), room(0))
	}
	return t.copied(len(t.levels), t.slots.grown())
}

// copied is t with other slots, and so many levels.
func (t *Table) copied(levels int, s *slots) *Table {
	next := &Table{slots: s, levels: make([]atomic.Int32, levels)}
	for i := range t.levels {
		next.levels[i].Store(t.levels[i].Load())
	}
	next.empty.Store(t.empty.Load())
	return next
}

// Next is the hop of the longest prefix that covers destination; ok is false if
// none does. It borrows destination until it returns and allocates nothing. Its
// cost depends on the depth of the prefixes, hardly on their number.
func (t *Table) Next(destination []byte) (hop Hop, ok bool) {
	if len(t.levels) == 0 {
		return 0, false
	}
	end, n := cut(destination, len(t.levels)-1)
	for ; n > 0; n-- {
		if t.levels[n].Load() > 0 {
			if hop, ok = t.slots.find(t.slots.hash(destination[:end])); ok {
				return hop, true
			}
		}
		if n > 1 {
			end = bytes.LastIndexByte(destination[:end], '.')
		}
	}
	return Hop(t.empty.Load()), t.levels[0].Load() > 0
}

// cut finds the first segmentsMax segments of address, or all if it has fewer:
// they are n segments and end at address[end]. What comes after them, often a
// long token of the receiver's, is not even looked at.
func cut(address []byte, segmentsMax int) (end, n int) {
	end = -1
	for n < segmentsMax {
		n++
		dot := bytes.IndexByte(address[end+1:], '.')
		if dot < 0 {
			return len(address), n
		}
		end += 1 + dot
	}
	return end, n
}

// segments counts the segments of prefix. The empty prefix has none.
func segments(prefix string) int {
	if prefix == "" {
		return 0
	}
	return 1 + strings.Count(prefix, ".")
}
