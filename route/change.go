package route

// Change is a change of the best route to a prefix. It counts as one even if the next hop
// stays and only the path or the auth differs: neighbors look for loops in the path, so
// they must hear of it.
type Change struct {
	Prefix   string
	Old, New *Route // nil for no route
}

// Reroutes reports whether packets take another next hop, so that a Table must follow the
// change.
func (c Change) Reroutes() bool {
	return c.Old == nil || c.New == nil || c.Old.NextHop != c.New.NextHop
}

// changeBetween returns the change from the best candidate old to the best candidate head.
// Either may be nil, but not both. changed is false if the routes are equal.
func changeBetween(old, head *candidate) (c Change, changed bool) {
	c = Change{Old: old.route(), New: head.route()}
	if c.New.equal(c.Old) {
		return Change{}, false
	}
	if c.New != nil {
		c.Prefix = c.New.Prefix
	} else {
		c.Prefix = c.Old.Prefix
	}
	return c, true
}
