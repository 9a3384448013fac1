package route

import "testing"

// TestDRAGONFiltersAsTheReference has the pairs of relations that the reference's
// dragon.ts tells apart, in both orders of learning.
func TestDRAGONFiltersAsTheReference(t *testing.T) {
	short, long := Route{Prefix: "g.us", Path: []string{"g.us"}}, Route{Prefix: "g.us.x.alice", Path: []string{"g.us.x.alice"}}
	for _, test := range []struct {
		short, long Relation // of who tells the shorter and the longer prefix
		filtered    bool
	}{
		{ChildRelation, ChildRelation, true},
		{ChildRelation, PeerRelation, true},
		{ChildRelation, ParentRelation, true},
		{PeerRelation, ChildRelation, false},
		{PeerRelation, PeerRelation, true},
		{PeerRelation, ParentRelation, true},
		{ParentRelation, ChildRelation, false},
		{ParentRelation, PeerRelation, false},
		{ParentRelation, ParentRelation, true},
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

		// Better than the reference: without cover, the longer one is told again.
		v.apply(v.rib.Drop("ann"))
		expectTold(t, v.log, "g.us.x.alice by ben")
	}
}

func TestDRAGONNeedsWholeSegments(t *testing.T) {
	v := newTestView()
	v.learn(Neighbor{Account: "ann", Relation: ChildRelation}, Route{Prefix: "g.us"})
	v.learn(Neighbor{Account: "ben", Relation: PeerRelation}, Route{Prefix: "g.usa"})
	expectTold(t, v.log, "g.us by ann", "g.usa by ben")
}

// TestDefaultRouteAndOurAddressCoverNothing: the first is not told, the second ends
// with us.
func TestDefaultRouteAndOurAddressCoverNothing(t *testing.T) {
	v := newTestView()
	static, _ := Static{
		Address: "g.hub", GlobalPrefix: "g", Default: "kid",
		Accounts: []Account{{ID: "kid", Relation: ChildRelation}},
	}.Routes()
	v.apply(v.rib.SetStatic(static))
	ann := Neighbor{Account: "ann", Relation: ParentRelation}
	v.learn(ann, Route{Prefix: "g.far", Path: []string{"g.far"}})
	v.learn(ann, Route{Prefix: "g.hub.odd", Path: []string{"g.odd"}})
	expectTold(t, v.log, "g.far by ann", "g.hub by ", "g.hub.odd by ann")
}

func TestConfiguredRouteCoversByItsAccountsRelation(t *testing.T) {
	v := newTestView()
	v.learn(Neighbor{Account: "kid", Relation: ChildRelation}, Route{Prefix: "g.us.kid", Path: []string{"g.us.kid"}})
	v.learn(Neighbor{Account: "ben", Relation: PeerRelation}, Route{Prefix: "g.us.ben", Path: []string{"g.us.ben"}})
	static, _ := Static{
		GlobalPrefix: "g", Accounts: []Account{{ID: "ann", Relation: PeerRelation}},
		Configured: []ConfiguredRoute{{"g.us", "ann"}},
	}.Routes()
	v.apply(v.rib.SetStatic(static))
	expectTold(t, v.log, "g.us by ann", "g.us.kid by kid")
}

// TestPrefixHiddenFromOneCoversForNobody: or the one would hear of neither.
func TestPrefixHiddenFromOneCoversForNobody(t *testing.T) {
	v := newTestView()
	v.learn(Neighbor{Account: "ann", Relation: PeerRelation}, Route{Prefix: "g.us"})
	v.learn(Neighbor{Account: "ben", Relation: PeerRelation}, Route{Prefix: "g.us.alice"})
	expectTold(t, v.log, "g.us by ann")
	policy := Policy{ExportDeny: []string{"g.us"}, ExportAllow: []string{"g.us.alice", "g"}}
	v.view.Reset(v.view.home, policy.Hides)
	expectTold(t, v.log, "g.us by ann", "g.us.alice by ben")
	v.view.Reset(v.view.home, nil)
	expectTold(t, v.log, "g.us by ann")
}

// TestCoverIsToldBeforeAndWithdrawnAfter: a neighbor that is told some words at a time
// must not lose its way in between.
func TestCoverIsToldBeforeAndWithdrawnAfter(t *testing.T) {
	v := newTestView()
	ann, ben := Neighbor{Account: "ann", Relation: ChildRelation}, Neighbor{Account: "ben", Relation: PeerRelation}
	v.learn(ben, Route{Prefix: "g.us.alice"})
	v.learn(ann, Route{Prefix: "g.us"})
	v.apply(v.rib.Drop("ann"))
	v.learn(ann, Route{Prefix: "g.us"})
	updates, _, _ := v.log.Since(v.log.Begin(), 10)
	if len(updates) != 2 || updates[0].Prefix != "g.us" || updates[1].Route != nil {
		t.Errorf("updates %v, want g.us, then g.us.alice withdrawn", updates)
	}
	v.apply(v.rib.Drop("ann"))
	updates, _, _ = v.log.Since(v.log.Begin(), 10)
	if len(updates) != 2 || updates[0].Prefix != "g.us.alice" || updates[1].Route != nil {
		t.Errorf("updates %v, want g.us.alice, then g.us withdrawn", updates)
	}
}

// testView is a view of g.hub with its RIB and log.
type testView struct {
	rib  *RIB
	log  *Log
	view *View
}

func newTestView() testView {
	v := testView{rib: NewRIB(), log: NewLog()}
	v.view = NewView(v.rib, v.log)
	v.view.Reset(Home{Address: "g.hub", GlobalPrefix: "g"}, nil)
	return v
}

func (v testView) learn(n Neighbor, r Route) {
	if c, changed := v.rib.Learn(n, r); changed {
		v.apply([]Change{c})
	}
}

func (v testView) apply(changes []Change) { v.view.Apply(changes) }
