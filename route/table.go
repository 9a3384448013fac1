package route

import (
	"bytes"
	"iter"
	"math"
	"strings"
)

// Hop is the next hop as a packet needs it: the number of an account, a dense
// index that the builder of the Table chooses.
type Hop uint32

// Self is the Hop of routes that end with us. A packet that arrives at it is for
// somebody below our own address who is not there: it must not be forwarded, and
// it must not fall through to the default route, or it would go in circles.
const Self Hop = math.MaxUint32

// Table maps prefixes to hops. It never changes, and any number of goroutines
// may read it at once. The zero Table holds no route.
type Table struct {
	// levels[n] holds the prefixes of n segments, so that a lookup neither
	// looks deeper than the deepest prefix nor hashes anything at a depth that
	// has none. levels[0] can hold only the empty prefix.
	levels []map[string]Hop
}

// NewTable builds a Table of routes, pairs of prefix and hop. The later of two
// pairs with the same prefix counts. The empty prefix covers every address.
func NewTable(routes iter.Seq2[string, Hop]) *Table {
	t := new(Table)
	for prefix, hop := range routes {
		t.put(prefix, hop)
	}
	return t
}

// put adds a route to a Table that nobody reads yet.
func (t *Table) put(prefix string, hop Hop) {
	n := segments(prefix)
	t.deepen(n)
	if t.levels[n] == nil {
		t.levels[n] = make(map[string]Hop)
	}
	t.levels[n][prefix] = hop
}

// deepen makes room for prefixes of n segments.
func (t *Table) deepen(n int) {
	for len(t.levels) <= n {
		t.levels = append(t.levels, nil)
	}
}

// Next is the hop of the longest prefix that covers destination; ok is false if
// none does. It borrows destination until it returns and allocates nothing. Its
// cost depends on the depth of the prefixes, hardly on their number.
func (t *Table) Next(destination []byte) (hop Hop, ok bool) {
	if len(t.levels) == 0 {
		return 0, false
	}
	end, n := cut(destination, len(t.levels)-1)
	for n > 0 {
		// The conversion does not copy: the compiler sees that it is a map key.
		if hop, ok = t.levels[n][string(destination[:end])]; ok {
			return hop, true
		}
		if n--; n > 0 {
			end = bytes.LastIndexByte(destination[:end], '.')
		}
	}
	hop, ok = t.levels[0][""]
	return hop, ok
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
