package route

import (
	"iter"
	"slices"
	"strings"

	"github.com/ilp-go/connector/account"
)

// RIB is the routing information base: the candidate routes to each prefix, of all
// neighbors and of the configuration, and which of them is the best (BGP's Adj-RIBs-In
// and Loc-RIB in one).
//
// A RIB has no lock of its own. The Routes that it returns never change, so the caller may
// pass them to other goroutines.
type RIB struct {
	best      map[string]*candidate // by prefix: the first of its candidates
	prefixes  prefixSet             // the keys of best, in order
	static    source
	neighbors map[string]*source // by account
	strings   interner
}

// Neighbor is an account that we exchange routes with.
type Neighbor struct {
	Account  string
	Relation account.Relation
	// LocalPreference is configured: of two learned routes the one with the
	// higher preference is better, whatever their relations and paths.
	LocalPreference int
}

// NewRIB returns a RIB without routes.
func NewRIB() *RIB {
	return &RIB{
		best:      make(map[string]*candidate),
		neighbors: make(map[string]*source),
		strings:   make(interner),
	}
}

// Changes is long work on a RIB, one route after the other. It does nothing until the
// caller ranges over it. After each route it yields the change, and whether there is one,
// as Learn returns them. The caller may change the RIB between two routes.
type Changes = iter.Seq2[Change, bool]

// SetStatic replaces the routes that begin with us, as Static.Routes computes them. Two
// calls must not overlap.
func (rib *RIB) SetStatic(routes Routes) Changes {
	return func(yield func(Change, bool) bool) {
		old := &rib.static.routes
		for i := len(*old) - 1; i >= 0; i-- { // backwards, as remove moves the last one
			prefix := (*old)[i].Prefix
			if _, stays := routes.find(prefix); !stays && !yield(rib.remove(&rib.static, prefix)) {
				return
			}
		}
		for _, r := range routes {
			if !yield(rib.setStatic(r)) {
				return
			}
		}
	}
}

// AddStatic adds one of the routes that begin with us, in place of that to the same prefix.
func (rib *RIB) AddStatic(r Route) (c Change, changed bool) { return rib.setStatic(r) }

// RemoveStatic removes the route that begins with us to a prefix.
func (rib *RIB) RemoveStatic(prefix string) (c Change, changed bool) {
	return rib.remove(&rib.static, prefix)
}

func (rib *RIB) setStatic(r Route) (c Change, changed bool) {
	if old := rib.best[r.Prefix].find(&rib.static); old != nil && old.equal(&r) {
		return Change{}, false
	}
	return rib.put(&candidate{Route: r, from: &rib.static})
}

// Learn adds the route r of a neighbor, in place of its route to the same prefix. It
// copies Prefix, Path and Auth and ignores the rest of r. It returns the change of the best
// route; changed is false if that stays as it is.
//
// Learn accepts every route: apply the Policy first.
func (rib *RIB) Learn(n Neighbor, r Route) (c Change, changed bool) {
	from := rib.source(n.Account)
	head := rib.best[r.Prefix]
	r.NextHop, r.Source, r.relation = from.account, Learned, n.Relation
	if old := head.find(from); old != nil && old.equal(&r) && old.preference == n.LocalPreference {
		return Change{}, false
	}
	if head != nil {
		r.Prefix = head.Prefix
	} else {
		r.Prefix = strings.Clone(r.Prefix)
	}
	r.Path = from.internPath(r.Path, r.Prefix, rib.strings)
	return rib.put(&candidate{Route: r, from: from, preference: n.LocalPreference})
}

// Withdraw removes the route of a neighbor to prefix.
func (rib *RIB) Withdraw(account, prefix string) (c Change, changed bool) {
	from := rib.neighbors[account]
	if from == nil {
		return Change{}, false
	}
	return rib.remove(from, prefix)
}

// Drop removes all routes of a neighbor. Routes that the RIB learns of the same account
// meanwhile stay.
func (rib *RIB) Drop(account string) Changes {
	return func(yield func(Change, bool) bool) {
		from := rib.neighbors[account]
		if from == nil {
			return
		}
		delete(rib.neighbors, account) // Learn makes another one
		for len(from.routes) > 0 {
			if !yield(rib.remove(from, from.routes[len(from.routes)-1].Prefix)) {
				return
			}
		}
	}
}

// Adjust gives all routes of a neighbor another relation and local preference. It ends if
// they are dropped meanwhile.
func (rib *RIB) Adjust(n Neighbor) Changes {
	return func(yield func(Change, bool) bool) {
		from := rib.neighbors[n.Account]
		if from == nil {
			return
		}
		for i := len(from.routes) - 1; i >= 0; i-- { // backwards, as remove moves the last one
			if i >= len(from.routes) {
				continue // removed meanwhile
			}
			old := from.routes[i]
			r := old.Route
			r.relation = n.Relation
			var c Change
			var changed bool
			if !old.equal(&r) || old.preference != n.LocalPreference {
				c, changed = rib.put(&candidate{Route: r, from: from, preference: n.LocalPreference})
			}
			if !yield(c, changed) {
				return
			}
		}
	}
}

// Best returns the best route to a prefix, nil if there is none.
func (rib *RIB) Best(prefix string) *Route { return rib.best[prefix].route() }

// Len returns the number of prefixes.
func (rib *RIB) Len() int { return len(rib.best) }

// Learned returns the number of prefixes that a neighbor announces to us.
func (rib *RIB) Learned(account string) int {
	if from := rib.neighbors[account]; from != nil {
		return len(from.routes)
	}
	return 0
}

// LearnedFirst returns some prefixes that a neighbor announces to us, at most most, in the order of
// prefixes.
func (rib *RIB) LearnedFirst(account string, most int) []string {
	from := rib.neighbors[account]
	if from == nil {
		return []string{}
	}
	first := make([]string, 0, most)
	for _, c := range from.routes[:min(most, len(from.routes))] {
		first = append(first, c.Prefix)
	}
	slices.Sort(first)
	return first
}

// From returns the route of a neighbor to a prefix, nil if it announces none.
func (rib *RIB) From(account, prefix string) *Route {
	if from := rib.neighbors[account]; from != nil {
		return rib.best[prefix].find(from).route()
	}
	return nil
}

// All yields the best route to each prefix, in the order of prefixes. If the RIB changes
// meanwhile, All goes on with the prefixes that come after the last one.
func (rib *RIB) All() iter.Seq[*Route] {
	return func(yield func(*Route) bool) {
		for prefix := range rib.prefixes.from("") {
			if !yield(rib.Best(prefix)) {
				return
			}
		}
	}
}

// Below yields, like All, the best routes to the longer prefixes that prefix covers.
func (rib *RIB) Below(prefix string) iter.Seq[*Route] {
	return func(yield func(*Route) bool) {
		start := prefix + "."
		for p := range rib.prefixes.from(start) {
			if !strings.HasPrefix(p, start) || !yield(rib.Best(p)) {
				return
			}
		}
	}
}

// put adds c in place of the candidate of the same source for its prefix.
func (rib *RIB) put(c *candidate) (Change, bool) {
	old := rib.best[c.Prefix]
	if old == nil {
		rib.prefixes.insert(c.Prefix)
	}
	head, replaced := old.remove(c.from)
	c.from.add(c, replaced)
	head = head.insert(c)
	rib.best[c.Prefix] = head
	return changeBetween(old, head)
}

// remove removes the candidate of a source for prefix.
func (rib *RIB) remove(from *source, prefix string) (Change, bool) {
	old := rib.best[prefix]
	head, removed := old.remove(from)
	if removed == nil {
		return Change{}, false
	}
	from.remove(removed)
	if head != nil {
		rib.best[prefix] = head
	} else {
		delete(rib.best, prefix)
		rib.prefixes.remove(prefix)
	}
	return changeBetween(old, head)
}

func (rib *RIB) source(account string) *source {
	from := rib.neighbors[account]
	if from == nil {
		from = &source{account: strings.Clone(account)}
		rib.neighbors[from.account] = from
	}
	return from
}
