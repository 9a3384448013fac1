package test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
)

// policed starts a connector a under these policies of its accounts: those of teller and other, which tell what a
// test has them tell, and that of b, a connector that is told.
func policed(t *testing.T, c cast, policies map[string]map[string]any) (n *topology, teller, other *gossip) {
	t.Helper()
	n = newTopology(t, c, "a", "b")
	n.peer("a", "b")
	a := n.node("a")
	a.listen(t, peer("teller", 9))
	a.listen(t, peer("other", 9))
	for id, policy := range policies {
		a.adjust(id, func(acc account) account { return acc.with("routing", policy) })
	}
	n.start()
	return n, startGossip(t, a, "teller", 0), startGossip(t, a, "other", 0)
}

// settled waits until a connector knows what the last update said, whose prefix is sent last, and gives the
// prefixes that it has learned from a neighbor, sorted.
func (n *topology) settled(name, last, from string) (learned []string) {
	n.t.Helper()
	s := n.node(name)
	n.awaitAll(name+" knows "+last, []*station{s}, func(_ *station, r routeState) bool { return r.knows(last) })
	for prefix, way := range s.routes(n.t).LocalRoutingTable {
		if way.NextHop == from {
			learned = append(learned, prefix)
		}
	}
	slices.Sort(learned)
	return learned
}

// TestTopologyImport has a neighbor tell what it may not and what it may, to an account with import lists and a
// bound on the length of paths.
func TestTopologyImport(t *testing.T) {
	t.Parallel()
	eachCast(t, []string{"oo"}, func(t *testing.T, c cast) {
		n, teller, other := policed(t, c, map[string]map[string]any{
			"teller": {
				"importAllow": []string{"test.good", "test.bad.but"}, "importDeny": []string{"test.bad", "test.good.not"},
				"maxPathLength": 2,
			},
			"other": {"importDeny": []string{"test.bad"}, "localPreference": 1},
		})
		teller.announces("", "test.good", "test.good.too", "test.good.not", "test.good.not.x", "test.goods", "test.bad", "test.bad.but", "test.else")
		teller.announces("test.way", "test.good.near")
		teller.announces("test.way test.way", "test.good.far")
		other.announces("", "test.bad.but")
		other.announces("test.very test.long test.way", "test.good.too")
		teller.announces("", "test.good.last")
		want := []string{"test.bad.but", "test.good", "test.good.last", "test.good.near"}
		if got := n.settled("a", "test.good.last", "teller"); !slices.Equal(got, want) {
			t.Errorf("of teller it has %v, want %v", got, want)
		}
		if got, want := n.settled("a", "test.good.too", "other"), []string{"test.good.too"}; !slices.Equal(got, want) {
			t.Errorf("of other, which is preferred, it has %v, want %v", got, want)
		}
	})
}

// TestTopologyExport tells a neighbor what the lists of its account let through.
func TestTopologyExport(t *testing.T) {
	t.Parallel()
	eachCast(t, []string{"or", "oo"}, func(t *testing.T, c cast) {
		n, teller, _ := policed(t, c, map[string]map[string]any{
			"b": {"exportAllow": []string{"test.a", "test.open", "test.shut.but"}, "exportDeny": []string{"test.shut", "test.open.not"}},
		})
		teller.announces("", "test.open.too", "test.open.not", "test.open.not.x", "test.shut.x", "test.shut.but", "test.else")
		teller.announces("", "test.open.last")
		want := []string{"test.a", "test.open.last", "test.open.too", "test.shut.but"}
		if got := n.settled("b", "test.open.last", "a"); !slices.Equal(got, want) {
			t.Errorf("b is told %v, want %v", got, want)
		}
		teller.withdraws("test.open.too", "test.shut.x")
		n.awaitAll("a withdrawal is told", n.nodes, func(_ *station, r routeState) bool { return !r.knows("test.open.too") })
	})
}

// TestTopologyTooManyPrefixes has a neighbor tell as many prefixes as it may, then one more. That costs it all of
// them, and the operator is told; others keep theirs.
func TestTopologyTooManyPrefixes(t *testing.T) {
	t.Parallel()
	const most = 20
	eachCast(t, []string{"oo"}, func(t *testing.T, c cast) {
		n, teller, other := policed(t, c, map[string]map[string]any{"teller": {"maxPrefixes": most}})
		var prefixes []string
		for i := range most {
			prefixes = append(prefixes, fmt.Sprintf("test.many.x%02d", i))
		}
		other.announces("", "test.other")
		teller.announces("", prefixes...)
		if got := n.settled("b", prefixes[most-1], "a"); len(got) != most+2 {
			t.Errorf("b is told %v: not all that teller may tell, test.a and test.other", got)
		}

		teller.announces("", "test.one.more")
		n.awaitAll("teller is suspended", n.nodes, func(_ *station, r routeState) bool {
			return !slices.ContainsFunc(slices.Collect(maps.Keys(r.LocalRoutingTable)), func(prefix string) bool {
				return strings.HasPrefix(prefix, "test.many") || prefix == "test.one.more"
			}) && r.knows("test.a", "test.b", "test.other")
		})
		var body struct {
			Alerts []struct{ AccountID, Message string }
		}
		n.node("a").Admin.get(t, "/alerts", &body)
		if !slices.ContainsFunc(body.Alerts, func(alert struct{ AccountID, Message string }) bool {
			return alert.AccountID == "teller" && strings.Contains(alert.Message, "suspended")
		}) {
			t.Errorf("the alerts are %+v, none of them about the suspension", body.Alerts)
		}
	})
}
