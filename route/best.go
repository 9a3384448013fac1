package route

import (
	"cmp"
	"strings"
)

// comparisons decide which of two routes to the same prefix is better. They are tried
// in this order, and the first in which the two differ decides. Two candidates for a
// prefix always differ in one: they come from different neighbors, or one of them is
// static, and there is one static route to each prefix.
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

// compare returns a negative order if a is better than b, and the name of the comparison
// that decided.
func compare(a, b *candidate) (order int, by string) {
	for _, c := range comparisons {
		if order = c.compare(a, b); order != 0 {
			return order, c.name
		}
	}
	return 0, ""
}

// byConfiguration prefers the route that the operator configured.
func byConfiguration(a, b *candidate) int {
	return first(a.Source == Configured, b.Source == Configured)
}

// byOrigin prefers routes that begin with us: to our own address, to a child's, and the
// default route.
func byOrigin(a, b *candidate) int {
	return first(a.Source != Learned, b.Source != Learned)
}

// byPreference prefers the neighbor with the higher local preference.
func byPreference(a, b *candidate) int { return cmp.Compare(b.preference, a.preference) }

// byRelation prefers a child to a peer to a parent.
func byRelation(a, b *candidate) int { return cmp.Compare(b.relation, a.relation) }

// byPathLength prefers the path through fewer connectors.
func byPathLength(a, b *candidate) int { return cmp.Compare(len(a.Path), len(b.Path)) }

// byAccount decides when nothing else does, so that the outcome does not depend on
// which neighbor announced its route first.
func byAccount(a, b *candidate) int { return strings.Compare(a.NextHop, b.NextHop) }

// first returns -1 if only a is true, 1 if only b is, and else 0.
func first(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return -1
	}
	return 1
}
