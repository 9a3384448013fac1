package config

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/ilp-go/connector/account"
)

// randomAccount returns an account that may well have something that another one has.
func randomAccount(random *rand.Rand) Account {
	pick := func(texts ...string) string { return texts[random.IntN(len(texts))] }
	a := Account{
		ID: pick("a", "b", "c", "a.x", "b.x.y", "d"), Relation: account.Child, Plugin: "other-plugin", AssetCode: "USD", AssetScale: 9,
		Balance: &Balance{Maximum: "5"}, ILPAddressSegment: pick("", "", "a", "s"),
		Deduplicate: Deduplicate{CleanupInterval: Milliseconds(1000 * (1 + random.IntN(3))), PacketLifetime: Milliseconds(1000 * (1 + random.IntN(3)))},
	}
	switch random.IntN(8) {
	case 0:
		a.Relation, a.ILPAddressSegment = account.Parent, ""
	case 1:
		a.Relation, a.ILPAddressSegment = account.Peer, ""
	case 2:
		a.SettlementEngine = &SettlementEngine{URL: "http://127.0.0.1:3000", Scale: 9}
	}
	port := []int{0, 1, 1, 2, 3, 4}[random.IntN(6)]
	host := pick("", "127.0.0.1", "127.0.0.2", "::1", "[::1]", "localhost", "0.0.0.0")
	switch random.IntN(6) {
	case 0:
		a.Plugin, a.Options = pluginMiniAccounts, map[string]any{"port": port, "wsOpts": map[string]any{"host": host}}
		a.Relation = account.Child
	case 1, 2:
		a.Plugin, a.Options = pluginBTP, map[string]any{"listener": map[string]any{"port": port, "host": host, "secret": "s"}}
	case 3:
		a.Plugin, a.Options = pluginBTP, map[string]any{"server": "btp+ws://x:y@localhost"}
	case 5:
		token := pick("s", "t", "u")
		switch random.IntN(3) {
		case 0:
			a.Plugin, a.Options = pluginOurHTTP, map[string]any{"incoming": map[string]any{"tokens": []any{token}}}
		case 1:
			a.Plugin, a.Options = pluginHTTP, map[string]any{"incoming": map[string]any{"port": port, "host": host, "staticToken": token}}
		default:
			a.Plugin, a.Options = pluginBTP, map[string]any{"listener": map[string]any{"secret": token}}
		}
	case 4:
		a.Plugin, a.Options = pluginBTP, map[string]any{"listener": map[string]any{"port": port, "host": host}}
		a.Relation, a.SettlementEngine = account.Child, nil
		a.Children = &Children{MaxClients: 1, MaxUnauthenticated: 1, Names: []string{}, Create: OnFirstUse}
	}
	return a
}

// An account among others that come, change and go has the faults and warnings that a check of all
// of them together finds.
func TestIndexFindsWhatAWholeCheckFinds(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	kinds := make(map[string]int)
	for range 30 {
		c := Default()
		c.AdminAPI, c.AdminAPIPort, c.SettlementAPIPort = true, 3, 4
		c.Listen = &Listen{Port: 2, HTTP2: true, MaxSockets: 2, MaxSocketsPerAddress: 1}
		c.ILPAddress, c.DefaultRoute, c.ILPAddressInheritFrom = "test.us", "", ""
		switch random.IntN(4) {
		case 0:
			c.DefaultRoute = "a"
		case 1:
			c.ILPAddress, c.ILPAddressInheritFrom = "", "a"
		case 2:
			c.ILPAddress = ""
		}
		others := NewIndex()
		var accounts Accounts
		for range 30 {
			a := randomAccount(random)
			isFormer := func(b Account) bool { return b.ID == a.ID }
			rest := slices.DeleteFunc(slices.Clone(accounts), isFormer)
			if i := slices.IndexFunc(accounts, isFormer); i >= 0 { // a check makes it the last one of the index
				accounts = append(slices.Clone(rest), accounts[i])
			}
			whole := *c
			whole.Accounts = append(rest, a)
			_, wantWarnings, wantErr := whole.Validate(builtin)
			wantWarnings = slices.DeleteFunc(wantWarnings, func(w Warning) bool {
				return w.Path != AccountPath(a.ID) && !strings.HasPrefix(w.Path, AccountPath(a.ID)+".")
			})
			warnings, err := c.ValidateAccount(a, others, builtin)
			if fmt.Sprint(err) != fmt.Sprint(wantErr) || fmt.Sprint(warnings) != fmt.Sprint(wantWarnings) {
				t.Fatalf("%v beside %v: %v, %v; want %v, %v", a, rest, warnings, err, wantWarnings, wantErr)
			}
			for _, kind := range []string{
				"the same port for account", "as for the settlement API", "as for the admin API", "account \"a\" as for the settlement", "the same address",
				"that a client of account", "defaultRoute", "ilpAddressInheritFrom", "ilpAddress (", "is a token of account",
			} {
				if strings.Contains(fmt.Sprint(err), kind) {
					kinds[kind]++
				}
			}
			kinds[fmt.Sprint(err == nil, len(warnings) > 0)]++
			if err == nil || random.IntN(8) == 0 && !strings.Contains(err.Error(), "the same") && !strings.Contains(err.Error(), "client of") && !strings.Contains(err.Error(), "is a token of") {
				accounts = whole.Accounts
				others.Put(a)
			}
			if random.IntN(6) == 0 && len(accounts) > 0 {
				i := random.IntN(len(accounts))
				others.Remove(accounts[i].ID)
				accounts = slices.Delete(slices.Clone(accounts), i, i+1)
			}
		}
	}
	t.Log(kinds)
	if len(kinds) != 14 {
		t.Errorf("of 14 kinds of outcomes there were %v", kinds)
	}
}
