package route

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/ilp-go/connector/account"
)

// The neighbors, prefixes and addresses of the random tests. The prefixes have
// siblings that differ by a character only, some of which sorts before the dot.
var (
	someAccounts = []string{"ann", "ben", "cat", "dan", "eve"}
	somePrefixes = []string{"g", "g.a", "g.a.b", "g.a.b.c", "g.a.b-c", "g.a.bc", "g.a-b", "g.ab", "g.b", "g.b.a.c", "x.a"}
	relations    = []account.Relation{account.Child, account.Peer, account.Parent}
)

// TestRIBAgreesWithRecomputation does random operations on a RIB, and compares its best
// routes, changes and tables with those computed from a plain record.
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

// ribMachine is a RIB beside a plain record of its routes.
type ribMachine struct {
	rib     *RIB
	static  Routes
	learned map[string]map[string]said // by account and prefix
	table   *Table                     // brought up to date change by change
	before  map[string]Route           // best routes before the last step
	changes []Change                   // of the last step
}

// said is a route, and the neighbor as it was when it announced the route.
type said struct {
	by    Neighbor
	route Route
}

func (m *ribMachine) setStatic(t *rapid.T) {
	m.static, _ = drawStatic(t).Routes()
	m.step(made(m.rib.SetStatic(m.static)))
}

func (m *ribMachine) learn(t *rapid.T) { m.learnFrom(t, drawNeighbor(t)) }

func (m *ribMachine) learnFrom(t *rapid.T, n Neighbor) {
	r := drawRoute(t)
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
	m.step(made(m.rib.Drop(account)))
}

func (m *ribMachine) adjust(t *rapid.T) {
	n := drawNeighbor(t)
	for prefix, s := range m.learned[n.Account] {
		m.learned[n.Account][prefix] = said{n, s.route}
	}
	m.step(made(m.rib.Adjust(n)))
}

// TestRIBMayChangeDuringLongWork learns and withdraws routes between two steps of long
// work, and drops the neighbor that the work is about.
func TestRIBMayChangeDuringLongWork(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := &ribMachine{rib: NewRIB(), learned: make(map[string]map[string]said), table: new(Table)}
		for range 20 {
			m.learn(t)
		}
		static, _ := drawStatic(t).Routes()
		n := drawNeighbor(t)
		var work Changes
		switch rapid.IntRange(0, 2).Draw(t, "work") {
		case 0:
			work, m.static = m.rib.SetStatic(static), static
		case 1:
			work = m.rib.Drop(n.Account)
			delete(m.learned, n.Account)
		case 2:
			work = m.rib.Adjust(n)
			for prefix, s := range m.learned[n.Account] {
				m.learned[n.Account][prefix] = said{n, s.route}
			}
		}
		for c, changed := range work {
			m.stepOne(c, changed)
			switch rapid.IntRange(0, 5).Draw(t, "meanwhile") {
			case 0:
				other := drawNeighbor(t)
				if other.Account == n.Account {
					other = n // as it is after Adjust
				}
				m.learnFrom(t, other)
			case 1:
				m.withdraw(t)
			case 2:
				m.drop(t)
			}
		}
		m.changes = nil
		best := m.best()
		m.before = best
		m.check(t)
	})
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
		if got := m.rib.Best(prefix); (got != nil) != ok || ok && !got.equal(&want) {
			t.Fatalf("best for %s is %v, want %v", prefix, got, want)
		}
	}
	if got, want := routesOf(m.rib), sorted(best); !slices.EqualFunc(got, want, equal) {
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

// checkChanges requires one change for each prefix with another best route.
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
		if changed == old.equal(new) {
			t.Fatalf("change of %s: %v, of %v to %v", prefix, changed, old, new)
		}
		if changed && (!c.Old.equal(old) || !c.New.equal(new)) {
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
	whole := tableOf(m.rib, someNumber)
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

// best computes the best routes by the order of preference, in one expression.
func (m *ribMachine) best() map[string]Route {
	all := make(map[string][]said)
	for _, r := range m.static {
		all[r.Prefix] = append(all[r.Prefix], said{route: r})
	}
	for _, routes := range m.learned {
		for prefix, s := range routes {
			s.route.NextHop, s.route.Source, s.route.relation = s.by.Account, Learned, s.by.Relation
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

// someNumber numbers all accounts but the last one.
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

// made does long work on a RIB and returns the changes that it makes.
func made(all Changes) (changes []Change) {
	for c, changed := range all {
		if changed {
			changes = append(changes, c)
		}
	}
	return changes
}

// tableOf builds the Table of a RIB.
func tableOf(rib *RIB, number Number) *Table {
	t := RoomFor(rib.Len())
	for r := range rib.All() {
		t = t.Set(r, number)
	}
	return t
}

// routesOf copies the best routes of a RIB.
func routesOf(rib *RIB) (routes Routes) {
	for r := range rib.All() {
		routes = append(routes, *r)
	}
	return routes
}

func noStep() {}

func equal(a, b Route) bool { return a.Prefix == b.Prefix && a.equal(&b) }

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
	made(rib.Drop("ann"))
	if want := (Route{Prefix: "g.a", NextHop: "ann", Path: []string{"g.x"}, Source: Learned}); !equal(*old, want) {
		t.Errorf("%v, want %v", *old, want)
	}
}

func TestChangeReroutesOnlyIfTheNextHopDiffers(t *testing.T) {
	rib := NewRIB()
	ann := Neighbor{Account: "ann", Relation: account.Peer}
	for i, step := range []struct {
		by       Neighbor
		path     []string
		changed  bool
		reroutes bool
	}{
		{ann, []string{"g.x"}, true, true},
		{ann, []string{"g.x"}, false, false},
		{ann, []string{"g.y"}, true, false},
		{Neighbor{Account: "ben", Relation: account.Parent}, nil, false, false},
		{Neighbor{Account: "ben", Relation: account.Child}, nil, true, true},
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

func TestFromReturnsTheRouteOfTheNeighbor(t *testing.T) {
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

// TestIterationStopsWhenAsked by a break.
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

func TestInternedStringsAreBounded(t *testing.T) {
	n := make(interner)
	for i := range 3 * internedMax {
		if s := fmt.Sprint(i); n.intern(s) != s {
			t.Fatalf("%s became another", s)
		}
	}
	if len(n) > internedMax {
		t.Errorf("%d strings", len(n))
	}
	if keys := slices.Collect(maps.Keys(n)); len(keys) == 0 {
		t.Error("no strings")
	}
}
