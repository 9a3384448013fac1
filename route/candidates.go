package route

import (
	"slices"
	"strings"
)

// candidate is one route to a prefix, in the list of all of them from the best to the
// worst. A nil *candidate is the empty list. There is one for each route that each
// neighbor announces, so its size matters: 128 bytes.
type candidate struct {
	Route
	from       *source
	next       *candidate // the next best
	preference int
	index      int // in from.routes
}

// route returns the route of the first of a list, nil if the list is empty.
func (c *candidate) route() *Route {
	if c == nil {
		return nil
	}
	return &c.Route
}

// find returns the candidate of a source, nil if it has none.
func (c *candidate) find(from *source) *candidate {
	for c != nil && c.from != from {
		c = c.next
	}
	return c
}

// insert returns the list with n in its place by preference.
func (c *candidate) insert(n *candidate) *candidate {
	if c == nil {
		n.next = nil
		return n
	}
	if order, _ := compare(n, c); order < 0 {
		n.next = c
		return n
	}
	at := c
	for ; at.next != nil; at = at.next {
		if order, _ := compare(n, at.next); order < 0 {
			break
		}
	}
	n.next, at.next = at.next, n
	return c
}

// remove returns the list without the candidate of a source, and that candidate.
func (c *candidate) remove(from *source) (rest, removed *candidate) {
	removed = c.find(from)
	switch removed {
	case nil:
		return c, nil
	case c:
		rest = c.next
	default:
		rest = c
		at := c
		for at.next != removed {
			at = at.next
		}
		at.next = removed.next
	}
	removed.next = nil // its Route may be in use elsewhere; that must not keep the list
	return rest, removed
}

// source holds the candidates of one neighbor (its Adj-RIB-In), or the static routes.
type source struct {
	account string // empty for the static routes
	routes  []*candidate
	path    []string // that of the last route: the next one often has the same
}

// add adds c, in place of replaced if that is not nil.
func (s *source) add(c, replaced *candidate) {
	if replaced != nil {
		c.index = replaced.index
		s.routes[c.index] = c
		return
	}
	c.index = len(s.routes)
	s.routes = append(s.routes, c)
}

// remove removes c and moves the last candidate into its place.
func (s *source) remove(c *candidate) {
	last := len(s.routes) - 1
	s.routes[c.index] = s.routes[last]
	s.routes[c.index].index = c.index
	s.routes[last] = nil
	s.routes = s.routes[:last]
}

// internPath returns a copy of path that shares memory with other routes where it can:
// a connector with many prefixes announces them all with one path, and the path to
// a connector ends with its address, which is the prefix itself.
func (s *source) internPath(path []string, prefix string, strings interner) []string {
	if slices.Equal(path, s.path) {
		return s.path
	}
	shared := make([]string, len(path))
	for i, address := range path {
		if address == prefix {
			shared[i] = prefix
		} else {
			shared[i] = strings.intern(address)
		}
	}
	s.path = shared
	return shared
}

// interner keeps one copy of each address that recent paths lead through.
type interner map[string]string

// internedMax bounds an interner. Beyond it all copies are forgotten, which costs nothing
// but memory.
const internedMax = 4096

// intern returns s in memory of our own, which does not keep the message that s is a part
// of.
func (in interner) intern(s string) string {
	if copied, ok := in[s]; ok {
		return copied
	}
	if len(in) >= internedMax {
		clear(in)
	}
	s = strings.Clone(s)
	in[s] = s
	return s
}
