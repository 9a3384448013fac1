package config

import (
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
