package config

import (
	"errors"
	"flag"
	"os"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "rewrite docs/configuration.md and the golden files")

// builtin stands for what a connector has built in.
var builtin = Known{
	Plugins:     []string{"ilp-plugin-btp", "ilp-plugin-mini-accounts", "ilp-plugin-http", "ilp-http", "other-plugin"},
	Backends:    []string{"ecb", "one-to-one"},
	Stores:      []string{"memory", "bolt"},
	Middlewares: []string{"tap"},
	Variables:   []string{"CONNECTOR_CONFIG"},
}

// parse reads a YAML document and variables, and takes the error apart.
func parse(t *testing.T, document string, environ ...string) (*Config, []Warning, Faults) {
	t.Helper()
	c, warnings, err := Parse("connector.yaml", []byte(document), environ, builtin)
	var faults Faults
	if err != nil && !errors.As(err, &faults) {
		t.Fatalf("error is a %T, not Faults: %v", err, err)
	}
	if (c == nil) != (len(faults) > 0) {
		t.Fatalf("configuration %v with faults %v", c, faults)
	}
	wantHints(t, faults, warnings)
	return c, warnings, faults
}

// wantHints fails the test if a fault or a warning does not say what to do, or if a setting
// has both.
func wantHints(t *testing.T, faults Faults, warnings []Warning) {
	t.Helper()
	for _, w := range warnings {
		if w.Path != "" && slices.ContainsFunc(faults, func(f Fault) bool { return f.Path == w.Path }) {
			t.Errorf("a setting with a fault has a warning, too: %s", w)
		}
	}
	for _, w := range warnings {
		faults = append(faults, Fault(w))
	}
	for _, f := range faults {
		if f.Hint == "" {
			t.Errorf("no hint says what to do: %s", f)
		}
	}
}

// mustParse fails the test on any fault.
func mustParse(t *testing.T, document string, environ ...string) (*Config, []Warning) {
	t.Helper()
	c, warnings, faults := parse(t, document, environ...)
	if faults != nil {
		t.Fatalf("faults:\n%v", faults)
	}
	return c, warnings
}

// hasLine reports whether one of the lines contains all the words.
func hasLine(lines []string, words ...string) bool {
	return slices.ContainsFunc(lines, func(line string) bool {
		return !slices.ContainsFunc(words, func(word string) bool { return !strings.Contains(line, word) })
	})
}

func faultLines(faults Faults) []string {
	var lines []string
	for _, f := range faults {
		lines = append(lines, f.Error())
	}
	return lines
}

func warningLines(warnings []Warning) []string {
	var lines []string
	for _, w := range warnings {
		lines = append(lines, w.String())
	}
	return lines
}

// golden compares got with a file, or rewrites the file with -update.
func golden(t *testing.T, file string, got []byte) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if string(want) != string(got) {
		t.Errorf("%s is not what the code makes; run go test ./config -update and look at the difference.\ngot:\n%s", file, got)
	}
}

// one returns a document with a single valid account; more YAML may follow it.
const one = `
ilpAddress: test.me
accounts:
  bob:
    relation: peer
    plugin: ilp-plugin-btp
    assetCode: USD
    assetScale: 9
    balance: {maximum: "100"}
    options: {listener: {port: 9000, secret: token}}
`
