package route

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// The neighbors, prefixes and addresses of the random tests. The prefixes have
// siblings that differ by a character only, some of which sorts before the dot.
var (
	someAccounts = []string{"ann", "ben", "cat", "dan", "eve"}
	somePrefixes = []string{"g", "g.a", "g.a.b", "g.a.b.c", "g.a.b-c", "g.a.bc", "g.a-b", "g.ab", "g.b", "g.b.a.c", "x.a"}
	relations    = []Relation{ChildRelation, PeerRelation, ParentRelation}
)

// TestRIBAgreesWithRecomputation drives a RIB at random and holds the best routes,
// the changes and the tables against what follows from all that was said.
func TestRIBAgreesWithRecomputation(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := &ribMachine{rib: NewRIB(), learned: make(map[string]map[string]said), table: new(Table)}
		t.Repeat(map[string]func(*rapid.T){
			"":         m.check,
			"static":   m.setStatic,
			"learn":    m.learn,
			"withdraw": m.withdraw,
			"drop":     m.drop,
			"adjust":   m.adjust,
		})
	})
}

// ribMachine is a RIB beside a plain record of what it was told.
type ribMachine struct {
	rib     *RIB
	static  Routes
	learned map[string]map[string]said // by account and prefix
	table   *Table                     // brought up to date change by change
	before  map[string]Route           // best routes before the last step
	changes []Change                   // of the last step
}

// said is a route with the neighbor as it was when it said so.
type said struct {
	by    Neighbor
	route Route
}

func (m *ribMachine) setStatic(t *rapid.T) {
	m.static, _ = drawStatic(t).Routes()
	m.step(m.rib.SetStatic(m.static))
}

func (m *ribMachine) learn(t *rapid.T) {
	n, r := drawNeighbor(t), drawRoute(t)
	if m.learned[n.Account] == nil {
		m.learned[n.Account] = make(map[string]said)
	}
	m.learned[n.Account][r.Prefix] = said{n, r}
	m.stepOne(m.rib.Learn(n, r))
}

func (m *ribMachine) withdraw(t *rapid.T) {
	account, prefix := rapid.SampledFrom(someAccounts).Draw(t, "account"), rapid.SampledFrom(somePrefixes).Draw(t, "prefix")
	delete(m.learned[account], prefix)
	m.stepOne(m.rib.Withdraw(account, prefix))
}

func (m *ribMachine) drop(t *rapid.T) {
	account := rapid.SampledFrom(someAccounts).Draw(t, "account")
	delete(m.learned, account)
	m.step(m.rib.Drop(account))
}

func (m *ribMachine) adjust(t *rapid.T) {
	n := drawNeighbor(t)
	for prefix, s := range m.learned[n.Account] {
		m.learned[n.Account][prefix] = said{n, s.route}
	}
	m.step(m.rib.Adjust(n))
}

func (m *ribMachine) stepOne(c Change, changed bool) {
	if changed {
		m.step([]Change{c})
	} else {
		m.step(nil)
	}
}

func (m *ribMachine) step(changes []Change) {
	m.changes = changes
	m.table = m.table.Follow(changes, someNumber)
}

func (m *ribMachine) check(t *rapid.T) {
	best := m.best()
	m.checkChanges(t, best)
	m.before, m.changes = best, nil

	for _, prefix := range somePrefixes {
		want, ok := best[prefix]
		if got := m.rib.Best(prefix); (got != nil) != ok || ok && !got.same(&want) {
			t.Fatalf("best for %s is %v, want %v", prefix, got, want)
		}
	}
	if got, want := m.rib.Routes(), sorted(best); !slices.EqualFunc(got, want, equal) {
		t.Fatalf("routes %v\nwant   %v", got, want)
	}
	if m.rib.Len() != len(best) {
		t.Fatalf("%d prefixes, want %d", m.rib.Len(), len(best))
	}
	for _, account := range someAccounts {
		if got, want := m.rib.Learned(account), len(m.learned[account]); got != want {
			t.Fatalf("%s has told %d prefixes, want %d", account, got, want)
		}
	}
	m.checkTables(t, best)
}

// checkChanges demands one change for each prefix whose best route differs.
func (m *ribMachine) checkChanges(t *rapid.T, best map[string]Route) {
	got := make(map[string]Change)
	for _, c := range m.changes {
		if _, twice := got[c.Prefix]; twice {
			t.Fatalf("two changes of %s in %v", c.Prefix, m.changes)
		}
		got[c.Prefix] = c
	}
	for _, prefix := range somePrefixes {
		old, new := lookup(m.before, prefix), lookup(best, prefix)
		c, changed := got[prefix]
		if changed == old.same(new) {
			t.Fatalf("change of %s: %v, of %v to %v", prefix, changed, old, new)
		}
		if changed && (!c.Old.same(old) || !c.New.same(new)) {
			t.Fatalf("change of %s from %v to %v, want from %v to %v", prefix, c.Old, c.New, old, new)
		}
	}
}

func (m *ribMachine) checkTables(t *rapid.T, best map[string]Route) {
	hops := make(map[string]Hop)
	for prefix, r := range best {
		if hop, ok := Number(someNumber).hop(r.NextHop); ok {
			hops[prefix] = hop
		}
	}
	whole := m.rib.Table(someNumber)
	for n := range m.table.levels {
		var want int32
		if n < len(whole.levels) {
			want = whole.levels[n].Load()
		}
		if got := m.table.levels[n].Load(); got != want {
			t.Fatalf("%d prefixes of %d segments after changes, %d when built at once", got, n, want)
		}
	}
	for _, prefix := range somePrefixes {
		for _, address := range []string{prefix, prefix + ".z", prefix + "z"} {
			want, wantOK := scan(hops, address)
			for name, table := range map[string]*Table{"whole": whole, "changed": m.table} {
				if hop, ok := table.Next([]byte(address)); hop != want || ok != wantOK {
					t.Fatalf("%s table: %s leads to %d, %t, want %d, %t", name, address, hop, ok, want, wantOK)
				}
			}
		}
	}
}

// best is the best routes as the order of preference says it in one line.
func (m *ribMachine) best() map[string]Route {
	all := make(map[string][]said)
	for _, r := range m.static {
		all[r.Prefix] = append(all[r.Prefix], said{route: r})
	}
	for _, routes := range m.learned {
		for prefix, s := range routes {
			s.route.NextHop, s.route.Source, s.route.relation = s.by.Account, Learned, rankOf(s.by.Relation)
			all[prefix] = append(all[prefix], s)
		}
	}
	best := make(map[string]Route)
	for prefix, candidates := range all {
		best[prefix] = slices.MinFunc(candidates, func(a, b said) int {
			return cmp.Or(
				cmp.Compare(standing(b.route.Source), standing(a.route.Source)),
				cmp.Compare(b.by.LocalPreference, a.by.LocalPreference),
				cmp.Compare(slices.Index(relations, a.by.Relation), slices.Index(relations, b.by.Relation)),
				cmp.Compare(len(a.route.Path), len(b.route.Path)),
				strings.Compare(a.by.Account, b.by.Account),
			)
		}).route
	}
	return best
}

func standing(s Source) int {
	switch s {
	case Configured:
		return 2
	case Learned:
		return 0
	}
	return 1
}

// someNumber numbers all accounts but the last.
func someNumber(account string) (Hop, bool) {
	i := slices.Index(someAccounts, account)
	return Hop(i), i >= 0 && i < len(someAccounts)-1
}

func drawNeighbor(t *rapid.T) Neighbor {
	return Neighbor{
		Account:         rapid.SampledFrom(someAccounts).Draw(t, "account"),
		Relation:        rapid.SampledFrom(relations).Draw(t, "relation"),
		LocalPreference: rapid.IntRange(-1, 1).Draw(t, "preference"),
	}
}

func drawRoute(t *rapid.T) Route {
	return Route{
		Prefix: rapid.SampledFrom(somePrefixes).Draw(t, "prefix"),
		Path:   rapid.SampledFrom([][]string{nil, {"g.a"}, {"g.b"}, {"g.b", "g.a"}}).Draw(t, "path"),
		Auth:   [32]byte{rapid.ByteMax(1).Draw(t, "auth")},
	}
}

func drawStatic(t *rapid.T) Static {
	s := Static{
		Address:      rapid.SampledFrom([]string{"", "g.a", "g.b"}).Draw(t, "own address"),
		GlobalPrefix: "g",
		Default:      rapid.SampledFrom([]string{"", "ann", "ben"}).Draw(t, "default"),
	}
	for _, account := range someAccounts {
		s.Accounts = append(s.Accounts, Account{
			ID: account, Relation: rapid.SampledFrom(relations).Draw(t, "relation"),
			Segment: rapid.SampledFrom([]string{"b", "a", "b.c"}).Draw(t, "segment"),
		})
	}
	for _, prefix := range rapid.SliceOfN(rapid.SampledFrom(somePrefixes), 0, 3).Draw(t, "configured") {
		s.Configured = append(s.Configured, ConfiguredRoute{prefix, rapid.SampledFrom(someAccounts).Draw(t, "to")})
	}
	return s
}

func lookup(routes map[string]Route, prefix string) *Route {
	if r, ok := routes[prefix]; ok {
		return &r
	}
	return nil
}

func equal(a, b Route) bool { return a.Prefix == b.Prefix && a.same(&b) }

func TestLearnCopiesWhatItKeeps(t *testing.T) {
	rib := NewRIB()
	path := []string{"g.one", "g.two"}
	rib.Learn(Neighbor{Account: "ann"}, Route{Prefix: "g.two", Path: path})
	path[0] = "spoilt"
	if got := rib.Best("g.two").Path; !slices.Equal(got, []string{"g.one", "g.two"}) {
		t.Errorf("path %v", got)
	}
}

func TestRoutesAreNotChangedOnceHandedOut(t *testing.T) {
	rib := NewRIB()
	ann, ben := Neighbor{Account: "ann"}, Neighbor{Account: "ben"}
	rib.Learn(ann, Route{Prefix: "g.a", Path: []string{"g.x"}})
	old := rib.Best("g.a")
	rib.Learn(ben, Route{Prefix: "g.a"})
	rib.Learn(ann, Route{Prefix: "g.a", Path: []string{"g.y"}})
	rib.Drop("ann")
	if want := (Route{Prefix: "g.a", NextHop: "ann", Path: []string{"g.x"}, Source: Learned}); !equal(*old, want) {
		t.Errorf("%v, want %v", *old, want)
	}
}

func TestChangeReroutesOnlyIfTheNextHopDiffers(t *testing.T) {
	rib := NewRIB()
	ann := Neighbor{Account: "ann", Relation: PeerRelation}
	for i, step := range []struct {
		by       Neighbor
		path     []string
		changed  bool
		reroutes bool
	}{
		{ann, []string{"g.x"}, true, true},
		{ann, []string{"g.x"}, false, false},
		{ann, []string{"g.y"}, true, false},
		{Neighbor{Account: "ben", Relation: ParentRelation}, nil, false, false},
		{Neighbor{Account: "ben", Relation: ChildRelation}, nil, true, true},
	} {
		c, changed := rib.Learn(step.by, Route{Prefix: "g.a", Path: step.path})
		if changed != step.changed || changed && c.Reroutes() != step.reroutes {
			t.Errorf("step %d: %v, %t", i, c, changed)
		}
	}
	if c, changed := rib.Withdraw("ben", "g.a"); !changed || !c.Reroutes() || c.New.NextHop != "ann" {
		t.Errorf("withdrawal: %v, %t", c, changed)
	}
	if c, changed := rib.Withdraw("ann", "g.a"); !changed || !c.Reroutes() || c.New != nil || c.Prefix != "g.a" {
		t.Errorf("last withdrawal: %v, %t", c, changed)
	}
}

func TestPreferenceAloneIsNoNewsAndYetDecides(t *testing.T) {
	rib := NewRIB()
	ann, ben := Neighbor{Account: "ann"}, Neighbor{Account: "ben"}
	rib.Learn(ann, Route{Prefix: "g.a"})
	rib.Learn(ben, Route{Prefix: "g.a"})
	ann.LocalPreference = 1
	if c, changed := rib.Learn(ann, Route{Prefix: "g.a"}); changed {
		t.Errorf("change %v", c)
	}
	ben.LocalPreference = 2
	if c, changed := rib.Learn(ben, Route{Prefix: "g.a"}); !changed || c.New.NextHop != "ben" {
		t.Errorf("change %v, %t", c, changed)
	}
}

func TestFromIsWhatTheNeighborSaid(t *testing.T) {
	rib := NewRIB()
	rib.Learn(Neighbor{Account: "ann"}, Route{Prefix: "g.a", Path: []string{"g.x"}})
	rib.Learn(Neighbor{Account: "ben"}, Route{Prefix: "g.a", Path: []string{"g.x", "g.y"}})
	if r := rib.From("ben", "g.a"); r == nil || len(r.Path) != 2 {
		t.Errorf("from ben: %v", r)
	}
	if r := rib.From("ben", "g.b"); r != nil {
		t.Errorf("from ben about another prefix: %v", r)
	}
	if r := rib.From("cat", "g.a"); r != nil {
		t.Errorf("from cat: %v", r)
	}
}

func TestBelowIsWholeSegmentsOnly(t *testing.T) {
	rib := NewRIB()
	for _, prefix := range somePrefixes {
		rib.Learn(Neighbor{Account: "ann"}, Route{Prefix: prefix})
	}
	for prefix, want := range map[string][]string{
		"g.a":   {"g.a.b", "g.a.b-c", "g.a.b.c", "g.a.bc"},
		"g.a.b": {"g.a.b.c"},
		"g.b.a": {"g.b.a.c"},
		"g.c":   nil,
		"x":     {"x.a"},
	} {
		var got []string
		for r := range rib.Below(prefix) {
			got = append(got, r.Prefix)
		}
		if !slices.Equal(got, want) {
			t.Errorf("below %s: %v, want %v", prefix, got, want)
		}
	}
}

// TestIterationStopsWhenAsked is about what range does on break.
func TestIterationStopsWhenAsked(t *testing.T) {
	rib := NewRIB()
	for i := range 2 * chunkMax {
		rib.Learn(Neighbor{Account: "ann"}, Route{Prefix: fmt.Sprintf("g.a.%03d", i)})
	}
	n := 0
	for range rib.All() {
		if n++; n == chunkMax+1 {
			break
		}
	}
	for range rib.Below("g.a") {
		n++
		break
	}
	if n != chunkMax+2 {
		t.Errorf("%d routes", n)
	}
}

func TestNamesAreBounded(t *testing.T) {
	n := make(names)
	for i := range 3 * namesMax {
		if s := fmt.Sprint(i); n.share(s) != s {
			t.Fatalf("%s became another", s)
		}
	}
	if len(n) > namesMax {
		t.Errorf("%d names", len(n))
	}
	if keys := slices.Collect(maps.Keys(n)); len(keys) == 0 {
		t.Error("no names")
	}
}
