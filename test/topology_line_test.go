package test

import (
	"maps"
	"testing"
)

// The packets of TestTopologyLine on their way through the links of the line, whose scales are 9, 9, 6, 9 and 9;
// each connector rounds down.
//
//	client - a - b - c - d - client
var (
	amountsForth = []int64{1_234_567, 1_234_567, 1_234, 1_234_000, 1_234_000}
	amountsBack  = []int64{7_654_000, 7_654_000, 7_654, 7_654_321, 7_654_321}
)

// TestTopologyLine is a line of four peers. Every one learns the way to every other one, money goes from end to
// end and back, the last one is forgotten when it dies and known again when it is back.
func TestTopologyLine(t *testing.T) {
	t.Parallel()
	eachCast(t, []string{"rrrr", "orro", "roor", "oror", "oooo"}, func(t *testing.T, c cast) {
		n := newTopology(t, c, "a", "b", "c", "d")
		n.peer("a", "b")
		n.peerAt("b", "c", 6)
		n.peer("c", "d")
		n.client("a", "d")
		n.start()
		n.awaitRoutes()

		n.mustPay("a", "d", times(amountsForth[0], 1), times(amountsForth[4], 1))
		n.mustPay("d", "a", times(amountsBack[4], 1), times(amountsBack[0], 1))
		accounts := []string{clientID, "a", "b", "c", "d", clientID}
		for i, s := range n.nodes {
			want := map[string]string{ // of the neighbors on the left and on the right
				accounts[i]:   times(amountsForth[i]-amountsBack[i], 1),
				accounts[i+2]: times(amountsBack[i+1]-amountsForth[i+1], 1),
			}
			if got := s.Admin.balances(t); !maps.Equal(got, want) {
				t.Errorf("the balances of %s are %v, want %v", s.name, got, want)
			}
		}

		n.node("d").Kill()
		n.awaitGone("test.d")
		n.mustNotPay("a", "d")

		if !c.has(ours) {
			return // c asks d for its routes before that listens to it, and again only after 30 s
		}
		n.node("d").launch(t)
		n.node("d").awaitListening(t)
		n.node("d").awaitConnected(t, "c", clientID)
		n.awaitRoutes()
		n.mustPay("a", "d", times(amountsForth[0], 1), times(amountsForth[4], 1))
	})
}
