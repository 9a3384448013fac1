package route

// Change is one of the best route to a prefix. Another path or auth is a change
// too, even if packets go to the same next hop as before: neighbors must hear of
// it, or they would look for loops in paths of the past.
type Change struct {
	Prefix   string
	Old, New *Route // nil for no route
}

// Reroutes reports whether packets take another way: a Table made before the
// change is out of date.
func (c Change) Reroutes() bool {
	return c.Old == nil || c.New == nil || c.Old.NextHop != c.New.NextHop
}

// changeBetween is the change from one best candidate for a prefix to another, if
// it is any. Either may be nil, but not both.
func changeBetween(old, head *candidate) (c Change, changed bool) {
	c = Change{Old: old.route(), New: head.route()}
	if c.New.same(c.Old) {
		return Change{}, false
	}
	if c.New != nil {
		c.Prefix = c.New.Prefix
	} else {
		c.Prefix = c.Old.Prefix
	}
	return c, true
}
