package route

import (
	"maps"
	"slices"
)

// Number is the number of an account for a Table; ok is false if packets cannot leave
// by it.
type Number func(account string) (hop Hop, ok bool)

// Table is the best routes for packets. A route to an account that number does not
// know is left out.
func (rib *RIB) Table(number Number) *Table {
	t := rib.sized()
	last, hop, ok := "", Self, true // most routes have the next hop of the one before
	for prefix, c := range rib.best {
		if c.NextHop != last {
			last = c.NextHop
			hop, ok = number.hop(last)
		}
		if ok {
			t.put(prefix, hop)
		}
	}
	t.trim()
	return t
}

// With is t after changes, as RIB.Table would build it, but at the cost of a copy of
// those parts of t that change. number must know what it knew when t was made.
func (t *Table) With(changes []Change, number Number) *Table {
	next := &Table{levels: slices.Clone(t.levels)}
	copied := make(map[int]bool)
	for _, c := range changes {
		if !c.Reroutes() {
			continue
		}
		n := segments(c.Prefix)
		next.deepen(n)
		if !copied[n] {
			copied[n] = true
			next.levels[n] = maps.Clone(next.levels[n])
		}
		if c.New != nil {
			if hop, ok := number.hop(c.New.NextHop); ok {
				next.put(c.Prefix, hop)
				continue
			}
		}
		delete(next.levels[n], c.Prefix)
	}
	next.trim()
	return next
}

// sized is an empty Table with room for all prefixes.
func (rib *RIB) sized() *Table {
	var counts []int
	for prefix := range rib.prefixes.from("") {
		n := segments(prefix)
		for len(counts) <= n {
			counts = append(counts, 0)
		}
		counts[n]++
	}
	t := &Table{levels: make([]map[string]Hop, len(counts))}
	for n, count := range counts {
		if count > 0 {
			t.levels[n] = make(map[string]Hop, count)
		}
	}
	return t
}

// trim takes out what a lookup would look into for nothing.
func (t *Table) trim() {
	for n, level := range t.levels {
		if len(level) == 0 {
			t.levels[n] = nil
		}
	}
	for len(t.levels) > 0 && t.levels[len(t.levels)-1] == nil {
		t.levels = t.levels[:len(t.levels)-1]
	}
}

// hop is the number of a next hop, which is empty for ourselves.
func (number Number) hop(account string) (Hop, bool) {
	if account == "" {
		return Self, true
	}
	return number(account)
}
