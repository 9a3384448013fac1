package route

import (
	"hash/maphash"
	"math/bits"
	"sync/atomic"
)

// slots is a hash table from prefixes to hops, in one piece of memory without pointers,
// which costs the garbage collector nothing. A prefix is put into the first free slot,
// from the place of its hash on (linear probing):
//
//	place(h)
//	   v
//	│ h'│ h │h''│   │        found after two steps, as the slot before it is taken
//
// One goroutine may change hops while any number look them up: a slot keeps its hash for
// good, and its hop is one atomic word. To remove a prefix is to mark its hop as removed.
// When few slots are free, grown makes a copy without the removed ones.
type slots struct {
	seed  maphash.Seed
	at    []slot
	taken int // slots with a hash
	live  int // slots with a hop
}

// slot holds the hop for a hash. It is free if the hash is 0.
type slot struct {
	hash atomic.Uint64
	hop  atomic.Uint32
}

const (
	// slotsMin is the fewest slots.
	slotsMin = 8
	// removed marks the slot of a prefix that was removed.
	removed = Self - 1
)

// newSlots returns slots for n prefixes.
func newSlots(n int) *slots {
	return &slots{seed: maphash.MakeSeed(), at: make([]slot, max(slotsMin, n+n/2))}
}

// hash returns the hash of prefix. It is never 0, which marks a free slot.
func (s *slots) hash(prefix []byte) uint64 { return max(1, maphash.Bytes(s.seed, prefix)) }

func (s *slots) hashString(prefix string) uint64 {
	return max(1, maphash.String(s.seed, prefix))
}

// find returns the hop for a hash.
func (s *slots) find(hash uint64) (hop Hop, ok bool) {
	n, found := s.probe(hash)
	if !found {
		return 0, false
	}
	hop = Hop(n.hop.Load())
	return hop, hop != removed
}

// probe returns the slot with a hash, or else the free slot to put it into.
func (s *slots) probe(hash uint64) (n *slot, found bool) {
	place, _ := bits.Mul64(hash, uint64(len(s.at)))
	for {
		n = &s.at[place]
		switch n.hash.Load() {
		case hash:
			return n, true
		case 0:
			return n, false
		}
		if place++; place == uint64(len(s.at)) {
			place = 0
		}
	}
}

// full reports whether so many slots are taken that lookups would become slow.
func (s *slots) full() bool { return s.taken*5 >= len(s.at)*4 }

// grown returns a copy with room for twice as many prefixes.
func (s *slots) grown() *slots {
	next := newSlots(2 * s.live)
	next.seed = s.seed
	for i := range s.at {
		if hop := Hop(s.at[i].hop.Load()); hop != removed && s.at[i].hash.Load() != 0 {
			next.set(s.at[i].hash.Load(), hop)
		}
	}
	return next
}

// set sets the hop for a hash, and reports whether it had none. The slots must not be
// full.
func (s *slots) set(hash uint64, hop Hop) bool {
	n, found := s.probe(hash)
	if found {
		if Hop(n.hop.Swap(uint32(hop))) != removed {
			return false
		}
	} else {
		n.hop.Store(uint32(hop))
		n.hash.Store(hash) // last: from here on lookups find it
		s.taken++
	}
	s.live++
	return true
}

// unset removes the hop for a hash, and reports whether it had one.
func (s *slots) unset(hash uint64) bool {
	n, found := s.probe(hash)
	if !found || Hop(n.hop.Swap(uint32(removed))) == removed {
		return false
	}
	s.live--
	return true
}
