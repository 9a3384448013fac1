package route

// DRAGON (route-aggregation.net) is what keeps a large network's tables small: a
// route need not be told if a shorter prefix that covers it is told, and leads us to
// a next hop at least as good.
//
//	g.us          by a child          told
//	g.us.alice    by a peer           redundant: what comes for g.us comes to us,
//	                                  and we know the way to g.us.alice
//	g.us.bob      by another child    redundant
//	g.us          by a peer           told
//	g.us.carol    by a child          told: a parent hears only this one
//
// Of the paper's two parts this is filtering, without aggregation: addresses are
// far too sparse for that. What filtering promises to a neighbor: each address that
// a told route would have covered, if nothing were filtered, is covered by a told
// route of the same or a better relation, or else by a route that the neighbor
// itself has told us. Three conditions make it so:
//
//   - A route that ends with us covers nothing, as the originator of a prefix filters
//     nothing below it.
//   - The relation of the shorter route is as good or better. So a parent, which
//     hears of children's routes alone, hears of the shorter one if of the longer.
//   - No neighbor's policy hides the shorter prefix (View.Reset).
//
// Whether a shorter route is redundant itself does not matter: whatever makes it so
// covers the longer one as well. Hence the outcome does not depend on the order in
// which routes were learned; and when the shorter route goes, the longer ones are
// told again.

// redundant reports whether DRAGON leaves out r.
func (v *View) redundant(r *Route) bool {
	best := v.covered(r.Prefix)
	return best != noRank && best >= r.relation
}

// covered is the best relation of the shorter routes that cover prefix.
func (v *View) covered(prefix string) (best rank) {
	for shorter := range covering(prefix) {
		if shorter != prefix {
			best = max(best, v.cover(v.rib.Best(shorter)))
		}
	}
	return best
}

// cover is the relation up to which r makes longer prefixes redundant, noRank if it
// makes none so. r may be nil.
func (v *View) cover(r *Route) rank {
	if r == nil || r.NextHop == "" || !v.home.announces(r) || v.hidden != nil && v.hidden(r.Prefix) {
		return noRank
	}
	return r.relation
}
