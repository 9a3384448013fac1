package test

import "testing"

// TestTopologyTree is a root, two children below it and a child below each of those. Only the root is given an
// address: the others ask for theirs, one after another. Nobody exchanges routes; what a connector does not
// know goes up.
//
//	         root
//	left  --/    \--  right
//	  |                 |
//	  x                 y
func TestTopologyTree(t *testing.T) {
	t.Parallel()
	eachCast(t, []string{"rrrrr", "orrrr", "roooo", "rorro", "ororr"}, func(t *testing.T, c cast) {
		n := newTopology(t, c, "root", "left", "right", "x", "y")
		n.parent("root", "left")
		n.parent("root", "right")
		n.parent("left", "x")
		n.parent("right", "y")
		n.client("x", "y", "root")
		n.start()
		for _, s := range n.nodes {
			poll(t, s.name+" calls itself "+s.address, s.exited, func() bool {
				return s.routes(t).knows(s.address)
			})
		}

		n.mustPay("x", "y", "100", "100")
		n.mustPay("y", "x", "200", "200")
		n.mustPay("root", "x", "300", "300")
		n.mustPay("y", "root", "400", "400")
		if address, _, _ := n.node("y").client.ildcp(t); address != "test.root.right.y.client" {
			t.Errorf("the client of y is told to be %s", address)
		}
		for _, s := range n.nodes[1:] {
			if r := s.routes(t); r.knows("test.root.left", "test.root.right") {
				t.Errorf("%s knows both branches: %v", s.name, r.LocalRoutingTable)
			}
		}
	})
}
