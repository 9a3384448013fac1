package test

import (
	"fmt"
	"testing"
)

// TestTopologyRing kills one connector of a ring of five. Its prefix is forgotten by the others and they keep
// finding each other, the long way round if need be. Nobody believes for long in a way that another one knew only
// from itself: no path visits more connectors than there are, and the news ends after a few epochs.
func TestTopologyRing(t *testing.T) {
	t.Parallel()
	const size = 5
	// Each of the others tells at most one change of each prefix for every connector that the news may come by.
	const epochsMax = size * size
	eachCast(t, []string{"rrrrr", "ooooo", "oroor"}, func(t *testing.T, c cast) {
		n := newTopology(t, c, "a", "b", "c", "d", "e")
		n.ring()
		n.client("a", "c")
		n.start()
		n.awaitRoutes()
		n.awaitSync()
		before := make(map[string]int)
		for _, s := range n.nodes {
			before[s.name] = s.routes(t).CurrentEpoch
		}

		n.node("b").Kill()
		longest := 0
		rest := n.running()
		n.awaitAll("no route to test.b, and to all others", rest, func(_ *station, r routeState) bool {
			for prefix, way := range r.LocalRoutingTable {
				if longest = max(longest, way.hops()); way.hops() > size {
					t.Fatalf("a way to %s through more connectors than there are: %s", prefix, way.Path)
				}
			}
			return !r.knows("test.b") && r.knows("test.a", "test.c", "test.d", "test.e")
		}).within(t, "the rest of the ring finds each other", convergence)
		epochs := make(map[string]int)
		for _, s := range rest {
			epochs[s.name] = s.routes(t).CurrentEpoch - before[s.name]
			if epochs[s.name] > epochsMax {
				t.Errorf("%s told %d changes because of one connector", s.name, epochs[s.name])
			}
		}
		t.Logf("the longest path has %d hops; epochs used: %s", longest, fmt.Sprint(epochs))
		n.mustPay("a", "c", "100", "100")
		n.mustPay("c", "a", "100", "100")
	})
}
