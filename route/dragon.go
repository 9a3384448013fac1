package route

import "github.com/ilp-go/connector/account"

// DRAGON (route-aggregation.net) keeps the tables of large networks small: we need not
// advertise a route if we advertise a shorter prefix that covers it, with a next hop of the
// same relation or a better one.
//
//	g.us          by a child          advertised
//	g.us.alice    by a peer           redundant: packets for it come to us by g.us,
//	                                  and we have the route to g.us.alice
//	g.us.bob      by another child    redundant
//	g.us          by a peer           advertised
//	g.us.carol    by a child          advertised: a parent hears only of this one
//
// Of the paper's two parts this is filtering, without aggregation: addresses are
// far too sparse for that. Filtering promises each neighbor this: an address that an
// unfiltered route would have covered is covered by an advertised route of the same or a
// better relation, or else by a route that the neighbor itself announced to us. Three
// conditions make it so:
//
//   - A route that ends with us covers nothing, as the originator of a prefix filters
//     nothing below it.
//   - The relation of the shorter route is as good or better. So a parent, which
//     hears only of children's routes, hears of the shorter one if of the longer.
//   - No neighbor's policy hides the shorter prefix (View.Reset).
//
// The shorter route may be redundant itself: the one that covers it covers the longer one
// as well. Hence the outcome does not depend on the order in which routes are learned, and
// when the shorter route goes, we advertise the longer ones again.

// redundant reports whether DRAGON leaves out r.
func (v *View) redundant(r *Route) bool {
	best := v.covered(r.Prefix)
	return best != 0 && best >= r.relation
}

// covered returns the best relation of the shorter routes that cover prefix, 0 for none.
func (v *View) covered(prefix string) (best account.Relation) {
	for shorter := range covering(prefix) {
		if shorter != prefix {
			best = max(best, v.cover(v.rib.Best(shorter)))
		}
	}
	return best
}

// cover returns the relation up to which r makes longer prefixes redundant, 0 if it
// makes none redundant. r may be nil.
func (v *View) cover(r *Route) account.Relation {
	if r == nil || r.NextHop == "" || !v.self.exports(r) || v.hidden != nil && v.hidden(r.Prefix) {
		return 0
	}
	return r.relation
}
