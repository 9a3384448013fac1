package route

import (
	"hash/maphash"
	"math/bits"
	"sync/atomic"
)

// slots is a map of prefixes to hops in one piece of memory without pointers, which
// costs the garbage collector nothing. A prefix is in the first slot, from the place of
// its hash on, that was free when it came:
//
//	place(h)
//	   v
//	│ h'│ h │h''│   │        found after two steps, as all before it are taken
//
// One goroutine may change hops while any number look them up. That works as a slot
// keeps its hash for good: of a prefix that is taken out, only the hop goes. When there
// are few free slots, grown makes another map without those.
type slots struct {
	seed  maphash.Seed
	at    []slot
	taken int // slots that are not free
	live  int // those of them that have a hop
}

// slot is a hop for a hash, or free if the hash is 0.
type slot struct {
	hash atomic.Uint64
	hop  atomic.Uint32
}

const (
	// slotsMin is the fewest slots.
	slotsMin = 8
	// gone is the hop of a prefix that was taken out.
	gone = Self - 1
)

// room makes a map for n prefixes.
func room(n int) *slots {
	return &slots{seed: maphash.MakeSeed(), at: make([]slot, max(slotsMin, n+n/2))}
}

// hash is of a prefix, and not 0, which is of free slots.
func (s *slots) hash(prefix []byte) uint64 { return max(1, maphash.Bytes(s.seed, prefix)) }

func (s *slots) hashString(prefix string) uint64 {
	return max(1, maphash.String(s.seed, prefix))
}

// find is the hop for a hash.
func (s *slots) find(hash uint64) (hop Hop, ok bool) {
	n, found := s.slot(hash)
	if !found {
		return 0, false
	}
	hop = Hop(n.hop.Load())
	return hop, hop != gone
}

// slot is the one of a hash, or else the one that is free for it.
func (s *slots) slot(hash uint64) (n *slot, found bool) {
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

// full reports whether prefixes would be far from their places if there were more.
func (s *slots) full() bool { return s.taken*5 >= len(s.at)*4 }

// grown is a map that has room for twice as much.
func (s *slots) grown() *slots {
	next := room(2 * s.live)
	next.seed = s.seed
	for i := range s.at {
		if hop := Hop(s.at[i].hop.Load()); hop != gone && s.at[i].hash.Load() != 0 {
			next.set(s.at[i].hash.Load(), hop)
		}
	}
	return next
}

// set sets the hop for a hash, and reports whether it had none. The map must not be
// full.
func (s *slots) set(hash uint64, hop Hop) bool {
	n, found := s.slot(hash)
	if found {
		if Hop(n.hop.Swap(uint32(hop))) != gone {
			return false
		}
	} else {
		n.hop.Store(uint32(hop))
		n.hash.Store(hash) // last, as it may be looked up from here on
		s.taken++
	}
	s.live++
	return true
}

// unset takes the hop for a hash out, and reports whether it had one.
func (s *slots) unset(hash uint64) bool {
	n, found := s.slot(hash)
	if !found || Hop(n.hop.Swap(uint32(gone))) == gone {
		return false
	}
	s.live--
	return true
}
