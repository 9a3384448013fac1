package config

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
)

const bare = "ilpAddress: test.me\naccounts: {}\n"

func TestNodeHostHasDefaults(t *testing.T) {
	want := NodeHost{Command: "node", Paths: []string{}, Env: []string{}, MemoryMax: 1024, RestartsMax: 60, HangTimeout: 10000}
	for _, document := range []string{bare, bare + "nodeHost: {}"} {
		c, _ := mustParse(t, document)
		if !reflect.DeepEqual(c.NodeHost, want) {
			t.Errorf("%s: %+v", document, c.NodeHost)
		}
	}
	c, err := (&Config{ILPAddress: "test.me", Spread: "0"}).valid()
	if err != nil || !reflect.DeepEqual(c.NodeHost, want) {
		t.Errorf("a program that leaves it out has %+v, %v", c.NodeHost, err)
	}
}

// valid returns the configuration that Validate makes of c.
func (c *Config) valid() (*Config, error) {
	d := Default()
	d.ILPAddress, d.NodeHost = c.ILPAddress, c.NodeHost
	next, _, err := d.Validate(builtin)
	return next, err
}

// False comes from a file and from a variable, and is written and read again.
func TestNodeHostMayBeFalse(t *testing.T) {
	for _, c := range []struct{ document, variable string }{
		{bare + "nodeHost: false", "CONNECTOR_NONE="}, {bare, "CONNECTOR_NODE_HOST=false"}, {bare + "nodeHost: {isolate: true}", "CONNECTOR_NODE_HOST= false "},
	} {
		read, _ := mustParse(t, c.document, c.variable)
		if !read.NodeHost.Refused {
			t.Errorf("%v: %+v", c, read.NodeHost)
		}
		text, err := json.Marshal(read)
		if err != nil || !strings.Contains(string(text), `"nodeHost":false`) {
			t.Errorf("%v: %s %v", c, text, err)
		}
		again, _, err := read.Validate(builtin)
		if err != nil || !again.NodeHost.Refused {
			t.Errorf("%v: %v", c, err)
		}
	}
}

func TestFaultsOfNodeHost(t *testing.T) {
	for document, want := range map[string]string{
		"true":                      "nodeHost: is not allowed; use an object, or false",
		"node":                      `nodeHost: is a string, not an object; write an object such as {"paths": ["/srv/ilp"]}`,
		"{comand: node}":            "nodeHost.comand: is not a setting; did you mean command?",
		"{command: ''}":             "nodeHost.command: is empty",
		"{command: \"a\\nb\"}":      "nodeHost.command: holds a line break",
		"{cwd: '/srv '}":            "nodeHost.cwd: begins or ends with a blank",
		"{paths: /srv}":             `nodeHost.paths: is a string, not a list; write a list such as ["/srv/ilp"]`,
		"{paths: [/srv, '']}":       "nodeHost.paths[1]: is empty",
		"{paths: ['/srv ']}":        "nodeHost.paths[0]: begins or ends with a blank",
		"{env: ['A=1']}":            `nodeHost.env[0]: is "A=1"; use letters, digits and _, such as DEBUG`,
		"{isolate: 1}":              "nodeHost.isolate: is a number, not a boolean",
		"{memoryMax: 63}":           "nodeHost.memoryMax: is 63; use a whole number from 64 to 1048576",
		"{restartsMax: 0}":          "nodeHost.restartsMax: is 0; use a whole number from 1",
		"{hangTimeout: 99}":         "nodeHost.hangTimeout: is 99; use a whole number from 100",
		"{hangTimeout: 2147483648}": "nodeHost.hangTimeout: is 2147483648",
	} {
		_, _, faults := parse(t, bare+"nodeHost: "+document)
		if len(faults) != 1 || !strings.Contains(faults.Error(), want) {
			t.Errorf("%s: %v, want %s", document, faults, want)
		}
	}
	_, _, faults := parse(t, bare, "CONNECTOR_NODE_HOST={\"memoryMax\": 1}")
	if !strings.HasPrefix(faults.Error(), "nodeHost.memoryMax (CONNECTOR_NODE_HOST): is 1;") {
		t.Error(faults)
	}
}

func TestNodeHostIsWarnedOfOurSecrets(t *testing.T) {
	_, warnings := mustParse(t, bare+"nodeHost: {env: [DEBUG, CONNECTOR_ADMIN_API_TOKEN, CONNECTOR_ACCOUNTS]}")
	for _, want := range []string{
		"nodeHost.env[1]: gives CONNECTOR_ADMIN_API_TOKEN to each npm module, with the secrets in it; remove it",
		"nodeHost.env[2]: gives CONNECTOR_ACCOUNTS to each npm module, with the secrets of all accounts; remove it",
	} {
		if len(warnings) != 2 || !hasLine(warningLines(warnings), want) {
			t.Errorf("%v, want %s", warnings, want)
		}
	}
}

// A change of nodeHost takes a restart, and names what has changed.
func TestNodeHostTakesARestart(t *testing.T) {
	old, _ := mustParse(t, bare)
	for _, document := range []string{"nodeHost: false", "nodeHost: {isolate: true}", "ledgerPath: /a"} {
		next, _ := mustParse(t, bare+document)
		changes := Diff(old, next)
		name, _, _ := strings.Cut(document, ":")
		if len(changes) != 1 || changes[0].Path != name || Reloads(name) {
			t.Errorf("%s: %v", document, changes)
		}
		if err := old.RefuseRestart(next); err == nil || !strings.Contains(err.Error(), name+": is another one than now, and takes a restart") {
			t.Errorf("%s: %v", document, err)
		}
		if same := Diff(next, next); len(same) != 0 {
			t.Errorf("%s: %v", document, same)
		}
	}
}
