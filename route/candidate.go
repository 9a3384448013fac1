package route

import (
	"slices"
	"strings"
)

// candidate is one route to a prefix, and a link in the chain of all of them, from
// the best to the worst. A nil *candidate is the empty chain. There is one for
// each route that each neighbor tells us, so its size matters: 128 bytes.
type candidate struct {
	Route
	from       *holder
	next       *candidate // the next best
	preference int
	at         int // index in from.held
}

// route is the route of the first of a chain, nil if it is empty.
func (c *candidate) route() *Route {
	if c == nil {
		return nil
	}
	return &c.Route
}

// of finds what a holder says.
func (c *candidate) of(from *holder) *candidate {
	for c != nil && c.from != from {
		c = c.next
	}
	return c
}

// with is the chain with n in its place.
func (c *candidate) with(n *candidate) *candidate {
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

// without is the chain without what a holder says, and what that was.
func (c *candidate) without(from *holder) (rest, removed *candidate) {
	removed = c.of(from)
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
	removed.next = nil // its Route may live on elsewhere, the chain should not
	return rest, removed
}

// holder is one of those who say routes: a neighbor, or ourselves.
type holder struct {
	account string // empty for ourselves
	held    []*candidate
	path    []string // the last one, which the next route often has too
}

// hold takes c, in the place of another one if that is not nil.
func (h *holder) hold(c, replaced *candidate) {
	if replaced != nil {
		c.at = replaced.at
		h.held[c.at] = c
		return
	}
	c.at = len(h.held)
	h.held = append(h.held, c)
}

// release lets go of c. The last one takes its place.
func (h *holder) release(c *candidate) {
	last := len(h.held) - 1
	h.held[c.at] = h.held[last]
	h.held[c.at].at = c.at
	h.held[last] = nil
	h.held = h.held[:last]
}

// share is a copy of path that uses memory which others use already, where it can:
// a connector with many prefixes announces them all with one path, and the path to
// a connector ends with its address, which is the prefix itself.
func (h *holder) share(path []string, prefix string, names names) []string {
	if slices.Equal(path, h.path) {
		return h.path
	}
	shared := make([]string, len(path))
	for i, address := range path {
		if address == prefix {
			shared[i] = prefix
		} else {
			shared[i] = names.share(address)
		}
	}
	h.path = shared
	return shared
}

// names keeps one copy of the addresses that were met lately. To forget one costs
// nothing but memory.
type names map[string]string

// namesMax bounds names.
const namesMax = 4096

// share is s in memory of our own, which does not hold on to the message that s
// was cut from.
func (n names) share(s string) string {
	if kept, ok := n[s]; ok {
		return kept
	}
	if len(n) >= namesMax {
		clear(n)
	}
	s = strings.Clone(s)
	n[s] = s
	return s
}
