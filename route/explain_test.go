package route

import (
	"reflect"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/ilp-go/connector/account"
)

// explained is a RIB with a reason of each kind.
func explained() *RIB {
	rib := NewRIB()
	static, _ := Static{
		Address: "g.hub", GlobalPrefix: "g", Default: "up",
		Accounts:   []Account{{ID: "up", Relation: account.Parent}, {ID: "kid", Relation: account.Child}, {ID: "ann", Relation: account.Peer}},
		Configured: []ConfiguredRoute{{"g.us.shop", "ann"}},
	}.Routes()
	made(rib.SetStatic(static))
	ann, ben := Neighbor{Account: "ann", Relation: account.Peer}, Neighbor{Account: "ben", Relation: account.Peer}
	up, vip := Neighbor{Account: "up", Relation: account.Parent}, Neighbor{Account: "vip", Relation: account.Parent, LocalPreference: 5}
	for _, n := range []Neighbor{up, ben, vip, ann} {
		rib.Learn(n, Route{Prefix: "g.us.shop", Path: []string{"g." + n.Account}})
		rib.Learn(n, Route{Prefix: "g.us", Path: []string{"g." + n.Account}})
	}
	rib.Withdraw("vip", "g.us")
	rib.Learn(Neighbor{Account: "far", Relation: account.Peer}, Route{Prefix: "g.us.shop", Path: []string{"g.far", "g.us"}})
	return rib
}

func TestExplainNamesWhatEachCandidateLostBy(t *testing.T) {
	type lost struct{ prefix, nextHop, by string }
	for address, want := range map[string]struct{ candidates, shorter []lost }{
		"g.us.shop.till": {
			candidates: []lost{
				{"g.us.shop", "ann", ""}, {"g.us.shop", "vip", "configured"}, {"g.us.shop", "ann", "configured"},
				{"g.us.shop", "ben", "configured"}, {"g.us.shop", "far", "configured"}, {"g.us.shop", "up", "configured"},
			},
			shorter: []lost{{"g.us", "ann", "prefix length"}, {"g", "up", "prefix length"}},
		},
		"g.us.shops": {
			candidates: []lost{{"g.us", "ann", ""}, {"g.us", "ben", "account id"}, {"g.us", "up", "relation"}},
			shorter:    []lost{{"g", "up", "prefix length"}},
		},
		"g.hub.nobody": {
			candidates: []lost{{"g.hub", "", ""}},
			shorter:    []lost{{"g", "up", "prefix length"}},
		},
		"g":      {candidates: []lost{{"g", "up", ""}}},
		"test.a": {},
		"":       {},
	} {
		e := explained().Explain(address)
		reduce := func(candidates []Candidate) (all []lost) {
			for _, c := range candidates {
				all = append(all, lost{c.Prefix, c.NextHop, c.LostBy})
			}
			return all
		}
		if got := reduce(e.Candidates); !slices.Equal(got, want.candidates) {
			t.Errorf("%s: candidates %v\nwant %v", address, got, want.candidates)
		}
		if got := reduce(e.Shorter); !slices.Equal(got, want.shorter) {
			t.Errorf("%s: shorter %v\nwant %v", address, got, want.shorter)
		}
	}
}

func TestExplanationShowsTheRoute(t *testing.T) {
	rib := explained()
	made(rib.Drop("ann"))
	made(rib.Drop("far"))
	want := Explanation{
		Candidates: []Candidate{
			{Prefix: "g.us", Entry: Entry{NextHop: "ben", Path: "g.ben"}, Source: Learned, Relation: account.Peer},
			{Prefix: "g.us", Entry: Entry{NextHop: "up", Path: "g.up"}, Source: Learned, Relation: account.Parent, LostBy: "relation"},
		},
		Shorter: []Candidate{
			{Prefix: "g", Entry: Entry{NextHop: "up"}, Source: Default, Relation: account.Parent, LostBy: "prefix length"},
		},
	}
	if got := rib.Explain("g.us.x"); !reflect.DeepEqual(got, want) {
		t.Errorf("%+v\nwant %+v", got, want)
	}
	if got := rib.Explain("x"); !reflect.DeepEqual(got, Explanation{}) {
		t.Errorf("%+v", got)
	}
}

func TestExplainAgreesWithTable(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rib := NewRIB()
		static, _ := drawStatic(t).Routes()
		made(rib.SetStatic(static))
		for range rapid.IntRange(0, 20).Draw(t, "routes") {
			rib.Learn(drawNeighbor(t), drawRoute(t))
		}
		number := func(account string) (Hop, bool) { return Hop(slices.Index(someAccounts, account)), true }
		table := tableOf(rib, number)
		for _, prefix := range somePrefixes {
			address := prefix + ".z"
			hop, ok := table.Next([]byte(address))
			e := rib.Explain(address)
			if ok != (len(e.Candidates) > 0) {
				t.Fatalf("%s: table %t, %d candidates", address, ok, len(e.Candidates))
			}
			if !ok {
				continue
			}
			if chosen, _ := Number(number).hop(e.Candidates[0].NextHop); chosen != hop {
				t.Fatalf("%s: table %d, explained as %d", address, hop, chosen)
			}
			for i, c := range e.Candidates {
				if (c.LostBy == "") != (i == 0) {
					t.Fatalf("%s: candidate %d lost by %q", address, i, c.LostBy)
				}
			}
		}
	})
}
