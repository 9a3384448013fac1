package docs

import (
	"strings"
	"testing"
	"time"
)

// impatience is how long a command may take that is meant to fail.
const impatience = 300 * time.Millisecond

// The tests of this package are worth something only if a wrong example fails them.
func TestWrongExamplesAreNoticed(t *testing.T) {
	const connector = "ilpAddress: test.acme\nbackend: one-to-one\naccounts: {}\nadminApi: true\n"
	const running = connector + "```\n```sh background\nilp-connector run --config c.yaml\n```\n```sh\nilp-connector ping test.acme\n```\n"
	for _, c := range []struct {
		name, info, text string
		right            bool
	}{
		{"a configuration", `yaml title="c.yaml"`, connector, true},
		{"a configuration with a misspelt key", `yaml title="c.yaml"`, connector + "sprad: 0\n", false},
		{"a configuration that draws a warning", `yaml title="c.yaml"`, connector + "spread: 1\n", false},
		{"a configuration in JSON", `json title="c.json"`, `{"ilpAddress": "test.acme", "accounts": {}}`, true},
		{"a configuration in JSON without accounts", `json title="c.json"`, `{"ilpAddress": "test.acme"}`, false},
		{"settings of an account", "yaml account", `maxPacketAmount: "5"` + "\n", true},
		{"settings of an account with a wrong type", "yaml account", "maxPacketAmount: five\n", false},
		{"an account that is refused", `yaml account refused="is not a setting"`, "maxPackets: 5\n", true},
		{"an account that is refused for another reason", `yaml account refused="is not a setting"`, "maxPacketAmount: five\n", false},
		{"an account that should be refused", `yaml account refused="is not a setting"`, `maxPacketAmount: "5"` + "\n", false},
		{"settings", "yaml settings", "spread: 0.1\n", true},
		{"settings that there are not", "yaml settings", "sprad: 0.1\n", false},
		{"JSON", "json", `{"a": 1}`, true},
		{"broken JSON", "json", `{"a": }`, false},
		{"a command", "sh", "true", true},
		{"a command that fails", "sh", "false\ntrue", false},
		{"what a command prints", "console", "$ echo fine\nfine\n", true},
		{"what a command does not print", "console", "$ echo fine\nbad\n", false},
		{"the second of two commands", "console", "$ echo fine\nfine\n$ echo 'a \\\n  b'\na \\\nb\n", true},
		{"a status", "console", "$ false\n$ echo $?\n1\n", true},
		{"a command that is not run", `sh untested="it would end the world"`, "false", true},
		{"an untested command without a reason", "sh untested", "false", false},
		{"a command that goes on", "console stop", "$ bash -c 'echo fine; sleep 60'\nfine\n", true},
		{"a command that goes on and prints something else", "console stop", "$ bash -c 'echo fine; sleep 60'\nbad\n", false},
		{"a background that ends", "sh background", "ilp-connector check --config nothing.yaml", false},
		{"a connector that is interrupted", `yaml title="c.yaml"`, running + "```text interrupt=\"c.yaml\"\n^C\n...\n... msg=stopped unanswered=0\n", true},
		{"an interrupted connector that prints something else", `yaml title="c.yaml"`, running + "```text interrupt=\"c.yaml\"\n^C\nbye\n", false},
		{"an interruption of nothing", `yaml title="c.yaml"`, running + "```text interrupt=\"d.yaml\"\n^C\n...\n", false},
		{"lines of a file", `yaml from="LICENSE"`, "Apache License 3.0\n", false},
		{"a program", `go program="connector/example_test.go"`, "package main\n", false},
		{"a program that nobody runs", `js title="app.js"`, "1", false},
		{"an unknown language", "cobol", "ADD 1", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			p, err := parsePage("wrong.md", "```"+c.info+"\n"+c.text+"\n```\n")
			if err != nil {
				t.Fatal(err)
			}
			b := p.blocks[0]
			wait := impatience
			if c.right || strings.HasPrefix(c.text, running) { // which has to come so far
				wait = patience
			}
			problems := []string{b.problem(p)}
			for _, err := range []error{b.checkConfig(), b.checkSource(), p.run(t.TempDir(), wait)} {
				if err != nil {
					problems = append(problems, err.Error())
				}
			}
			if problem := strings.TrimSpace(strings.Join(problems, "\n")); (problem == "") != c.right {
				t.Errorf("it is right: %t; problems: %s", c.right, problem)
			}
		})
	}
}

func TestPagesAreTakenApart(t *testing.T) {
	p, err := parsePage("x.md", "# A `b` [c](d.md)\n\n[e]: f.md#g\n```sh background untested=\"a b\"\nls\n```\nend")
	if err != nil {
		t.Fatal(err)
	}
	if got := p.anchors(); len(got) != 1 || got[0] != "a-b-c" {
		t.Errorf("the anchors are %q", got)
	}
	if len(p.links) != 2 || p.links[0].target != "d.md" || p.links[1].target != "f.md#g" {
		t.Errorf("the links are %v", p.links)
	}
	if len(p.blocks) != 1 || !p.blocks[0].has("background") || p.blocks[0].options["untested"] != "a b" || p.blocks[0].text != "ls\n" {
		t.Errorf("the blocks are %+v", p.blocks)
	}
	if _, err := parsePage("x.md", "```sh\nls\n"); err == nil {
		t.Error("a block without an end was accepted")
	}
}
