package route

import (
	"slices"
	"strings"
	"testing"

	"github.com/ilp-go/connector/account"
)

func TestImportRefuses(t *testing.T) {
	home := Identity{Address: "g.hub", GlobalPrefix: "g"}
	path := func(addresses ...string) []string { return addresses }
	for _, test := range []struct {
		name   string
		policy Policy
		prefix string
		path   []string
		want   Reason
	}{
		{"a route", Policy{}, "g.us", path("g.ann", "g.us"), Accepted},
		{"one without a path", Policy{}, "g.us", nil, Accepted},
		{"no prefix", Policy{}, "", nil, InvalidPrefix},
		{"final dot", Policy{}, "g.", nil, InvalidPrefix},
		{"empty segment", Policy{}, "g..a", nil, InvalidPrefix},
		{"space", Policy{}, "g.a b", nil, InvalidPrefix},
		{"too long", Policy{}, "g." + strings.Repeat("a", 1022), nil, InvalidPrefix},
		{"as long as may be", Policy{}, "g." + strings.Repeat("a", 1021), nil, Accepted},
		{"the whole network", Policy{}, "g", nil, WholeNetwork},
		{"another network", Policy{}, "test.us", nil, OtherNetwork},
		{"a network that begins alike", Policy{}, "ghost.us", nil, OtherNetwork},
		{"our address", Policy{}, "g.hub", nil, OurAddress},
		{"our child's address", Policy{}, "g.hub.kid", nil, OurAddress},
		{"below our child", Policy{}, "g.hub.kid.a.b", nil, OurAddress},
		{"an address that begins like ours", Policy{}, "g.hubs", nil, Accepted},
		{"path as long as may be", Policy{PathMax: 2}, "g.us", path("g.a", "g.b"), Accepted},
		{"path too long", Policy{PathMax: 2}, "g.us", path("g.a", "g.b", "g.c"), PathLong},
		{"path as long as the default", Policy{}, "g.us", slices.Repeat(path("g.a"), PathMaxDefault), Accepted},
		{"path longer than the default", Policy{}, "g.us", slices.Repeat(path("g.a"), PathMaxDefault+1), PathLong},
		{"a loop", Policy{}, "g.us", path("g.ann", "g.hub", "g.us"), PathThroughUs},
		{"path below us is none", Policy{}, "g.us", path("g.ann", "g.hub.x"), Accepted},
		{"path of another speaker", Policy{}, "g.us", path("g.ann", "g.us"), OtherSpeaker},
		{"path with a space", Policy{}, "g.us", path("g.ann", "g.a b"), InvalidPath},
		{"denied", Policy{ImportDeny: path("g.us")}, "g.us.a", nil, Denied},
		{"the list for export", Policy{ExportDeny: path("g.us")}, "g.us.a", nil, Accepted},
	} {
		speaker := "g.ann"
		if len(test.path) > 0 {
			speaker = test.path[0]
		}
		if test.want == OtherSpeaker {
			speaker = "g.bob"
		}
		ok, reason := test.policy.Import(Route{Prefix: test.prefix, Path: test.path}, speaker, home)
		if reason != test.want || ok != (test.want == Accepted) {
			t.Errorf("%s: %t, %v, want %v", test.name, ok, reason, test.want)
		}
	}
}

func TestImportWithoutAddressOfOurOwn(t *testing.T) {
	home := Identity{GlobalPrefix: "g"}
	for _, r := range []Route{{Prefix: "g.us"}, {Prefix: "g.us", Path: []string{"g.ann"}}} {
		if ok, reason := (Policy{}).Import(r, "g.ann", home); !ok {
			t.Errorf("%v is refused: %v", r, reason)
		}
	}
}

// TestLongestListedPrefixDecides about imports and exports.
func TestLongestListedPrefixDecides(t *testing.T) {
	list := func(prefixes string) []string { return strings.Fields(prefixes) }
	for _, test := range []struct {
		allow, deny string
		prefix      string
		want        bool
	}{
		{"", "", "g.us", true},
		{"g.us", "", "g.us", true},
		{"g.us", "", "g.us.a", true},
		{"g.us", "", "g.usa", false},
		{"g.us", "", "g.eu", false},
		{"g.us", "", "g", false},
		{"", "g.us", "g.us", false},
		{"", "g.us", "g.us.a", false},
		{"", "g.us", "g.usa", true},
		{"", "g.us", "g.eu", true},
		{"g.us", "g.us", "g.us.a", false},
		{"g.us.a", "g.us", "g.us.a.x", true},
		{"g.us.a", "g.us", "g.us.b", false},
		{"g.us.a", "g.us", "g.eu", false},
		{"g.us", "g.us.a", "g.us.a", false},
		{"g.us", "g.us.a", "g.us.b", true},
		{"g g.us.a.x", "g.us g.us.a", "g.us.a.x.y", true},
		{"g g.us.a.x", "g.us g.us.a", "g.us.a.z", false},
		{"g g.us.a.x", "g.us g.us.a", "g.eu", true},
	} {
		in := Policy{ImportAllow: list(test.allow), ImportDeny: list(test.deny)}
		if got, _ := in.Import(Route{Prefix: test.prefix}, "g.ann", Identity{GlobalPrefix: "g"}); got != (test.want && test.prefix != "g") {
			t.Errorf("import of %s, allow %q, deny %q: %t", test.prefix, test.allow, test.deny, got)
		}
		out := Policy{ExportAllow: list(test.allow), ExportDeny: list(test.deny)}
		if got := out.Hides(test.prefix); got == test.want {
			t.Errorf("%s hidden, allow %q, deny %q: %t", test.prefix, test.allow, test.deny, got)
		}
		if got := out.Export(&Route{Prefix: test.prefix, NextHop: "ann"}, Neighbor{Account: "ben"}); got != test.want {
			t.Errorf("export of %s, allow %q, deny %q: %t", test.prefix, test.allow, test.deny, got)
		}
	}
}

// TestExportByRelation tries all relations of the neighbor that announced a route, and of
// the one that may receive it.
func TestExportByRelation(t *testing.T) {
	own := Route{Prefix: "g.hub", relation: self}
	for to, want := range map[account.Relation]map[account.Relation]bool{
		account.Child:  {account.Parent: true, account.Peer: true, account.Child: true},
		account.Peer:   {account.Parent: true, account.Peer: true, account.Child: true},
		account.Parent: {account.Parent: false, account.Peer: false, account.Child: true},
	} {
		ben := Neighbor{Account: "ben", Relation: to}
		for from, want := range want {
			if got := (Policy{}).Export(&Route{Prefix: "g.us", NextHop: "ann", relation: from}, ben); got != want {
				t.Errorf("%s's route to a %s: %t", from, to, got)
			}
			if (Policy{}).Export(&Route{Prefix: "g.us", NextHop: "ben", relation: from}, ben) {
				t.Errorf("a %s is told its own route", to)
			}
		}
		if !(Policy{}).Export(&own, ben) {
			t.Errorf("a %s is not told our address", to)
		}
	}
}

func TestPolicyMakesTheNeighbor(t *testing.T) {
	want := Neighbor{Account: "ann", Relation: account.Peer, LocalPreference: 7}
	if got := (Policy{LocalPreference: 7}).Neighbor("ann", account.Peer); got != want {
		t.Errorf("%v, want %v", got, want)
	}
}

func TestReasonsHaveNames(t *testing.T) {
	seen := make(map[string]bool)
	for r := Accepted; r <= Denied; r++ {
		if name := r.String(); name == "" || seen[name] {
			t.Errorf("reason %d is named %q", uint8(r), name)
		}
		seen[r.String()] = true
	}
	if got := (Denied + 1).String(); got != "reason 10" {
		t.Errorf("%q", got)
	}
}

func TestQuotaWarnsOnceAndSaysWhenItIsExceeded(t *testing.T) {
	q := Quota{Max: 10}
	for i, step := range []struct {
		prefixes int
		want     Usage
	}{
		{0, Within}, {7, Within}, {8, Warn}, {9, Within}, {8, Within}, {10, Within}, {11, Exceeded}, {12, Exceeded},
		{10, Within}, {7, Within}, {8, Within}, // near the mark all the time
		{5, Within}, {8, Warn}, {6, Within}, {9, Within},
	} {
		if got := q.Note(step.prefixes); got != step.want {
			t.Errorf("step %d, %d prefixes: %d, want %d", i, step.prefixes, got, step.want)
		}
	}
	var byDefault Quota
	if got := byDefault.Note(PrefixesMaxDefault); got != Warn {
		t.Errorf("at the default bound: %d", got)
	}
	if got := byDefault.Note(PrefixesMaxDefault + 1); got != Exceeded {
		t.Errorf("over the default bound: %d", got)
	}
}
