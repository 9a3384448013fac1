package route

import (
	"testing"

	"github.com/ilp-go/connector/account"
)

// TestDRAGONFiltersAsTheReference tries the pairs of relations that the reference's
// dragon.ts distinguishes, in both orders of learning.
func TestDRAGONFiltersAsTheReference(t *testing.T) {
	short, long := Route{Prefix: "g.us", Path: []string{"g.us"}}, Route{Prefix: "g.us.x.alice", Path: []string{"g.us.x.alice"}}
	for _, test := range []struct {
		short, long account.Relation // of the neighbors that announce the shorter and the longer prefix
		filtered    bool
	}{
		{account.Child, account.Child, true},
		{account.Child, account.Peer, true},
		{account.Child, account.Parent, true},
		{account.Peer, account.Child, false},
		{account.Peer, account.Peer, true},
		{account.Peer, account.Parent, true},
		{account.Parent, account.Child, false},
		{account.Parent, account.Peer, false},
		{account.Parent, account.Parent, true},
	} {
		ann, ben := Neighbor{Account: "ann", Relation: test.short}, Neighbor{Account: "ben", Relation: test.long}
		want := []string{"g.us by ann", "g.us.x.alice by ben"}
		if test.filtered {
			want = want[:1]
		}
		v := newTestView()
		v.learn(ann, short)
		v.learn(ben, long)
		expectTold(t, v.log, want...)

		v = newTestView()
		v.learn(ben, long)
		v.learn(ann, short)
		expectTold(t, v.log, want...)

		// Better than the reference: without cover, the longer one is advertised again.
		v.apply(made(v.rib.Drop("ann")))
		expectTold(t, v.log, "g.us.x.alice by ben")
	}
}

func TestDRAGONNeedsWholeSegments(t *testing.T) {
	v := newTestView()
	v.learn(Neighbor{Account: "ann", Relation: account.Child}, Route{Prefix: "g.us"})
	v.learn(Neighbor{Account: "ben", Relation: account.Peer}, Route{Prefix: "g.usa"})
	expectTold(t, v.log, "g.us by ann", "g.usa by ben")
}

// TestDefaultRouteAndOurAddressCoverNothing, as the first is not advertised and the second
// ends with us.
func TestDefaultRouteAndOurAddressCoverNothing(t *testing.T) {
	v := newTestView()
	static, _ := Static{
		Address: "g.hub", GlobalPrefix: "g", Default: "kid",
		Accounts: []Account{{ID: "kid", Relation: account.Child}},
	}.Routes()
	v.apply(made(v.rib.SetStatic(static)))
	ann := Neighbor{Account: "ann", Relation: account.Parent}
	v.learn(ann, Route{Prefix: "g.far", Path: []string{"g.far"}})
	v.learn(ann, Route{Prefix: "g.hub.odd", Path: []string{"g.odd"}})
	expectTold(t, v.log, "g.far by ann", "g.hub by ", "g.hub.odd by ann")
}

func TestConfiguredRouteCoversByItsAccountsRelation(t *testing.T) {
	v := newTestView()
	v.learn(Neighbor{Account: "kid", Relation: account.Child}, Route{Prefix: "g.us.kid", Path: []string{"g.us.kid"}})
	v.learn(Neighbor{Account: "ben", Relation: account.Peer}, Route{Prefix: "g.us.ben", Path: []string{"g.us.ben"}})
	static, _ := Static{
		GlobalPrefix: "g", Accounts: []Account{{ID: "ann", Relation: account.Peer}},
		Configured: []ConfiguredRoute{{"g.us", "ann"}},
	}.Routes()
	v.apply(made(v.rib.SetStatic(static)))
	expectTold(t, v.log, "g.us by ann", "g.us.kid by kid")
}

// TestPrefixHiddenFromOneCoversNothing, or that neighbor would hear of neither prefix.
func TestPrefixHiddenFromOneCoversNothing(t *testing.T) {
	v := newTestView()
	v.learn(Neighbor{Account: "ann", Relation: account.Peer}, Route{Prefix: "g.us"})
	v.learn(Neighbor{Account: "ben", Relation: account.Peer}, Route{Prefix: "g.us.alice"})
	expectTold(t, v.log, "g.us by ann")
	policy := Policy{ExportDeny: []string{"g.us"}, ExportAllow: []string{"g.us.alice", "g"}}
	v.view.Reset(v.view.self, policy.Hides, noStep)
	expectTold(t, v.log, "g.us by ann", "g.us.alice by ben")
	v.view.Reset(v.view.self, nil, noStep)
	expectTold(t, v.log, "g.us by ann")
}

// TestCoverIsAdvertisedBeforeAndWithdrawnAfter the longer prefixes: a neighbor that receives
// some updates at a time must always have a route.
func TestCoverIsAdvertisedBeforeAndWithdrawnAfter(t *testing.T) {
	v := newTestView()
	ann, ben := Neighbor{Account: "ann", Relation: account.Child}, Neighbor{Account: "ben", Relation: account.Peer}
	v.learn(ben, Route{Prefix: "g.us.alice"})
	v.learn(ann, Route{Prefix: "g.us"})
	v.apply(made(v.rib.Drop("ann")))
	v.learn(ann, Route{Prefix: "g.us"})
	updates, _, _ := v.log.Since(v.log.Begin(), 10)
	if len(updates) != 2 || updates[0].Prefix != "g.us" || updates[1].Route != nil {
		t.Errorf("updates %v, want g.us, then g.us.alice withdrawn", updates)
	}
	v.apply(made(v.rib.Drop("ann")))
	updates, _, _ = v.log.Since(v.log.Begin(), 10)
	if len(updates) != 2 || updates[0].Prefix != "g.us.alice" || updates[1].Route != nil {
		t.Errorf("updates %v, want g.us.alice, then g.us withdrawn", updates)
	}
}

// testView is the view of g.hub with its RIB and log.
type testView struct {
	rib  *RIB
	log  *Log
	view *View
}

func newTestView() testView {
	v := testView{rib: NewRIB(), log: NewLog()}
	v.view = NewView(v.rib, v.log)
	v.view.Reset(Identity{Address: "g.hub", GlobalPrefix: "g"}, nil, noStep)
	return v
}

func (v testView) learn(n Neighbor, r Route) {
	if c, changed := v.rib.Learn(n, r); changed {
		v.apply([]Change{c})
	}
}

func (v testView) apply(changes []Change) { v.view.Apply(changes) }
