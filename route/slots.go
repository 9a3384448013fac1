package route

import (
	"hash/maphash"
	"math/bits"
	"slices"
)

// slots is a map of prefixes to hops in one piece of memory without pointers, which
// costs the garbage collector nothing and is quickly copied. A prefix is in the first
// slot, from the place of its hash on, that was free when it came:
//
//	place(h)
//	   v
//	│ h'│ h │h''│   │        found after two steps, as all before it are taken
//
// The zero value is empty. What is looked up may not change meanwhile.
type slots struct {
	seed maphash.Seed
	at   []slot
	used int
}

// slot is a hop for a hash, or free if the hash is 0.
type slot struct {
	hash uint64
	hop  Hop
}

// slotsMin is the fewest slots.
const slotsMin = 8

// room makes a map for n prefixes.
func room(n int) slots {
	return slots{seed: maphash.MakeSeed(), at: make([]slot, max(slotsMin, n+n/2))}
}

// place is where to begin to look for a hash.
func (s *slots) place(hash uint64) uint64 {
	place, _ := bits.Mul64(hash, uint64(len(s.at)))
	return place
}

// find is the hop for a prefix.
func (s *slots) find(prefix []byte) (hop Hop, ok bool) {
	hash := max(1, maphash.Bytes(s.seed, prefix)) // 0 is of a free slot
	place := s.place(hash)
	for s.at[place].hash != hash {
		if s.at[place].hash == 0 {
			return 0, false
		}
		place = s.after(place)
	}
	return s.at[place].hop, true
}

func (s *slots) after(place uint64) uint64 {
	if place++; place == uint64(len(s.at)) {
		return 0
	}
	return place
}

// put sets the hop of a prefix, and reports whether it is new.
func (s *slots) put(prefix string, hop Hop) bool {
	if s.used*5 >= len(s.at)*4 { // or places would be far from their slots
		s.grow()
	}
	return s.set(slot{max(1, maphash.String(s.seed, prefix)), hop})
}

func (s *slots) set(n slot) bool {
	place := s.place(n.hash)
	for s.at[place].hash != 0 {
		if s.at[place].hash == n.hash {
			s.at[place].hop = n.hop
			return false
		}
		place = s.after(place)
	}
	s.at[place] = n
	s.used++
	return true
}

func (s *slots) grow() {
	if len(s.at) == 0 {
		*s = room(0)
		return
	}
	old := s.at
	s.at, s.used = make([]slot, 2*len(old)), 0
	for _, n := range old {
		if n.hash != 0 {
			s.set(n)
		}
	}
}

// remove takes a prefix out, and reports whether it was there. Those behind it that
// could not stand nearer to their places because of it move up.
func (s *slots) remove(prefix string) bool {
	if len(s.at) == 0 {
		return false
	}
	hash := max(1, maphash.String(s.seed, prefix))
	free := s.place(hash)
	for s.at[free].hash != hash {
		if s.at[free].hash == 0 {
			return false
		}
		free = s.after(free)
	}
	for next := s.after(free); s.at[next].hash != 0; next = s.after(next) {
		if s.distance(s.place(s.at[next].hash), next) >= s.distance(free, next) {
			s.at[free] = s.at[next]
			free = next
		}
	}
	s.at[free] = slot{}
	s.used--
	return true
}

// distance is the number of steps from one place to another.
func (s *slots) distance(from, to uint64) uint64 {
	if to < from {
		to += uint64(len(s.at))
	}
	return to - from
}

// clone is a copy that may be changed.
func (s *slots) clone() slots { return slots{s.seed, slices.Clone(s.at), s.used} }
