package config

import (
	"encoding/json"
	"strings"
	"testing"
)

// Spreads of accounts and pairs are read exactly, and each that makes no sense is named.
func TestSpreadsOfAccountsAndPairs(t *testing.T) {
	const text = `
ilpAddress: test.me
spread: 0.1
spreads:
  - {from: EUR, to: USD, spread: 0.01}
  - {from: USD, to: EUR, spread: 2}
  - {from: EUR, to: USD, spread: 0.02}
  - {from: EUR, to: ""}
accounts:
  bob: {relation: peer, plugin: ilp-plugin-btp, assetCode: USD, assetScale: 9, balance: {maximum: "5"}, spread: 1.5, options: {listener: {port: 9000, secret: s}}}
  eve: {relation: peer, plugin: ilp-plugin-btp, assetCode: USD, assetScale: 9, balance: {maximum: "5"}, spread: much, options: {listener: {port: 9001, secret: s}}}
`
	_, _, err := Parse("c.yaml", []byte(text), nil, builtin)
	if err == nil {
		t.Fatal("it is accepted")
	}
	for _, want := range []string{
		"spreads[1].spread: is \"2\", which keeps more than the whole amount", "spreads[2]: is of the same pair as an earlier one",
		"spreads[3].to: ", "spreads[3].spread: is not set", "accounts.bob.spread: is \"1.5\", which keeps more than the whole amount", "accounts.eve.spread: is a string, not a number",
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("no %q in\n%v", want, err)
		}
	}
}

// Another value of a setting leaves the configuration as it is that it was made of, lists too.
func TestWithLeavesTheFormerConfigurationAlone(t *testing.T) {
	for name, lists := range map[string][2]string{
		"routes":  {`[{"targetPrefix":"g.a","peerId":"bob"},{"targetPrefix":"g.b","peerId":"bob"}]`, `[{"targetPrefix":"g.c","peerId":"eve"}]`},
		"spreads": {`[{"from":"EUR","to":"XRP","spread":0.5},{"from":"EUR","to":"USD","spread":0.25}]`, `[{"from":"USD","to":"XRP","spread":0.1}]`},
	} {
		former, err := new(Config).With(name, json.RawMessage(lists[0]))
		if err != nil {
			t.Fatal(err)
		}
		next, err := former.With(name, json.RawMessage(lists[1]))
		if err != nil || string(former.Setting(name)) != lists[0] || string(next.Setting(name)) != lists[1] {
			t.Errorf("%s: %s became %s, %v", name, former.Setting(name), next.Setting(name), err)
		}
	}
}
