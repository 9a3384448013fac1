package test

import "testing"

// TestTopologyChildTells is a child that exchanges routes with its parent, as both have to want in so many words.
// Its parent hears of its customers and not of its peers, whose packets the child would have to pay for; the
// child and its peers hear of everything that the parent knows.
//
//	root ------ x
//	 |
//	left ------ y
//
// Two of the reference on the upper left do not do: the parent asks before the child knows its address, is
// refused, and asks again after half a minute.
func TestTopologyChildTells(t *testing.T) {
	t.Parallel()
	eachCast(t, []string{"orro", "roor", "oooo"}, func(t *testing.T, c cast) {
		n := newTopology(t, c, "root", "x", "left", "y")
		n.peer("root", "x")
		n.parent("root", "left")
		n.peer("left", "y")
		n.client("x", "left", "y")
		root, left := n.node("root"), n.node("left")
		root.adjust("left", func(a account) account { return a.with("sendRoutes", true).with("receiveRoutes", true) })
		left.config.env["ROUTES"] = `[{"targetPrefix":"test.customer","peerId":"client"}]`
		n.start()

		expected := map[string][]string{
			"root": {"test.x", "test.customer"},
			"x":    {"test.root", "test.customer"},
			"left": {"test.root", "test.x", "test.y"},
			"y":    {"test.root", "test.x", "test.root.left", "test.customer"},
		}
		n.awaitAll("what each may know", n.nodes, func(s *station, r routeState) bool { return r.knows(expected[s.name]...) })
		n.awaitAll("all that left tells its parent", []*station{root}, func(_ *station, r routeState) bool {
			return r.Peers["left"].Receive.Epoch == left.routes(t).CurrentEpoch
		})
		for _, name := range []string{"root", "x"} {
			if n.node(name).routes(t).knows("test.y") {
				t.Errorf("%s hears of the child's peer", name)
			}
		}
		n.mustPay("y", "x", "100", "100")
		n.mustPay("x", "left", "100", "100")
		n.mustPay("left", "y", "100", "100")
		n.mustNotPay("x", "y")
	})
}
