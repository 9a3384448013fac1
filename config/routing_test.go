package config

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
)

// routing returns a document with a peer that has that routing block, and more YAML.
func routing(block, more string) string {
	return bob("peer", `balance: {maximum: "1"}, routing: {`+block+`}`) + more
}

func TestAccountWithoutRoutingIsAsInTheReference(t *testing.T) {
	c, _ := mustParse(t, one)
	if a := c.Accounts[0]; !reflect.DeepEqual(a.Routing, Routing{}) || a.Routing.isSet() {
		t.Errorf("got %+v", a.Routing)
	}
	if text := c.String(); strings.Contains(text, "routing\":") {
		t.Errorf("written: %s", text)
	}
}

func TestRoutingFillsWhatItLeavesOut(t *testing.T) {
	empty, yes, no := []string{}, true, false
	for block, want := range map[string]Routing{
		"": {empty, empty, empty, empty, 100_000, 64, 0, &yes},
		"importAllow: [test.a], exportDeny: [test.b.c]": {[]string{"test.a"}, empty, empty, []string{"test.b.c"}, 100_000, 64, 0, &yes},
		"maxPrefixes: 5, maxPathLength: 2":              {empty, empty, empty, empty, 5, 2, 0, &yes},
		"damping: false":                                {empty, empty, empty, empty, 100_000, 64, 0, &no},
		"localPreference: -7":                           {empty, empty, empty, empty, 100_000, 64, -7, &yes},
	} {
		c, warnings := mustParse(t, routing(block, ""))
		if got := c.Accounts[0].Routing; !reflect.DeepEqual(got, want) || !got.isSet() || warnings != nil {
			t.Errorf("%s: got %+v %v, want %+v", block, got, warnings, want)
		}
	}
}

// A file, a variable, an account by itself and a Go value all come to the same.
func TestRoutingIsReadFromEverywhere(t *testing.T) {
	const entry = `{"relation":"peer","plugin":"other-plugin","assetCode":"X","assetScale":0,"balance":{"maximum":"1"},` +
		`"routing":{"importDeny":["test.a"],"maxPrefixes":5}}`
	damping := true
	want := Routing{ImportAllow: []string{}, ImportDeny: []string{"test.a"}, ExportAllow: []string{}, ExportDeny: []string{}, MaxPrefixes: 5, MaxPathLength: 64, Damping: &damping}

	file, _, err := Parse("c.json", []byte(`{"ilpAddress":"test.me","accounts":{"bob":`+entry+`}}`), nil, builtin)
	if err != nil || !reflect.DeepEqual(file.Accounts[0].Routing, want) {
		t.Errorf("file: %v %v", file, err)
	}
	variable, _ := mustParse(t, "ilpAddress: test.me", `CONNECTOR_ACCOUNTS={"bob":`+entry+`}`)
	if !reflect.DeepEqual(variable.Accounts[0].Routing, want) {
		t.Errorf("variable: %v", variable)
	}
	alone, _, err := ParseAccount("bob", []byte(entry), builtin)
	if err != nil || !reflect.DeepEqual(alone.Routing, want) {
		t.Errorf("account: %v %v", alone, err)
	}
	made, _ := mustParse(t, strings.Replace(routing("", ""), ", routing: {}", "", 1))
	made.Accounts[0].Routing = Routing{ImportDeny: []string{"test.a"}, MaxPrefixes: 5}
	if made, _, err = made.Validate(builtin); err != nil || !reflect.DeepEqual(made.Accounts[0].Routing, want) {
		t.Errorf("made: %v %v", made, err)
	}
}

func TestRoutingIsShownAndWrittenOut(t *testing.T) {
	const block = `{"importDeny":["test.a"],"localPreference":3}`
	c, _ := mustParse(t, "ilpAddress: test.me", `CONNECTOR_ACCOUNTS={"bob":{"relation":"peer","plugin":"other-plugin","assetCode":"X","assetScale":0,"routing":`+block+`}}`)
	const filled = `"routing":{"importDeny":["test.a"],"maxPrefixes":100000,"maxPathLength":64,"localPreference":3,"damping":true}`
	for _, shown := range []any{c, c.Redacted()} {
		if text, err := json.Marshal(shown); err != nil || !strings.Contains(string(text), filled) {
			t.Errorf("got %s %v, want %s", text, err, filled)
		}
	}
	if text := string(c.Accounts[0].Written()); !strings.Contains(text, `"routing":`+block) {
		t.Errorf("as written: %s", text)
	}
}

func TestRoutingFaults(t *testing.T) {
	const segments = "use whole segments"
	for _, test := range (rules{
		{"whole segments", routing("importAllow: [test, test.AZaz09_~-], exportAllow: [test.a.b]", ""), nil},
		{"dot at the end", routing("importAllow: [test.a, test.a.]", ""), []string{"accounts.bob.routing.importAllow[1]", `"test.a."`, "ends with a dot", segments}},
		{"dot at the beginning", routing("importDeny: [.test]", ""), []string{"accounts.bob.routing.importDeny[0]", "empty segment", segments}},
		{"two dots", routing("exportAllow: [test..a]", ""), []string{"accounts.bob.routing.exportAllow[0]", "empty segment", segments}},
		{"nothing", routing("exportDeny: ['']", ""), []string{"accounts.bob.routing.exportDeny[0]", "is empty", "address prefix"}},
		{"a slash", routing("exportDeny: [test/a]", ""), []string{"accounts.bob.routing.exportDeny[0]", `"test/a"`, "such as g.acme: letters"}},
		{"longest", routing("importAllow: [test."+strings.Repeat("x", 1018)+"]", ""), nil},
		{"too long", routing("importAllow: [test."+strings.Repeat("x", 1019)+"]", ""), []string{"accounts.bob.routing.importAllow[0]", "longer than 1023"}},
		{"not in a list", routing("importAllow: test.a", ""), []string{"accounts.bob.routing.importAllow", "is a string, not a list", "use a list of address prefixes"}},
		{"a number in the list", routing("importAllow: [5]", ""), []string{"accounts.bob.routing.importAllow[0]", "is a number, not a string", "in quotes"}},
		{"not a block", bob("peer", "routing: [test.a]"), []string{"accounts.bob.routing", "is a list, not an object"}},
		{"unknown key", routing("maxPrefix: 5", ""), []string{"accounts.bob.routing.maxPrefix", "did you mean maxPrefixes?"}},
		{"no prefixes at all", routing("maxPrefixes: 0", ""), []string{"accounts.bob.routing.maxPrefixes", "is 0", "from 1 to"}},
		{"one prefix", routing("maxPrefixes: 1", ""), nil},
		{"part of a prefix", routing("maxPrefixes: 1.5", ""), []string{"accounts.bob.routing.maxPrefixes", "not a whole number"}},
		{"more than an int", routing("maxPrefixes: 2147483648", ""), []string{"accounts.bob.routing.maxPrefixes", "to 2147483647"}},
		{"no path", routing("maxPathLength: 0", ""), []string{"accounts.bob.routing.maxPathLength", "is 0", "from 1 to"}},
		{"path of one", routing("maxPathLength: 1", ""), nil},
		{"longest path", routing("maxPathLength: 64", ""), nil},
		{"path longer than any", routing("maxPathLength: 65", ""), []string{"accounts.bob.routing.maxPathLength", "is 65", "from 1 to 64"}},
		{"path in quotes", routing("maxPathLength: '9'", ""), []string{"accounts.bob.routing.maxPathLength", "is a string, not a whole number"}},
		{"damping off", routing("damping: false", ""), nil},
		{"damping in quotes", routing("damping: 'false'", ""), []string{"accounts.bob.routing.damping", "is a string, not a boolean"}},
		{"lowest preference", routing("localPreference: -2147483648", ""), nil},
		{"highest preference", routing("localPreference: 2147483647", ""), nil},
		{"preference too low", routing("localPreference: -2147483649", ""), []string{"accounts.bob.routing.localPreference", "from -2147483648 to 2147483647"}},
		{"preference too high", routing("localPreference: 2147483648", ""), []string{"accounts.bob.routing.localPreference", "from -2147483648 to 2147483647"}},
	}) {
		t.Run(test.name, func(t *testing.T) {
			_, _, faults := parse(t, test.document)
			if test.words == nil && faults != nil || test.words != nil && (len(faults) != 1 || !hasLine(faultLines(faults), test.words...)) {
				t.Errorf("got\n%v\nwant one fault with %q", faults, test.words)
			}
		})
	}
}

func TestRoutingWarnings(t *testing.T) {
	const denies = `balance: {maximum: "1"}, routing: {importDeny: [test.a]}`
	for _, test := range (rules{
		{"nothing wrong", routing("importAllow: [test.a, test.b], importDeny: [test.a.c], exportAllow: [test.a], exportDeny: [test.b]", ""), nil},
		{"the same in both directions", routing("importDeny: [test.a], exportDeny: [test.a], exportAllow: [test.b], importAllow: [test.b]", ""), nil},
		{"allowed twice", routing("importAllow: [test.a, test.b, test.a]", ""), []string{"accounts.bob.routing.importAllow[2]", `"test.a"`, "in the list already", "remove one"}},
		{"denied twice", routing("exportDeny: [test.a, test.a]", ""), []string{"accounts.bob.routing.exportDeny[1]", "in the list already"}},
		{"import allowed and denied", routing("importAllow: [test.b, test.a], importDeny: [test.a]", ""), []string{"accounts.bob.routing.importAllow[1]", "in importDeny too: it is denied"}},
		{"export allowed and denied", routing("exportAllow: [test.a], exportDeny: [test.a]", ""), []string{"accounts.bob.routing.exportAllow[0]", "in exportDeny too: it is denied"}},
		{"other network", routing("importDeny: [g.a]", ""), []string{"accounts.bob.routing.importDeny[0]", `"g.a"`, "covers no route", "below test", "env"}},
		{"test1 is not test", routing("exportAllow: [test1.a]", ""), []string{"accounts.bob.routing.exportAllow[0]", "covers no route"}},
		{"the network in production", strings.Replace(routing("exportAllow: [g, g.a]", "env: production"), "test.me", "g.me", 1), nil},
		{"test address in production", strings.Replace(routing("exportAllow: [test.a]", "env: production"), "test.me", "g.me", 1), []string{"routing.exportAllow[0]", "below g"}},
		{"a child", bob("child", denies), []string{"accounts.bob.routing: ", "no effect", "sendRoutes or receiveRoutes"}},
		{"a child that is told routes", bob("child", denies+", sendRoutes: true"), nil},
		{"a child that tells routes", bob("child", denies+", receiveRoutes: true"), nil},
		{"a peer that exchanges none", bob("peer", denies+", sendRoutes: false, receiveRoutes: false"), []string{"accounts.bob.routing: ", "no effect"}},
		{"a child with an empty block", bob("child", `balance: {maximum: "1"}, routing: {}`), []string{"accounts.bob.routing: ", "no effect"}},
		{"no routes exchanged", routing("maxPrefixes: 5", "routeBroadcastEnabled: false"), []string{"accounts.bob.routing: ", "routeBroadcastEnabled is false"}},
		{"a child, and no routes exchanged", bob("child", denies) + "routeBroadcastEnabled: false", []string{"accounts.bob.routing: ", "told no routes"}},
		{"no block, and no routes exchanged", one + "routeBroadcastEnabled: false", nil},
	}) {
		t.Run(test.name, func(t *testing.T) {
			_, warnings := mustParse(t, test.document)
			lines := warningLines(warnings)
			if test.words == nil && lines != nil || test.words != nil && (len(lines) != 1 || !hasLine(lines, test.words...)) {
				t.Errorf("got %q\nwant one warning with %q", lines, test.words)
			}
		})
	}
}

// What follows from another mistake is noise.
func TestFaultyRoutingIsNotWarnedOf(t *testing.T) {
	for _, document := range []string{
		routing("importAllow: [g.a., g.a.], importDeny: [g.a., 5, 6]", ""),
		routing("importDeny: [g.a]", "env: staging"),
	} {
		if _, warnings, faults := parse(t, document); faults == nil || warnings != nil {
			t.Errorf("got %v with %v", warnings, faults)
		}
	}
}
