package route

// Number returns the number of an account for a Table; ok is false if packets cannot leave
// by the account.
type Number func(account string) (hop Hop, ok bool)

// RoomFor returns a Table without routes that has room for some prefixes.
func RoomFor(prefixes int) *Table { return &Table{slots: newSlots(prefixes)} }

// Follow makes the changes of a RIB in t while packets look up their next hops: a lookup
// sees a change or does not. It returns the Table to use from now on, which is t unless t
// has too little room. number must return what it returned when t was made. One goroutine
// at a time may call Follow, and never for a Table that it has replaced.
func (t *Table) Follow(changes []Change, number Number) *Table {
	for _, c := range changes {
		switch {
		case !c.Reroutes():
		case c.New != nil:
			t = t.Set(c.New, number)
		default:
			t.remove(c.Prefix)
		}
	}
	return t
}

// Set sets the next hop of r in t, as Follow does. If number does not know the account,
// the prefix is removed.
func (t *Table) Set(r *Route, number Number) *Table {
	if hop, ok := number.hop(r.NextHop); ok {
		return t.put(r.Prefix, hop)
	}
	t.remove(r.Prefix)
	return t
}

// hop returns the number of a next hop. An empty account stands for ourselves.
func (number Number) hop(account string) (Hop, bool) {
	if account == "" {
		return Self, true
	}
	return number(account)
}
