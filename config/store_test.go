package config

import (
	"encoding/json"
	"strings"
	"testing"
	"time"
)

func TestAutoIsBoltWhereThereIsAPath(t *testing.T) {
	for more, want := range map[string]string{
		"":                          "memory",
		"store: auto":               "memory",
		"storePath: /a":             "bolt",
		"storeConfig: {path: /a}":   "bolt",
		"storeConfig: {path: null}": "memory",
		"storePath: /a\nstoreConfig: {path: null}": "bolt",
		"storePath: /a\nstoreConfig: {path: ''}":   "memory", // it wins, as in the reference
		"store: auto\nstorePath: /a":               "bolt",
		"store: memory\nstorePath: /a":             "memory",
		"store: bolt\nstorePath: /a":               "bolt",
	} {
		if c, _ := mustParse(t, one+more); c.StoreName() != want {
			t.Errorf("%q: %s, want %s", more, c.StoreName(), want)
		}
	}
}

func TestStoreIsKeptAsItWasWritten(t *testing.T) {
	for _, name := range []string{"auto", "bolt"} {
		c, _ := mustParse(t, one+"storePath: /a\nstoreConfig: {durability: 5}\nstore: "+name)
		if text, err := json.Marshal(c); err != nil || !strings.Contains(string(text), `"store":"`+name+`","storePath":"/a","storeConfig":{"durability":5}`) {
			t.Errorf("%s: %s %v", name, text, err)
		}
		again, _, err := c.Validate(builtin)
		if err != nil || again.StoreName() != "bolt" || again.StoreDurability() != 5*time.Millisecond {
			t.Errorf("%s: %v %v", name, again, err)
		}
	}
}

// A program may bring a store whose name is its own, and so is its storeConfig.
func TestStoreOfAProgramIsItsOwnAffair(t *testing.T) {
	known := builtin
	known.Stores = []string{"memory", "bolt", "disk"}
	const disk = one + "store: disk\nstoreConfig: {durability: 5, path: [1], what: ever}"
	c, warnings, err := Parse("c.yaml", []byte(disk), nil, known)
	if err != nil || warnings != nil || c.StoreName() != "disk" || c.StoreDurability() != 0 {
		t.Errorf("%v %v %v", c, warnings, err)
	}
	known.Stores = []string{"memory"}
	_, _, err = Parse("c.yaml", []byte(one+"storePath: /a"), nil, known)
	if err == nil || !hasLine([]string{err.Error()}, `store: is "bolt", which is not known; use auto or memory`) {
		t.Errorf("bolt by way of auto where there is none: %v", err)
	}
}

func TestDurabilityIsReadAsItIsWritten(t *testing.T) {
	for text, want := range map[string]time.Duration{
		"null": 0, "sync": 0, "1": time.Millisecond, "60000": time.Minute, "5.0": 5 * time.Millisecond,
		"'1'": time.Millisecond, "'60000'": time.Minute, "'050'": 50 * time.Millisecond,
	} {
		c, warnings := mustParse(t, one+"storePath: /a\nstoreConfig: {durability: "+text+"}")
		if got := c.StoreDurability(); got != want || warnings != nil {
			t.Errorf("%s: %v %v, want %v", text, got, warnings, want)
		}
	}
	made := Config{Store: "bolt", StoreConfig: map[string]any{"durability": 7}}
	if got := made.StoreDurability(); got != 7*time.Millisecond {
		t.Errorf("made in Go: %v", got)
	}
	if c, _ := mustParse(t, one+"storePath: /a"); c.StoreDurability() != 0 {
		t.Errorf("left out: %v", c.StoreDurability())
	}
}

func TestStoreFaults(t *testing.T) {
	const bolt, hint = "storePath: /a\nstoreConfig: ", `use "sync", or a whole number of milliseconds from 1 to 60000`
	durability := func(text string) string { return one + bolt + "{durability: " + text + "}" }
	for _, test := range (rules{
		{"bolt without a path", one + "store: bolt", []string{"storePath (CONNECTOR_STORE_PATH)", "is not set", "set it to a directory"}},
		{"bolt with an empty path", one + "store: bolt\nstorePath: /a\nstoreConfig: {path: ''}", []string{"storeConfig.path", "is empty", "remove it and set storePath"}},
		{"bolt with a path that is none", one + "store: bolt\nstoreConfig: {path: 5}", []string{"storeConfig.path", "is a number, not a string"}},
		{"bolt with a storeConfig that is none", one + "store: bolt\nstoreConfig: 5", []string{"storeConfig", "is a number, not an object"}},
		{"bolt with a storePath that is none", one + "store: bolt\nstorePath: 5", []string{"storePath", "is a number, not a string"}},
		{"auto with a path that is none", one + "storeConfig: {path: [/a]}", []string{"storeConfig.path", "is a list, not a string"}},
		{"memory with a path that is none", one + "store: memory\nstoreConfig: {path: 5}", nil},
		{"near auto", one + "store: atuo", []string{"store", `"atuo"`, "did you mean auto?"}},
		{"no store at all", one + "store: ''", []string{"store", "not known", "use auto, memory or bolt"}},
		{"store that is none", one + "store: 5\nstorePath: /a\nstoreConfig: {x: 1}", []string{"store", "is a number, not a string"}},
		{"blank path", one + "storePath: '  '", []string{"storePath", "is blank"}},
		{"line break in the path", one + "storePath: \"/a\\n\"", []string{"storePath", "line break"}},
		{"blank path of bolt", one + bolt + "{path: ' '}", []string{"storeConfig.path", "is blank"}},
		{"blank behind the path", one + "storePath: '/a '", []string{"storePath", "begins or ends with a blank", "which makes it another directory"}},
		{"blank before the path of bolt", one + bolt + "{path: ' /a'}", []string{"storeConfig.path", "begins or ends with a blank"}},
		{"blank in the path", one + "storePath: '/a b/c'", nil},
		{"no time", durability("0"), []string{"storeConfig.durability", "is 0", hint}},
		{"no time in quotes", durability("'0'"), []string{"storeConfig.durability", "is 0", hint}},
		{"less than nothing", durability("-1"), []string{"storeConfig.durability", "not a whole number", hint}},
		{"part of a millisecond", durability("0.5"), []string{"storeConfig.durability", "not a whole number", hint}},
		{"longer than a minute", durability("60001"), []string{"storeConfig.durability", "loss of power", hint}},
		{"longer than a minute in quotes", durability("'60001'"), []string{"storeConfig.durability", "loss of power", hint}},
		{"misspelt", durability("snyc"), []string{"storeConfig.durability", "neither sync nor a number", "did you mean sync? " + hint}},
		{"a unit", durability("5ms"), []string{"storeConfig.durability", "neither sync nor a number", hint}},
		{"no text", durability("''"), []string{"storeConfig.durability", "neither sync nor a number", hint}},
		{"a boolean", durability("true"), []string{"storeConfig.durability", "is a boolean, neither", hint}},
		{"a list", durability("[5]"), []string{"storeConfig.durability", "is a list, neither", hint}},
		{"unknown key near one", one + bolt + "{durabilty: 5}", []string{"storeConfig.durabilty", "not a setting of bolt", "did you mean durability?"}},
		{"unknown key near none", one + bolt + "{password: x}", []string{"storeConfig.password", "not a setting of bolt", "the settings here are path, durability"}},
	}) {
		t.Run(test.name, func(t *testing.T) {
			_, _, faults := parse(t, test.document)
			if test.words == nil && faults != nil || test.words != nil && (len(faults) != 1 || !hasLine(faultLines(faults), test.words...)) {
				t.Errorf("got\n%v\nwant one fault with %q", faults, test.words)
			}
		})
	}
}

func TestStoreWarnings(t *testing.T) {
	for _, test := range (rules{
		{"memory", one + "store: memory", nil},
		{"memory with settings", one + "store: memory\nstoreConfig: {what: ever}", nil},
		{"memory with a path", one + "store: memory\nstorePath: /a", []string{"store: ", "keeps nothing under the path", "use bolt, or remove the path"}},
		{"memory with a path in storeConfig", one + "store: memory\nstoreConfig: {path: /a}", []string{"store: ", "keeps nothing under the path"}},
		{"bolt", one + "store: bolt\nstorePath: /a\nstoreConfig: {durability: 5}", nil},
		{"auto with a path", one + "storePath: /a\nstoreConfig: {durability: sync}", nil},
		{"durability of nothing", one + "storeConfig: {durability: 5}", []string{"storeConfig.durability", "nothing is kept", "set storePath"}},
		{"path misspelt", one + "storeConfig: {paht: /a}", []string{"storeConfig.paht", "no path", "did you mean path?"}},
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

// What bolt takes is said in the description of storeConfig, which is prose.
func TestStoreConfigIsDescribed(t *testing.T) {
	for _, words := range []string{"`path`", "`durability`", `"sync"`, "from 1 to 60000"} {
		if text := settings().property("storeConfig").description; !strings.Contains(text, words) {
			t.Errorf("lacks %s: %s", words, text)
		}
	}
}
