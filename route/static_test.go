package route

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"maps"
	"slices"
	"testing"

	"github.com/ilp-go/connector/account"
)

var (
	alice = Account{ID: "alice", Relation: account.Child}
	bob   = Account{ID: "bob", Relation: account.Child, Segment: "robert"}
	carol = Account{ID: "carol", Relation: account.Peer}
	dave  = Account{ID: "dave", Relation: account.Parent}
	erin  = Account{ID: "erin", Relation: account.Parent}
)

// The tables are what GET /status of ilp-connector 23.0.2 shows as
// localRoutingTable with the same configuration.
func TestRoutesAreThoseOfTheReference(t *testing.T) {
	for _, test := range []struct {
		name     string
		static   Static
		want     string
		warnings []string
	}{
		{
			name: "no default route",
			static: Static{Accounts: []Account{alice, bob, carol},
				Configured: []ConfiguredRoute{{"test.far", "carol"}}},
			want: `{"test.hub":{"nextHop":"","path":""},"test.hub.alice":{"nextHop":"alice","path":""},"test.hub.robert":{"nextHop":"bob","path":""},"test.far":{"nextHop":"carol","path":""}}`,
		},
		{
			name: "default route to a peer",
			static: Static{Accounts: []Account{alice, bob, carol}, Default: "carol",
				Configured: []ConfiguredRoute{{"test.far", "carol"}}},
			want: `{"test.hub":{"nextHop":"","path":""},"test":{"nextHop":"carol","path":""},"test.hub.alice":{"nextHop":"alice","path":""},"test.hub.robert":{"nextHop":"bob","path":""},"test.far":{"nextHop":"carol","path":""}}`,
		},
		{
			name:   "auto without a parent",
			static: Static{Accounts: []Account{alice, bob, carol}, Default: AutoDefault},
			want:   `{"test.hub":{"nextHop":"","path":""},"test.hub.alice":{"nextHop":"alice","path":""},"test.hub.robert":{"nextHop":"bob","path":""}}`,
		},
		{
			name: "auto with two parents, in production",
			static: Static{Address: "g.hub", GlobalPrefix: "g", Default: AutoDefault,
				Accounts: []Account{alice, bob, carol, dave, erin}},
			want: `{"g.hub":{"nextHop":"","path":""},"g":{"nextHop":"dave","path":""},"g.hub.alice":{"nextHop":"alice","path":""},"g.hub.robert":{"nextHop":"bob","path":""}}`,
		},
		{
			name: "configured routes over all others",
			static: Static{Accounts: []Account{alice, bob, carol, dave}, Default: AutoDefault,
				Configured: []ConfiguredRoute{{"test.hub.alice", "carol"}, {"test", "carol"}, {"test.hub", "bob"}, {"g.other", "carol"}, {"42", "carol"}}},
			want: `{"42":{"nextHop":"carol","path":""},"test.hub":{"nextHop":"bob","path":""},"test":{"nextHop":"carol","path":""},"test.hub.alice":{"nextHop":"carol","path":""},"test.hub.robert":{"nextHop":"bob","path":""},"g.other":{"nextHop":"carol","path":""}}`,
		},
		{
			name: "configured routes that are ignored",
			static: Static{Accounts: []Account{bob, carol},
				Configured: []ConfiguredRoute{{"test.hub.robert", "nobody"}, {"test.withdrawals", "nobody"}, {"test.withdrawals", "carol"}, {"test.dup", "carol"}, {"test.dup", "bob"}}},
			want: `{"test.hub":{"nextHop":"","path":""},"test.hub.robert":{"nextHop":"bob","path":""},"test.dup":{"nextHop":"carol","path":""}}`,
			warnings: []string{
				`ignoring route "test.hub.robert" to nobody: no such account`,
				`ignoring route "test.withdrawals" to nobody: no such account`,
				`ignoring route "test.withdrawals" to carol: an earlier configured route has the same prefix`,
				`ignoring route "test.dup" to bob: an earlier configured route has the same prefix`,
			},
		},
		{
			name: "segments with dots, and one segment for two children",
			static: Static{Accounts: []Account{{ID: "a.b", Relation: account.Child},
				{ID: "e1", Relation: account.Child, Segment: "same"}, {ID: "e2", Relation: account.Child, Segment: "same"}}},
			want:     `{"test.hub":{"nextHop":"","path":""},"test.hub.a.b":{"nextHop":"a.b","path":""},"test.hub.same":{"nextHop":"e2","path":""}}`,
			warnings: []string{`ignoring route "test.hub.same" to e1: the same prefix leads to account e2`},
		},
		{
			name:     "the whole network as own address",
			static:   Static{Address: "test", Accounts: []Account{alice, bob, carol}, Default: "carol"},
			want:     `{"test":{"nextHop":"carol","path":""},"test.alice":{"nextHop":"alice","path":""},"test.robert":{"nextHop":"bob","path":""}}`,
			warnings: []string{`ignoring route "test" to ourselves: the same prefix leads to account carol`},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			routes, warnings := withDefaults(test.static).Routes()
			if got, want := routes.Entries(), entries(t, test.want); !maps.Equal(got, want) {
				t.Errorf("routes %v\nwant   %v", got, want)
			}
			expectWarnings(t, warnings, test.warnings...)
		})
	}
}

// In these the reference makes routes that can only be refused later, or none
// at all.
func TestRoutesThatCannotWorkAreIgnored(t *testing.T) {
	for _, test := range []struct {
		name    string
		static  Static
		want    string
		warning string
	}{
		{
			name:    "default route to an unknown account",
			static:  Static{Default: "nobody"},
			want:    `{"test.hub":{"nextHop":"","path":""}}`,
			warning: `ignoring route "test" to nobody: no such account`,
		},
		{
			name:    "configured prefix with an empty segment",
			static:  Static{Accounts: []Account{carol}, Configured: []ConfiguredRoute{{"test..odd", "carol"}}},
			want:    `{"test.hub":{"nextHop":"","path":""}}`,
			warning: `ignoring route "test..odd" to carol: empty segment`,
		},
		{
			name:    "child segment with a space",
			static:  Static{Accounts: []Account{{ID: "d", Relation: account.Child, Segment: "x y"}}},
			want:    `{"test.hub":{"nextHop":"","path":""}}`,
			warning: `ignoring route "test.hub.x y" to d: forbidden character in segment "x y"`,
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			routes, warnings := withDefaults(test.static).Routes()
			if got, want := routes.Entries(), entries(t, test.want); !maps.Equal(got, want) {
				t.Errorf("routes %v\nwant   %v", got, want)
			}
			expectWarnings(t, warnings, test.warning)
		})
	}
}

func TestWithoutAddressOnlyDefaultAndConfiguredRoutes(t *testing.T) {
	routes, warnings := Static{
		GlobalPrefix: "g",
		Accounts:     []Account{alice, bob, carol, dave},
		Configured:   []ConfiguredRoute{{"g.far", "carol"}},
		Default:      AutoDefault,
	}.Routes()
	want := entries(t, `{"g":{"nextHop":"dave","path":""},"g.far":{"nextHop":"carol","path":""}}`)
	if got := routes.Entries(); !maps.Equal(got, want) {
		t.Errorf("routes %v\nwant   %v", got, want)
	}
	expectWarnings(t, warnings)
}

func TestRoutesAreSortedAndSayTheirSource(t *testing.T) {
	routes, _ := Static{
		Address:      "test.hub",
		GlobalPrefix: "test",
		Accounts:     []Account{bob, alice, carol},
		Configured:   []ConfiguredRoute{{"test.far", "carol"}, {"test.hub.alice", "carol"}},
		Default:      "carol",
	}.Routes()
	type row struct {
		prefix string
		source Source
	}
	want := []row{{"test", Default}, {"test.far", Configured}, {"test.hub", Local}, {"test.hub.alice", Configured}, {"test.hub.robert", Child}}
	var got []row
	for _, r := range routes {
		got = append(got, row{r.Prefix, r.Source})
		if len(r.Path) != 0 {
			t.Errorf("%s has path %v", r.Prefix, r.Path)
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("routes %v\nwant   %v", got, want)
	}
}

// The values were computed with Node's crypto module. The hash of the first is
// what ilp-connector 23.0.2 with this secret broadcasts as auth of its address.
func TestAuthIsTheHMACOfThePrefix(t *testing.T) {
	routes, _ := Static{
		Address:      "test.hub",
		GlobalPrefix: "test",
		Accounts:     []Account{alice, carol},
		Configured:   []ConfiguredRoute{{"test.far", "carol"}},
		Default:      "carol",
		Secret:       []byte("secret of the routes"),
	}.Routes()
	for prefix, want := range map[string]string{
		"test.hub":       "9114e03111d414af38152f3b5dc4ef94dc64f676c12d0f374019266b29369f0e",
		"test":           "addcab732ca851b1cecc3703c9442800d3647d8cd600509928c0a611fbf1f891",
		"test.hub.alice": "4670868a915d7860fd026c42506676cc877fd18b4ef026e0f9854d084bf2a730",
		"test.far":       "b9ffc5956f679aa306bc130294cc47a50107ea0bc021686f08323a631ab26830",
	} {
		r, ok := routes.find(prefix)
		if got := hex.EncodeToString(r.Auth[:]); !ok || got != want {
			t.Errorf("%s: %s, want %s", prefix, got, want)
		}
	}
	own, _ := routes.find("test.hub")
	broadcast := sha256.Sum256(own.Auth[:])
	if got, want := hex.EncodeToString(broadcast[:]), "7d55fb35a3d9c61965297a5717fa043b5eeee820f22d7544ed9b64db866c8203"; got != want {
		t.Errorf("broadcast %s, want %s", got, want)
	}
}

func TestPacketBelowUsForNoChildEndsWithUs(t *testing.T) {
	routes, _ := withDefaults(Static{Accounts: []Account{alice, dave}, Default: AutoDefault}).Routes()
	rib := NewRIB()
	made(rib.SetStatic(routes))
	table := tableOf(rib, func(account string) (Hop, bool) {
		hop, ok := map[string]Hop{"alice": 0, "dave": 1}[account]
		return hop, ok
	})
	for destination, want := range map[string]Hop{
		"test.hub": Self, "test.hub.nobody": Self, "test.hub.alicex": Self,
		"test.hub.alice": 0, "test.hub.alice.till": 0, "test.hubs": 1, "test.else": 1,
	} {
		if got, ok := table.Next([]byte(destination)); !ok || got != want {
			t.Errorf("Next(%s) = %d, %t, want %d", destination, got, ok, want)
		}
	}
}

// withDefaults fills in what most cases share.
func withDefaults(s Static) Static {
	if s.Address == "" {
		s.Address = "test.hub"
	}
	if s.GlobalPrefix == "" {
		s.GlobalPrefix = "test"
	}
	return s
}

// entries reads a localRoutingTable. The reference lists it by age, so its order
// is not compared.
func entries(t *testing.T, table string) (read map[string]Entry) {
	t.Helper()
	if err := json.Unmarshal([]byte(table), &read); err != nil {
		t.Fatal(err)
	}
	return read
}

func expectWarnings(t *testing.T, got []Warning, want ...string) {
	t.Helper()
	var texts []string
	for _, w := range got {
		texts = append(texts, w.String())
	}
	if !slices.Equal(texts, want) {
		t.Errorf("warnings %q\nwant     %q", texts, want)
	}
}
