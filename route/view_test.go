package route

import (
	"crypto/sha256"
	"maps"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/ilp-go/connector/account"
)

// TestViewAgreesWithDefinition does random operations on a RIB and compares the advertised
// routes with the definition: DRAGON as the reference computes it, over advertised
// routes, the shortest prefixes first. Reset comes at any time, and the RIB changes during it.
func TestViewAgreesWithDefinition(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := newViewMachine(t)
		t.Repeat(map[string]func(*rapid.T){
			"":         m.check,
			"static":   func(t *rapid.T) { static, _ := drawStatic(t).Routes(); m.apply(made(m.rib.SetStatic(static))) },
			"learn":    func(t *rapid.T) { m.applyOne(m.rib.Learn(drawNeighbor(t), drawRoute(t))) },
			"adjust":   func(t *rapid.T) { m.apply(made(m.rib.Adjust(drawNeighbor(t)))) },
			"withdraw": m.withdraw,
			"drop":     func(t *rapid.T) { m.apply(made(m.rib.Drop(rapid.SampledFrom(someAccounts).Draw(t, "account")))) },
			"flush":    func(*rapid.T) { m.flush() },
			"reset":    m.reset,
		})
	})
}

// viewMachine applies changes some at a time, as a speaker may.
type viewMachine struct {
	rib      *RIB
	log      *Log
	view     *View
	self     Identity
	policies map[string]Policy // by account
	pending  []Change
}

func newViewMachine(t *rapid.T) *viewMachine {
	m := &viewMachine{rib: NewRIB(), log: NewLog()}
	m.view = NewView(m.rib, m.log)
	m.reset(t)
	return m
}

func (m *viewMachine) reset(t *rapid.T) {
	m.self = Identity{Address: rapid.SampledFrom([]string{"", "g.a", "g.b"}).Draw(t, "own address"), GlobalPrefix: "g"}
	m.policies = make(map[string]Policy)
	for _, account := range someAccounts {
		deny := rapid.SliceOfN(rapid.SampledFrom(somePrefixes), 0, 1).Draw(t, "deny")
		m.policies[account] = Policy{ExportDeny: deny}
	}
	m.view.Reset(m.self, m.hidden, func() {
		switch rapid.IntRange(0, 5).Draw(t, "meanwhile") {
		case 0:
			m.applyOne(m.rib.Learn(drawNeighbor(t), drawRoute(t)))
		case 1:
			m.withdraw(t)
		}
	})
}

func (m *viewMachine) hidden(prefix string) bool {
	for _, p := range m.policies {
		if p.Hides(prefix) {
			return true
		}
	}
	return false
}

func (m *viewMachine) withdraw(t *rapid.T) {
	account, prefix := rapid.SampledFrom(someAccounts).Draw(t, "account"), rapid.SampledFrom(somePrefixes).Draw(t, "prefix")
	m.applyOne(m.rib.Withdraw(account, prefix))
}

func (m *viewMachine) applyOne(c Change, changed bool) {
	if changed {
		m.apply([]Change{c})
	}
}

func (m *viewMachine) apply(changes []Change) { m.pending = append(m.pending, changes...) }

func (m *viewMachine) flush() {
	m.view.Apply(m.pending)
	m.pending = nil
}

func (m *viewMachine) check(t *rapid.T) {
	if len(m.pending) > 0 {
		return
	}
	want := m.told()
	got := make(map[string]*Route)
	for u := range m.log.All() {
		if u.Route != nil {
			got[u.Prefix] = u.Route
		}
	}
	if !maps.EqualFunc(got, want, (*Route).equal) {
		t.Fatalf("told %v\nwant %v", got, want)
	}
	m.checkReach(t, got)
}

// told returns the routes to advertise, by definition.
func (m *viewMachine) told() map[string]*Route {
	told := make(map[string]*Route)
	all := slices.SortedFunc(m.rib.All(), func(a, b *Route) int { return len(a.Prefix) - len(b.Prefix) })
	for _, r := range all {
		if !m.eligible(r) {
			continue
		}
		filtered := false
		for prefix, cover := range told {
			filtered = filtered || strings.HasPrefix(r.Prefix, prefix+".") && cover.NextHop != "" &&
				!m.hidden(prefix) && cover.relation >= r.relation
		}
		if !filtered {
			told[r.Prefix] = r
		}
	}
	return told
}

func (m *viewMachine) eligible(r *Route) bool {
	ours := strings.HasPrefix(r.Prefix, m.self.Address+".") && len(r.Path) == 0
	return m.self.Address != "" && strings.HasPrefix(r.Prefix, "g.") && !ours
}

// checkReach checks the promise of dragon.go.
func (m *viewMachine) checkReach(t *rapid.T, told map[string]*Route) {
	for account, policy := range m.policies {
		for _, relation := range relations {
			to := Neighbor{Account: account, Relation: relation}
			for r := range m.rib.All() {
				if m.eligible(r) && policy.Export(r, to) && !m.reaches(r, to, told) {
					t.Fatalf("%s, a %s, cannot reach %s", account, relation, r.Prefix)
				}
			}
		}
	}
}

// reaches reports whether a route that to receives covers r at least as well as r itself.
func (m *viewMachine) reaches(r *Route, to Neighbor, told map[string]*Route) bool {
	for prefix := range covering(r.Prefix) {
		cover, ok := told[prefix]
		if ok && cover.relation >= r.relation && (m.policies[to.Account].Export(cover, to) || cover.NextHop == to.Account) {
			return true
		}
	}
	return false
}

// TestWhatIsAnnounced tries one rule at a time.
func TestWhatIsAnnounced(t *testing.T) {
	rib, log := NewRIB(), NewLog()
	view := NewView(rib, log)
	static, _ := Static{
		Address: "test.hub", GlobalPrefix: "test", Default: "up",
		Accounts:   []Account{{ID: "kid", Relation: account.Child}, {ID: "up", Relation: account.Parent}, {ID: "ann", Relation: account.Peer}},
		Configured: []ConfiguredRoute{{"test.far", "ann"}, {"test.hub.x", "ann"}, {"test1.x", "ann"}, {"g.x", "ann"}},
	}.Routes()
	changes := made(rib.SetStatic(static))
	view.Apply(changes)
	if log.Epoch() != 0 {
		t.Error("something was told while our address was unknown")
	}
	view.Reset(Identity{Address: "test.hub", GlobalPrefix: "test"}, nil, noStep)
	expectTold(t, log, "test.far by ann", "test.hub by ")

	view.Reset(Identity{Address: "test.hub.x", GlobalPrefix: "test"}, nil, noStep)
	expectTold(t, log, "test.far by ann", "test.hub by ", "test.hub.kid by kid", "test.hub.x by ann")
	if last := log.Epoch(); last != 6 {
		t.Errorf("%d epochs, want 2 and 4: every path begins with another address", last)
	}
	view.Reset(Identity{Address: "test.hub.x", GlobalPrefix: "test"}, nil, noStep)
	view.Apply(changes)
	if log.Epoch() != 6 {
		t.Error("the same was told again")
	}
	view.Reset(Identity{GlobalPrefix: "test"}, nil, noStep)
	expectTold(t, log)
}

func TestAnnouncementLeadsThroughUs(t *testing.T) {
	rib := NewRIB()
	view := NewView(rib, NewLog())
	view.Reset(Identity{Address: "g.hub", GlobalPrefix: "g"}, nil, noStep)
	rib.Learn(Neighbor{Account: "ann"}, Route{Prefix: "g.far", Path: []string{"g.ann", "g.far"}, Auth: [32]byte{1, 2, 3}})
	r := rib.Best("g.far")
	a := view.Announcement(r)
	if a.Prefix != "g.far" || !slices.Equal(a.Path, []string{"g.hub", "g.ann", "g.far"}) || a.Auth != sha256.Sum256(r.Auth[:]) || a.NextHop != "" {
		t.Errorf("announcement %v", a)
	}
	if len(r.Path) != 2 {
		t.Errorf("the route itself became %v", r)
	}
}

// TestPathChangeIsAdvertised even if the next hop stays the same.
func TestPathChangeIsAdvertised(t *testing.T) {
	rib, log := NewRIB(), NewLog()
	view := NewView(rib, log)
	view.Reset(Identity{Address: "g.hub", GlobalPrefix: "g"}, nil, noStep)
	for _, r := range []Route{
		{Prefix: "g.far", Path: []string{"g.x"}},
		{Prefix: "g.far", Path: []string{"g.y"}},
		{Prefix: "g.far", Path: []string{"g.y"}},
		{Prefix: "g.far", Path: []string{"g.y"}, Auth: [32]byte{1}},
	} {
		if c, changed := rib.Learn(Neighbor{Account: "ann"}, r); changed {
			view.Apply([]Change{c})
		}
	}
	if log.Epoch() != 3 {
		t.Errorf("%d epochs, want 3", log.Epoch())
	}
}

func expectTold(t *testing.T, log *Log, want ...string) {
	t.Helper()
	var got []string
	for u := range log.All() {
		if u.Route != nil {
			got = append(got, u.Prefix+" by "+u.Route.NextHop)
		}
	}
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Errorf("told %q\nwant %q", got, want)
	}
}
