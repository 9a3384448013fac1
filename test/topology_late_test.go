package test

import (
	"testing"
	"time"
)

// lateness is how late routes may be because a neighbor was not ready to be asked for them. The reference asks
// again after 30 s.
const lateness = 3 * time.Second

// TestTopologyPeerNotReady connects to one of the reference that gets the first route control together with the
// answer to its login. That is too early for it, so it refuses. It is asked again soon.
func TestTopologyPeerNotReady(t *testing.T) {
	t.Parallel()
	eachCast(t, []string{"or"}, func(t *testing.T, c cast) {
		n := newTopology(t, c, "a", "b")
		n.delivery = together
		n.peer("a", "b")
		n.start()
		n.node("a").awaitConnected(t, "b")
		n.awaitAll("routes to the other", n.nodes, func(_ *station, r routeState) bool { return r.knows("test.a", "test.b") }).
			within(t, "both know each other", lateness)
	})
}

// TestTopologyPeerRefusesTwice has a neighbor that refuses the first two route controls, as one of the reference
// does that is not ready. It is asked once more, soon, and then no more.
func TestTopologyPeerRefusesTwice(t *testing.T) {
	t.Parallel()
	eachCast(t, []string{"o"}, func(t *testing.T, c cast) {
		n := newTopology(t, c, "a")
		n.node("a").listen(t, peer("late", 9))
		n.start()
		began := time.Now()
		g := startGossip(t, n.node("a"), "late", 2)
		for _, want := range []bool{false, false, true} {
			select {
			case fulfilled := <-g.controls:
				if fulfilled != want {
					t.Fatal("it does not refuse as many as it should")
				}
			case <-time.After(lateness):
				t.Fatalf("nobody asks for its routes again in %v", lateness)
			}
		}
		g.announces("", "test.late")
		n.awaitAll("a route to test.late", n.nodes, func(_ *station, r routeState) bool { return r.knows("test.late") })
		if took := time.Since(began); took > lateness {
			t.Errorf("that took %v", took)
		}
		if len(g.controls) > 0 {
			t.Error("it is asked again though it has said yes")
		}
	})
}
