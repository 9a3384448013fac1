package config

import (
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// hosting returns what is known to a connector that hosts npm modules.
func hosting(known Known) Known {
	known.Hosting = true
	return known
}

// hostedDocument names a hosted module of each kind.
const hostedDocument = `
ilpAddress: test.me
accounts:
  a: {relation: peer, plugin: ilp-plugin-btp, assetCode: X, assetScale: 0, balance: {maximum: "1"}, options: {listener: {port: 1, secret: s}}}
  b: {relation: peer, plugin: ilp-plugin-lightning, assetCode: X, assetScale: 0, balance: {maximum: "1"}}
  c: {relation: peer, plugin: "npm:ilp-plugin-btp", assetCode: X, assetScale: 0, balance: {maximum: "1"}}
  d: {relation: peer, plugin: "@acme/plugin/dist/x", assetCode: X, assetScale: 0, balance: {maximum: "1"}}
  e: {relation: peer, plugin: ./mine.js, assetCode: X, assetScale: 0, balance: {maximum: "1"}}
  f: {relation: peer, plugin: ilp-plugin-btb, assetCode: X, assetScale: 0, balance: {maximum: "1"}}
backend: /srv/rates
store: leveldown
storePath: "redis://u:p@h "
storeConfig: {durability: never, path: "/old "}
ledgerPath: /ledger
middlewares: {m: {type: ilp-connector/src/middlewares/rate-limit, options: {n: 1}}, tap: {type: tap}}
`

// A name that is not built in is a hosted module, whatever it is: whether there is one is found out
// later.
func TestOtherNamesAreHosted(t *testing.T) {
	c, warnings, err := Parse("", []byte(hostedDocument), nil, hosting(builtin))
	if err != nil || len(warnings) != 2 { // of the blanks
		t.Fatal(warnings, err)
	}
	want := []Hosted{
		{PluginModule, "accounts.b.plugin", "b", "ilp-plugin-lightning", "ilp-plugin-lightning"},
		{PluginModule, "accounts.c.plugin", "c", "npm:ilp-plugin-btp", "ilp-plugin-btp"},
		{PluginModule, "accounts.d.plugin", "d", "@acme/plugin/dist/x", "@acme/plugin/dist/x"},
		{PluginModule, "accounts.e.plugin", "e", "./mine.js", "./mine.js"},
		{PluginModule, "accounts.f.plugin", "f", "ilp-plugin-btb", "ilp-plugin-btb"},
		{BackendModule, "backend", "", "/srv/rates", "/srv/rates"},
		{StoreModule, "store", "", "leveldown", "leveldown"},
		{MiddlewareModule, "middlewares.m.type", "m", "ilp-connector/src/middlewares/rate-limit", "ilp-connector/src/middlewares/rate-limit"},
	}
	if got := c.Hosted(hosting(builtin)); !slices.Equal(got, want) {
		t.Errorf("got\n%v\nwant\n%v", got, want)
	}
	if got := c.Hosted(builtin); got != nil {
		t.Errorf("a program that hosts none has %v", got)
	}
	if c.NodeHost.Refused = true; c.Hosted(hosting(builtin)) != nil {
		t.Error("modules are hosted that the configuration refuses")
	}
}

// Our own books are under ledgerPath then, and what the settings of the store mean is for the module.
func TestBooksBesideAHostedStore(t *testing.T) {
	c, _, err := Parse("", []byte(hostedDocument), nil, hosting(builtin))
	if err != nil {
		t.Fatal(err)
	}
	if !c.HostedStore() || c.StoreName() != "bolt" || c.StoreFile() != "/ledger" || c.StoreDurability() != 0 {
		t.Errorf("got %v %s %q %v", c.HostedStore(), c.StoreName(), c.StoreFile(), c.StoreDurability())
	}
	if c.StorePath != "redis://u:p@h " || !reflect.DeepEqual(c.StoreConfig, map[string]any{"durability": "never", "path": "/old "}) {
		t.Errorf("the module gets %q %v", c.StorePath, c.StoreConfig)
	}
	if shown := c.Shown().StoreConfig; shown["path"] != redacted || shown["durability"] != redacted {
		t.Errorf("shown: %v", shown)
	}
	checked, _, err := c.Validate(hosting(builtin))
	if err != nil || !checked.HostedStore() {
		t.Errorf("checked again: %v", err)
	}
	c, _, err = Parse("", []byte(strings.Replace(hostedDocument, "ledgerPath", "#", 1)), nil, hosting(builtin))
	if err != nil || c.StoreName() != "memory" || c.StoreFile() != "" {
		t.Errorf("without ledgerPath: %s %q %v", c.StoreName(), c.StoreFile(), err)
	}
	_, _, err = Parse("", []byte(strings.Replace(hostedDocument, "/ledger", "' /ledger'", 1)), nil, hosting(builtin))
	if err == nil || !strings.HasPrefix(err.Error(), "ledgerPath: begins or ends with a blank") {
		t.Error(err)
	}
	if _, warnings := mustParse(t, bare+"ledgerPath: /a"); !hasLine(warningLines(warnings), "ledgerPath: has no effect: our books are in the store") {
		t.Error(warnings)
	}
}

// Types of middlewares that the reference has built in run once, in our own order.
func TestSecondInstancesAreNotHosted(t *testing.T) {
	for name, want := range map[string]string{
		"rate-limit": "it runs a second time there, and ours run once", "npm:": "names no module", "npm: ": "names no module", "a\nb": "line break",
		strings.Repeat("a", 1025): "has 1025 bytes",
	} {
		text, _ := json.Marshal(name)
		_, _, err := Parse("", []byte(bare+"middlewares: {m: {type: "+string(text)+"}}"), nil, hosting(builtin))
		if err == nil || !strings.HasPrefix(err.Error(), "middlewares.m.type: ") || !strings.Contains(err.Error(), want) {
			t.Errorf("%.20s: %v", name, err)
		}
	}
	if _, _, err := Parse("", []byte(bare+"middlewares: {m: {type: npm:rate-limit}}"), nil, hosting(builtin)); err != nil {
		t.Error(err)
	}
}

// Options of a hosted plugin keep types, digits and nesting, and are shown to nobody.
func TestOptionsOfHostedPlugins(t *testing.T) {
	const options = `{"big":123456789012345678901234567890.000000000000000000001,"deep":{"list":[1,"2",null,true,{"x":1.50}]},"port":1,"secret":"sEcret"}`
	text := strings.Replace(hostedDocument, "plugin: ilp-plugin-lightning,", "plugin: ilp-plugin-lightning, options: "+options+",", 1)
	c, _, err := Parse("", []byte(text), nil, hosting(builtin))
	if err != nil {
		t.Fatal(err)
	}
	a, _ := c.Accounts.Find("b")
	got, err := json.Marshal(a.Options)
	if want := strings.Replace(options, "1.50", "1.5", 1); err != nil || string(got) != want {
		t.Errorf("got  %s\nwant %s, %v", got, want, err)
	}
	for _, shown := range []string{c.String(), asText(c.Shown()), a.String(), asText(a.Shown())} {
		if strings.Contains(shown, "sEcret") || strings.Contains(shown, "12345678") || !strings.Contains(shown, `"secret":"[redacted]"`) {
			t.Error(shown)
		}
	}
}
