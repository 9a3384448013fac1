package route

import (
	"bytes"
	"iter"
	"math"
	"strings"
	"sync/atomic"
)

// Hop is the next hop of a packet: the number of an account, a dense index that the
// builder of the Table chooses.
type Hop uint32

// Self is the Hop of routes that end with us. A packet with this Hop is for an address
// below our own that no child has. It must not be forwarded, nor fall through to the
// default route, or it would go in circles.
const Self Hop = math.MaxUint32

// Table is the forwarding information base (FIB): it maps each prefix to the next hop of
// its best route, and nothing else of the RIB. Any number of goroutines may look up hops
// while one changes the Table. The zero Table holds no route.
//
// A lookup tries the prefixes of an address from the longest to the shortest. In a table
// of a million routes each of those lies in memory that no cache holds, so the cost of a
// lookup is the number of times that it waits for memory: once for each prefix. A slot of
// the table holds the whole hash of a prefix, 64 bits with a secret seed. It does not hold
// the prefix, which would be another wait. The chance that an address meets the hash of
// another prefix is one in 10^19, and then one packet goes to a neighbor that cannot
// fulfill it.
type Table struct {
	slots *slots
	// levels[n] is the number of prefixes of n segments, so that a lookup neither
	// goes deeper than the deepest prefix nor hashes an address at a depth without
	// prefixes. The empty prefix is not in slots.
	levels []atomic.Int32
	empty  atomic.Uint32 // the hop of the empty prefix
}

// NewTable returns a Table of routes, pairs of prefix and hop. Of two pairs with the same
// prefix the later one counts. The empty prefix covers every address.
func NewTable(routes iter.Seq2[string, Hop]) *Table {
	t := new(Table)
	for prefix, hop := range routes {
		t = t.put(prefix, hop)
	}
	return t
}

// put sets the hop of a prefix. It returns t, or a larger copy if t has no room.
func (t *Table) put(prefix string, hop Hop) *Table {
	n := segments(prefix)
	if n == 0 {
		t = t.withLevel(0)
		t.empty.Store(uint32(hop))
		t.levels[0].Store(1)
		return t
	}
	if t.slots == nil || t.slots.full() {
		t = t.grown()
	}
	t = t.withLevel(n)
	if t.slots.set(t.slots.hashString(prefix), hop) {
		t.levels[n].Add(1)
	}
	return t
}

// remove removes a prefix.
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

// withLevel returns t, or a copy if t has no level n.
func (t *Table) withLevel(n int) *Table {
	if n < len(t.levels) {
		return t
	}
	return t.copy(n+1, t.slots)
}

// grown returns a copy of t with room for more.
func (t *Table) grown() *Table {
	if t.slots == nil {
		return t.copy(len(t.levels), newSlots(0))
	}
	return t.copy(len(t.levels), t.slots.grown())
}

// copy returns a copy of t with other slots and a number of levels.
func (t *Table) copy(levels int, s *slots) *Table {
	next := &Table{slots: s, levels: make([]atomic.Int32, levels)}
	for i := range t.levels {
		next.levels[i].Store(t.levels[i].Load())
	}
	next.empty.Store(t.empty.Load())
	return next
}

// Next returns the hop of the longest prefix that covers destination; ok is false if
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
// they are n segments and end at address[end]. It does not read the rest, which is often
// a long token of the receiver.
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

// segments returns the number of segments of prefix. The empty prefix has none.
func segments(prefix string) int {
	if prefix == "" {
		return 0
	}
	return 1 + strings.Count(prefix, ".")
}
