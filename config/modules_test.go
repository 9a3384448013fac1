package config

import (
	"os"
	"strings"
	"testing"
)

// seen is what a connector has built in.
var seen = Known{Plugins: []string{"ilp-plugin-btp", "ilp-plugin-mini-accounts", "loopback"}, Backends: []string{"ecb", "one-to-one", "randomizer"}, Stores: []string{"bolt", "memory"}, Middlewares: []string{}}

// The fault of each npm module that configurations of the reference name says what to do, and
// names a section of the page.
func TestModulesAreExplained(t *testing.T) {
	page, err := os.ReadFile("../docs/plugins.md")
	if err != nil {
		t.Fatal(err)
	}
	headings := map[string]bool{}
	for line := range strings.Lines(string(page)) {
		if heading := strings.TrimLeft(line, "#"); heading != line {
			headings[strings.ReplaceAll(strings.ToLower(strings.TrimSpace(heading)), " ", "-")] = true
		}
	}
	for _, c := range []struct {
		kind     *moduleKind
		document string // with %s for the name
		path     string
	}{
		{&pluginModules, "accounts: {bob: {relation: peer, plugin: '%s', assetCode: X, assetScale: 0}}", "accounts.bob.plugin: "},
		{&backendModules, "accounts: {}\nbackend: '%s'", "backend: "},
		{&storeModules, "accounts: {}\nstore: '%s'", "store: "},
		{&middlewareModules, "accounts: {}\nmiddlewares: {m: {type: '%s'}}", "middlewares.m.type: "},
	} {
		for _, name := range append(c.kind.names(), c.kind.prefix+"of-nobody", "@scope/"+c.kind.prefix+"of-nobody") {
			for _, written := range []string{name, "/opt/node_modules/" + name + "/index.js"} {
				_, _, err := Parse("", []byte("ilpAddress: test.me\n"+strings.Replace(c.document, "%s", written, 1)), nil, seen)
				if err == nil {
					t.Errorf("%s is accepted", written)
					continue
				}
				text := err.Error()
				_, section, ok := strings.Cut(text, "; see docs/plugins.md#")
				if !strings.HasPrefix(text, c.path+"is \""+written+"\", ") || !ok || strings.Contains(text, "loopback") || strings.Contains(text, "did you mean") {
					t.Errorf("%s: %s", written, text)
				}
				if !headings[section] {
					t.Errorf("%s: docs/plugins.md has no heading for #%s", written, section)
				}
			}
		}
	}
}

// What the reference has built in is no npm module, and a path names no known one.
func TestNamesThatAreNoNpmModules(t *testing.T) {
	const account = "accounts: {bob: {relation: peer, plugin: '%s', assetCode: X, assetScale: 0}}"
	for _, c := range []struct{ document, name, want, never string }{
		{account, "ilp-plugin-xrp-asym", "an npm module, and none is hosted here: it is a name in the README of the reference for a plugin that settles in XRP", "asym-server"},
		{account, "./my-plugin", "an npm module, and none is hosted here; agree with the peer on ilp-plugin-btp, or write the plugin in Go; see docs/plugins.md#other-plugins", "which is not known"},
		{account, "plugin.js", "see docs/plugins.md#other-plugins", "which is not known"},
		{account, "C:\\plugins\\mine", "see docs/plugins.md#other-plugins", "which is not known"},
		{"accounts: {}\nbackend: '%s'", "/srv/rates", "see docs/plugins.md#other-backends", "which is not known"},
		{"accounts: {}\nmiddlewares: {m: {type: '%s'}}", "balance", "which the reference names as built in: it runs a second time", "npm"},
		{"accounts: {}\nmiddlewares: {m: {type: '%s'}}", "balence", "perhaps balance, which the reference names as built in", "npm"},
	} {
		_, _, err := Parse("", []byte("ilpAddress: test.me\n"+strings.Replace(c.document, "%s", c.name, 1)), nil, seen)
		if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), c.never) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

// With nodeHost false the fault says that this refuses the module, and how to host it.
func TestRefusedModules(t *testing.T) {
	for name, want := range map[string]string{
		"ilp-plugin-lightning": `is "ilp-plugin-lightning", an npm module, and nodeHost is false: it settles over Lightning; remove nodeHost to host it, or use ilp-plugin-btp`,
		"npm:ilp-plugin-btp":   `is "npm:ilp-plugin-btp", an npm module, and nodeHost is false; remove nodeHost to host it, or agree with the peer on ilp-plugin-btp`,
		"my-own-thing":         `is "my-own-thing", which is not built in, and nodeHost is false; use `,
		"./mine.js":            `is "./mine.js", an npm module, and nodeHost is false; remove nodeHost to host it, or`,
		"ilp-plugin-btb":       "did you mean ilp-plugin-btp?",
	} {
		_, _, err := Parse("", []byte("ilpAddress: test.me\nnodeHost: false\naccounts: {bob: {relation: peer, plugin: '"+name+"', assetCode: X, assetScale: 0}}"), nil, hosting(seen))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A typing mistake of a name is taken for that name.
func TestMisspeltModules(t *testing.T) {
	for name, want := range map[string]string{
		"ilp-plugin-lightening":    "perhaps the npm module ilp-plugin-lightning",
		"ilp-plugin-mini-acounts":  "did you mean ilp-plugin-mini-accounts?",
		"ilp-plugin-xrp-paychann":  "perhaps the npm module ilp-plugin-xrp-paychan",
		"ilp-plugin-btb":           "did you mean ilp-plugin-btp? use ilp-plugin-btp",
		"in-process":               "is not known; use ilp-plugin-btp",
		"lopback":                  "did you mean loopback?",
		"ilp-plugin-of-the-future": "and none is hosted here; agree with the peer on ilp-plugin-btp",
	} {
		_, _, err := Parse("", []byte("ilpAddress: test.me\naccounts: {bob: {relation: peer, plugin: "+name+", assetCode: X, assetScale: 0}}"), nil, seen)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
