package route

import (
	"encoding/json"
	"maps"
	"testing"

	"pgregory.net/rapid"
)

func TestLookupAgreesWithTable(t *testing.T) {
	addresses := rapid.StringOfN(rapid.SampledFrom([]rune("ab.")), 0, 8, -1)
	rapid.Check(t, func(t *rapid.T) {
		best := make(map[string]Route)
		for _, prefix := range rapid.SliceOfN(addresses, 0, 12).Draw(t, "prefixes") {
			// Each prefix has an account of the same name, the empty one is ours.
			best[prefix] = Route{Prefix: prefix, NextHop: prefix}
		}
		routes := sorted(best)
		numbers, names := make(map[string]Hop), map[Hop]string{Self: ""}
		for i, r := range routes {
			numbers[r.NextHop], names[Hop(i)] = Hop(i), r.NextHop
		}
		table := NewTable(routes.Hops(func(account string) (Hop, bool) {
			hop, ok := numbers[account]
			return hop, ok
		}))
		destination := addresses.Draw(t, "destination")

		hop, wantOK := table.Next([]byte(destination))
		r, ok := routes.Lookup(destination)
		if ok != wantOK || ok && r.NextHop != names[hop] {
			t.Fatalf("Lookup(%q) = %q, %t, want %q, %t", destination, r.NextHop, ok, names[hop], wantOK)
		}
	})
}

func TestHopsNumbersAccountsAndLeavesOutUnknownOnes(t *testing.T) {
	routes := Routes{{Prefix: "a"}, {Prefix: "b", NextHop: "bob"}, {Prefix: "c", NextHop: "carol"}}
	got := maps.Collect(routes.Hops(func(account string) (Hop, bool) { return 7, account == "bob" }))
	if want := map[string]Hop{"a": Self, "b": 7}; !maps.Equal(got, want) {
		t.Errorf("hops %v, want %v", got, want)
	}
}

func TestHopsStopsWhenAsked(t *testing.T) {
	n := 0
	for range (Routes{{Prefix: "a"}, {Prefix: "b"}}).Hops(nil) {
		n++
		break
	}
	if n != 1 {
		t.Errorf("%d routes, want 1", n)
	}
}

func TestEntriesAreAnObjectWithSortedKeysAndNoAuth(t *testing.T) {
	for _, test := range []struct {
		name   string
		routes Routes
		want   string
	}{
		{"none", nil, `{}`},
		{"some", Routes{
			{Prefix: "g.b", NextHop: "bob", Auth: [32]byte{1}, Source: Configured},
			{Prefix: "g.a"},
			{Prefix: "g.c", NextHop: "carol", Path: []string{"g.carol", "g.c"}},
		}, `{"g.a":{"nextHop":"","path":""},"g.b":{"nextHop":"bob","path":""},"g.c":{"nextHop":"carol","path":"g.carol g.c"}}`},
	} {
		got, err := json.Marshal(test.routes.Entries())
		if err != nil || string(got) != test.want {
			t.Errorf("%s: %s, %v\nwant %s", test.name, got, err, test.want)
		}
	}
}

func TestSourceNames(t *testing.T) {
	for source, want := range map[Source]string{
		Local: "local", Child: "child", Default: "default", Configured: "configured", 0: "source 0",
	} {
		if got := source.String(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
