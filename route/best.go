package route

import (
	"cmp"
	"strings"
)

// comparisons say which of two routes to the same prefix is better. They are tried
// in this order, and the first that tells the two apart decides. No two candidates
// for a prefix are equal in all: either they are of different neighbors, or one of
// them is static, and of those there is one for each prefix.
var comparisons = [...]struct {
	name    string // as operators see it
	compare func(a, b *candidate) int
}{
	{"configured", byConfiguration},
	{"local", byOrigin},
	{"local preference", byPreference},
	{"relation", byRelation},
	{"path length", byPathLength},
	{"account id", byAccount},
}

// compare is negative if a is better than b; by names the comparison that decided.
func compare(a, b *candidate) (order int, by string) {
	for _, c := range comparisons {
		if order = c.compare(a, b); order != 0 {
			return order, c.name
		}
	}
	return 0, ""
}

// byConfiguration prefers what the operator wrote.
func byConfiguration(a, b *candidate) int {
	return first(a.Source == Configured, b.Source == Configured)
}

// byOrigin prefers routes that begin with us: our own address, a child's, and the
// default route, which stands at the global prefix.
func byOrigin(a, b *candidate) int {
	return first(a.Source != Learned, b.Source != Learned)
}

// byPreference prefers the neighbor that the operator prefers.
func byPreference(a, b *candidate) int { return cmp.Compare(b.preference, a.preference) }

// byRelation prefers a child to a peer to a parent.
func byRelation(a, b *candidate) int { return cmp.Compare(b.relation, a.relation) }

// byPathLength prefers to pass fewer connectors.
func byPathLength(a, b *candidate) int { return cmp.Compare(len(a.Path), len(b.Path)) }

// byAccount decides when nothing else does, so that the outcome does not depend on
// who spoke first.
func byAccount(a, b *candidate) int { return strings.Compare(a.NextHop, b.NextHop) }

// first is negative if only a holds, positive if only b does.
func first(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return -1
	}
	return 1
}
