package route

import "slices"

// Number is the number of an account for a Table; ok is false if packets cannot leave
// by it.
type Number func(account string) (hop Hop, ok bool)

// Table is the best routes for packets. A route to an account that number does not
// know is left out.
func (rib *RIB) Table(number Number) *Table {
	t := &Table{slots: room(rib.Len())}
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
	return t
}

// With is t after changes, as RIB.Table would build it, but at the cost of a copy of
// t. number must know what it knew when t was made.
func (t *Table) With(changes []Change, number Number) *Table {
	next := &Table{slots: t.slots.clone(), levels: slices.Clone(t.levels), empty: t.empty}
	for _, c := range changes {
		if !c.Reroutes() {
			continue
		}
		if c.New != nil {
			if hop, ok := number.hop(c.New.NextHop); ok {
				next.put(c.Prefix, hop)
				continue
			}
		}
		next.remove(c.Prefix)
	}
	next.trim()
	return next
}

// hop is the number of a next hop, which is empty for ourselves.
func (number Number) hop(account string) (Hop, bool) {
	if account == "" {
		return Self, true
	}
	return number(account)
}
