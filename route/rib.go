package route

import (
	"iter"
	"strings"
)

// RIB is the routing information base, every route we know: for each prefix all
// candidates, and which of them is the best.
//
// It belongs to one goroutine; nothing in it may be called by two at once. What it
// hands out is shared and never changes, so that may be passed to others.
type RIB struct {
	// best holds of each prefix the candidates, chained from the best to the worst.
	best      map[string]*candidate
	prefixes  prefixSet // the keys of best, in order
	static    holder
	neighbors map[string]*holder // by account
	names     names
}

// Neighbor is an account that tells us routes, or is told ours.
type Neighbor struct {
	Account  string
	Relation Relation
	// LocalPreference is the operator's: of two learned routes the one with the
	// higher preference is better, whatever else they are.
	LocalPreference int
}

// NewRIB is a RIB that knows no route.
func NewRIB() *RIB {
	return &RIB{
		best:      make(map[string]*candidate),
		neighbors: make(map[string]*holder),
		names:     make(names),
	}
}

// SetStatic replaces the routes that begin with us, as Static.Routes computes them,
// and returns what that changes.
func (rib *RIB) SetStatic(routes Routes) (changes []Change) {
	add := func(c Change, changed bool) {
		if changed {
			changes = append(changes, c)
		}
	}
	held := rib.static.held
	for i := len(held) - 1; i >= 0; i-- { // backwards, as removing one moves the last
		if _, stays := routes.find(held[i].Prefix); !stays {
			add(rib.remove(&rib.static, held[i].Prefix))
		}
	}
	for _, r := range routes {
		if old := rib.best[r.Prefix].of(&rib.static); old == nil || !old.same(&r) {
			add(rib.put(&candidate{Route: r, from: &rib.static}))
		}
	}
	return changes
}

// Learn takes note that n knows the way r, in place of what it said before about
// the same prefix. Of r only Prefix, Path and Auth count; they are copied. The
// change is one of the best route; changed is false if that stays as it is.
//
// What a neighbor may say is Policy's business: Learn believes everything.
func (rib *RIB) Learn(n Neighbor, r Route) (c Change, changed bool) {
	from := rib.holder(n.Account)
	head := rib.best[r.Prefix]
	r.NextHop, r.Source, r.relation = from.account, Learned, rankOf(n.Relation)
	if old := head.of(from); old != nil && old.same(&r) && old.preference == n.LocalPreference {
		return Change{}, false
	}
	if head != nil {
		r.Prefix = head.Prefix
	} else {
		r.Prefix = strings.Clone(r.Prefix)
	}
	r.Path = from.share(r.Path, r.Prefix, rib.names)
	return rib.put(&candidate{Route: r, from: from, preference: n.LocalPreference})
}

// Withdraw takes note that a neighbor knows no way to prefix any more.
func (rib *RIB) Withdraw(account, prefix string) (c Change, changed bool) {
	from := rib.neighbors[account]
	if from == nil {
		return Change{}, false
	}
	return rib.remove(from, prefix)
}

// Drop forgets all that a neighbor has said: it is gone, has been silent for too
// long, or begins a new table.
func (rib *RIB) Drop(account string) (changes []Change) {
	from := rib.neighbors[account]
	if from == nil {
		return nil
	}
	delete(rib.neighbors, account)
	for i := len(from.held) - 1; i >= 0; i-- {
		if c, changed := rib.remove(from, from.held[i].Prefix); changed {
			changes = append(changes, c)
		}
	}
	return changes
}

// Adjust gives the routes of a neighbor another relation and local preference, as
// after a change of the configuration.
func (rib *RIB) Adjust(n Neighbor) (changes []Change) {
	from := rib.neighbors[n.Account]
	if from == nil {
		return nil
	}
	for _, old := range from.held {
		r := old.Route
		r.relation = rankOf(n.Relation)
		if old.same(&r) && old.preference == n.LocalPreference {
			continue
		}
		if c, changed := rib.put(&candidate{Route: r, from: from, preference: n.LocalPreference}); changed {
			changes = append(changes, c)
		}
	}
	return changes
}

// Best is the best route to a prefix, nil if there is none.
func (rib *RIB) Best(prefix string) *Route { return rib.best[prefix].route() }

// Len is the number of prefixes.
func (rib *RIB) Len() int { return len(rib.best) }

// Learned is the number of prefixes that a neighbor has told us.
func (rib *RIB) Learned(account string) int {
	if from := rib.neighbors[account]; from != nil {
		return len(from.held)
	}
	return 0
}

// From is what a neighbor told us about a prefix, nil if nothing.
func (rib *RIB) From(account, prefix string) *Route {
	if from := rib.neighbors[account]; from != nil {
		return rib.best[prefix].of(from).route()
	}
	return nil
}

// All is the best route to each prefix, sorted by prefix. The RIB must not change
// in between.
func (rib *RIB) All() iter.Seq[*Route] {
	return func(yield func(*Route) bool) {
		for prefix := range rib.prefixes.from("") {
			if !yield(rib.Best(prefix)) {
				return
			}
		}
	}
}

// Below is the same for the prefixes that are longer than prefix and covered by it.
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

// Routes is a copy of All, for other goroutines to look at.
func (rib *RIB) Routes() Routes {
	routes := make(Routes, 0, rib.Len())
	for r := range rib.All() {
		routes = append(routes, *r)
	}
	return routes
}

// put makes c what its holder says about its prefix.
func (rib *RIB) put(c *candidate) (Change, bool) {
	old := rib.best[c.Prefix]
	if old == nil {
		rib.prefixes.insert(c.Prefix)
	}
	head, replaced := old.without(c.from)
	c.from.hold(c, replaced)
	head = head.with(c)
	rib.best[c.Prefix] = head
	return changeBetween(old, head)
}

// remove forgets what a holder says about prefix.
func (rib *RIB) remove(from *holder, prefix string) (Change, bool) {
	old := rib.best[prefix]
	head, removed := old.without(from)
	if removed == nil {
		return Change{}, false
	}
	from.release(removed)
	if head != nil {
		rib.best[prefix] = head
	} else {
		delete(rib.best, prefix)
		rib.prefixes.remove(prefix)
	}
	return changeBetween(old, head)
}

func (rib *RIB) holder(account string) *holder {
	from := rib.neighbors[account]
	if from == nil {
		from = &holder{account: strings.Clone(account)}
		rib.neighbors[from.account] = from
	}
	return from
}
