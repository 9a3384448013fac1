package test

import (
	"testing"
	"time"
)

// TestTopologySquare kills one of the two connectors between opposite corners of a square, the one that packets
// go by. They go on by the other one. Packets are lost no longer than news may take; one that was on its way into
// the dead one when it died is lost for as long as it lives, since the answer might still come.
func TestTopologySquare(t *testing.T) {
	t.Parallel()
	const settled = 20 // packets in a row that show that the new way is there to stay
	eachCast(t, []string{"rrrr", "oror", "roro", "oooo"}, func(t *testing.T, c cast) {
		n := newTopology(t, c, "a", "b", "c", "d")
		n.ring()
		n.client("a", "c")
		n.start()
		n.awaitRoutes()
		n.awaitSync()
		n.mustPay("a", "c", "100", "100")
		n.mustPay("c", "a", "100", "100")
		middle := n.node("a").routes(t).LocalRoutingTable["test.c"].NextHop

		n.node(middle).Kill()
		killed := time.Now()
		lost := make(map[string]int) // by code
		for row := 0; row < settled; {
			late := time.Since(killed) > convergence+slack
			heard, _ := n.pay("a", "c", "100")
			if heard.Type == "fulfill" {
				row++
				continue
			}
			lost[heard.Type+" "+heard.Code]++
			if row = 0; late {
				t.Fatalf("packets to the opposite corner still fail after %v: %v, at last %s", convergence, lost, inLine(t, heard))
			}
		}
		t.Logf("without %s it goes on after %v; lost were %v", middle, time.Since(killed), lost)
		n.mustPay("c", "a", "100", "100")
		n.awaitGone("test." + middle)
		n.awaitRoutes()
	})
}
