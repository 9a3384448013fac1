package config

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

func TestDiffNamesWhatChanged(t *testing.T) {
	const carol = `
  carol: {relation: child, plugin: ilp-plugin-mini-accounts, assetCode: XRP, assetScale: 6, balance: {maximum: "1"}}
`
	const routes = "routes: [{targetPrefix: g.a, peerId: bob}]\n"
	for _, test := range []struct {
		name     string
		old, new string
		want     []string
	}{
		{"nothing", one, one, nil},
		{"written differently", one + "spread: 2e-3\nrouteExpiry: 45000", one, nil},
		{"settings", one + "spread: 0.01\nadminApiToken: PLANTED", one + routes + "adminApiToken: PLANTED2", []string{"routes changed", "spread changed", "adminApiToken changed"}},
		{"account added", one, one + carol, []string{"accounts.carol added"}},
		{"account removed", one + carol, one, []string{"accounts.carol removed"}},
		{"limits", one, strings.Replace(one, `maximum: "100"`, `maximum: "101"`, 1), []string{"accounts.bob.balance changed"}},
		{"limits gone", one, strings.Replace(one, `balance: {maximum: "100"}`, "", 1), []string{"accounts.bob.balance removed"}},
		{"limit new", one, one + "    maxPacketAmount: \"5\"", []string{"accounts.bob.maxPacketAmount added"}},
		{"routing added", one, one + "    routing: {importDeny: [test.a]}", []string{"accounts.bob.routing added"}},
		{"routing changed", one + "    routing: {importDeny: [test.a]}", one + "    routing: {importDeny: [test.b]}", []string{"accounts.bob.routing changed"}},
		{"routing removed", one + "    routing: {localPreference: 1}", one, []string{"accounts.bob.routing removed"}},
		{"routing written differently", one + "    routing: {maxPrefixes: 5, importAllow: []}", one + "    routing: {maxPathLength: 64, maxPrefixes: 5}", nil},
		{"interval added", one, strings.Replace(one, `"100"}`, `"100", settleEvery: 1000}`, 1), []string{"accounts.bob.balance changed"}},
		{"interval of never", one, strings.Replace(one, `"100"}`, `"100", settleEvery: 0}`, 1), nil},
		{"engine added", one, one + engine("http://h", "9"), []string{"accounts.bob.settlementEngine added"}},
		{"engine moved", one + engine("http://h", "9"), one + engine("http://i", "9"), []string{"accounts.bob.settlementEngine changed"}},
		{"engine of another scale", one + engine("http://h", "9"), one + engine("http://h", "6"), []string{"accounts.bob.settlementEngine changed"}},
		{"engine removed", one + engine("http://h", "9"), one, []string{"accounts.bob.settlementEngine removed"}},
		{"durability", one + "storePath: /a", one + "storePath: /a\nstoreConfig: {durability: 5}", []string{"storeConfig changed"}},
		{"store named", one + "storePath: /a", one + "storePath: /a\nstore: bolt", []string{"store changed"}},
		{"secret", one, strings.Replace(one, "secret: token", "secret: PLANTED", 1), []string{"accounts.bob.options changed"}},
		{"order", one + carol, "ilpAddress: test.me\naccounts:" + carol + one[strings.Index(one, "  bob"):], []string{"accounts changed"}},
	} {
		old, _ := mustParse(t, test.old)
		next, _ := mustParse(t, test.new)
		var got []string
		for _, change := range Diff(old, next) {
			got = append(got, change.String())
			if strings.HasPrefix(change.Path, "accounts.") != (change.Account != "") {
				t.Errorf("%s: %#v", test.name, change)
			}
		}
		if !slices.Equal(got, test.want) {
			t.Errorf("%s: got %q, want %q", test.name, got, test.want)
		}
		if strings.Contains(fmt.Sprintf("%#v", Diff(old, next)), "PLANTED") {
			t.Errorf("%s: shows a secret", test.name)
		}
	}
}
