package test

import (
	"maps"
	"slices"
	"testing"
)

// TestTopologyHostileNeighbor has mallory beside an honest neighbor. She tells what is wrong in every way, and
// then one thing that comes and goes. The honest one and its packets do not notice, and nothing leads to her but
// what she has a right to.
func TestTopologyHostileNeighbor(t *testing.T) {
	t.Parallel()
	const updates = 10_000
	eachCast(t, []string{"or"}, func(t *testing.T, c cast) {
		n := newTopology(t, c, "a", "b")
		n.peer("a", "b")
		n.client("a", "b")
		a := n.node("a")
		unthrottled := map[string]any{"refillPeriod": 1000, "refillCount": 1_000_000}
		a.listen(t, peer(mallory, 9).with("rateLimit", unthrottled))
		n.start()
		n.awaitRoutes()
		n.mustPay("a", "b", "100", "100")
		before := resident(t, a.Connector)
		g := startGossip(t, a, mallory, 0)

		over := make(chan error, 1)
		heard := make(map[string]int)
		go func() { over <- g.flood(updates, newBogus(a.address, "test.b").packet, heard) }()
		samples := 0
		for flooding := true; flooding; samples++ {
			select {
			case err := <-over:
				if err != nil {
					t.Fatal(err)
				}
				flooding = false
			default:
			}
			n.honestlyRouted(a)
			n.mustPay("a", "b", "100", "100")
			n.mustPay("b", "a", "100", "100")
		}
		t.Logf("%d samples; of %d updates she heard %v", samples, updates, heard)

		g.announces("", "test.calm", "test.flap")
		n.awaitAll("what mallory may tell", n.nodes, func(_ *station, r routeState) bool { return r.knows("test.calm", "test.flap") })
		for range flapsMax {
			g.withdraws("test.flap")
			g.announces("", "test.flap")
			if !a.routes(t).knows("test.b") {
				t.Fatal("the honest neighbor's route is gone while another one flaps")
			}
		}
		n.awaitAll("test.flap is kept out", n.nodes, func(_ *station, r routeState) bool { return !r.knows("test.flap") })
		g.announces("", "test.flap")
		n.mustPay("a", "b", "100", "100")
		n.mustPay("b", "a", "100", "100")
		for _, s := range n.nodes {
			if r := s.routes(t); r.knows("test.flap") || !r.knows("test.calm", "test.a", "test.b") {
				t.Errorf("in the end %s knows %v", s.name, slices.Sorted(maps.Keys(r.LocalRoutingTable)))
			}
		}
		if more := resident(t, a.Connector) - before; more > memoryMore[ours] {
			t.Errorf("it takes %d MiB more than before", more>>20)
		} else {
			t.Logf("it takes %d MiB more than before", more>>20)
		}
	})
}

// flapsMax is how often a route may come and go until it has to be kept out.
const flapsMax = 10

// honestlyRouted checks that a connector knows its honest neighbor and that nothing leads to mallory.
func (n *topology) honestlyRouted(s *station) {
	n.t.Helper()
	r := s.routes(n.t)
	if got := r.LocalRoutingTable["test.b"]; got.NextHop != "b" {
		n.t.Fatalf("the way to test.b is %+v", got)
	}
	for prefix, way := range r.LocalRoutingTable {
		if way.NextHop == mallory {
			n.t.Fatalf("%s leads to mallory, through %d connectors", prefix, way.hops())
		}
	}
}
