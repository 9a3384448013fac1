package config

import (
	"errors"
	"strings"
	"testing"
)

const replaceable = `
ilpAddress: test.us
adminApiToken: s3cret
settlementApiToken: {env: TOKEN}
accounts:
  a: {relation: peer, plugin: ilp-plugin-btp, assetCode: USD, assetScale: 2, options: {server: "btp+ws://localhost:1", btpToken: {env: TOKEN}}}
  o: {relation: peer, plugin: ilp-plugin-btp, assetCode: USD, assetScale: 2, options: {
    server: "btp+ws://localhost:2", btpToken: s3cret, oldToken: {token: {env: TOKEN}, until: "2026-01-01T00:00:00Z"}}}
  b: {relation: child, plugin: other, assetCode: USD, assetScale: 2, options: {pin: s3cret, deep: {er: s3cret}}}
`

// What operators see can be put back, and is the same then.
func TestShownConfigurationReplacesItself(t *testing.T) {
	c := savable(t, "a.yaml", replaceable, "TOKEN=abc")
	shown := encoded(c.Shown())
	yaml, err := YAML(shown, func(path string) string { return "# " + path })
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range [][]byte{shown, yaml} {
		next, _, err := c.Replace(text, Known{})
		if err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
		if changes := Diff(c, next); len(changes) > 0 || c.RefuseRestart(next) != nil {
			t.Errorf("it changes %v", changes)
		}
		if string(encoded(next)) != string(encoded(c)) {
			t.Errorf("it is\n%s\nwant\n%s", encoded(next), encoded(c))
		}
	}
}

func TestReplacementIsRefused(t *testing.T) {
	c := savable(t, "a.yaml", replaceable, "TOKEN=abc", "OTHER=def", "CONNECTOR_ADMIN_API_PORT=7790")
	for _, tt := range []struct{ old, new, words string }{
		{"pin: s3cret", "pinn: '[redacted]'", "accounts.b.options.pinn: is [redacted]"},
		{"btpToken: {env: TOKEN}", "btpToken: {env: OTHER}", "accounts.a.options.btpToken: refers to a secret"},
		{"settlementApiToken: {env: TOKEN}", "settlementApiToken: {env: OTHER}", "settlementApiToken: refers to a secret"},
		{"localhost:1", "evil:1", "accounts.a.options.server: is changed, and btpToken refers"},
		{`localhost:2", btpToken: s3cret, oldToken: {token: {env: TOKEN}, until: "2026`, `evil:2", btpToken: x, oldToken: {token: {env: TOKEN}, until: "2099`, "accounts.o.options.server: is changed, and oldToken refers"},
		{"  b:", "  x: {relation: peer, plugin: ilp-plugin-btp, assetCode: USD, assetScale: 2, options: {server: {env: TOKEN}}}\n  b:", "accounts.x.options.server: refers to a secret"},
		{"assetScale: 2, options: {pin", "assetScale: two, options: {pin", "accounts.b.assetScale"},
		{"ilpAddress: test.us", "ilpAddress: [", "is not valid YAML"},
	} {
		_, _, err := c.Replace([]byte(strings.Replace(replaceable, tt.old, tt.new, 1)), Known{})
		if err == nil || !strings.Contains(err.Error(), tt.words) || !errors.As(err, new(Faults)) {
			t.Errorf("%s: %v", tt.new, err)
		}
	}
	next, _, err := c.Replace([]byte(replaceable+"env: production\nadminApiPort: 7791\nmaxHoldTime: 1000\n"), Known{})
	if err == nil {
		err = c.RefuseRestart(next)
	}
	if got := strings.Join(strings.Split(err.Error(), "\n"), "|"); got != "env: is another one than now, and takes a restart; leave it as it is here, change it in the configuration, and restart|"+
		"adminApiPort: is another one than now, and takes a restart; leave it as it is here, change it in CONNECTOR_ADMIN_API_PORT, and restart" {
		t.Error(got)
	}
}
