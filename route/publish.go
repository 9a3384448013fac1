package route

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
			t = t.put(prefix, hop)
		}
	}
	return t
}

// Follow makes changes of the RIB in t, which packets may ask meanwhile: each of them
// sees a change or does not. It returns the Table that has them and is to be asked from
// now on, which is t unless that has too little room. number must know what it knew when
// t was made. One goroutine at a time may call it, and never for a Table that it has
// replaced.
func (t *Table) Follow(changes []Change, number Number) *Table {
	for _, c := range changes {
		if !c.Reroutes() {
			continue
		}
		if c.New != nil {
			if hop, ok := number.hop(c.New.NextHop); ok {
				t = t.put(c.Prefix, hop)
				continue
			}
		}
		t.remove(c.Prefix)
	}
	return t
}

// hop is the number of a next hop, which is empty for ourselves.
func (number Number) hop(account string) (Hop, bool) {
	if account == "" {
		return Self, true
	}
	return number(account)
}
