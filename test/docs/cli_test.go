package docs

import (
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var (
	command = regexp.MustCompile("^`?ilp-connector ([a-z][a-z ]*[a-z])`?$")
	flag    = regexp.MustCompile(`--[a-z][a-z-]*`)
	usage   = regexp.MustCompile(`(?m)^ +(?:-[a-z], )?(--[a-z][a-z-]*)`)
)

// Every command has a heading, such as "ilp-connector run", and every such heading a command.
func TestCommandsAreDescribed(t *testing.T) {
	want := commandsBelow(t)
	var got []string
	for _, h := range pageOf(t, "docs/cli.md").headings {
		if m := command.FindStringSubmatch(h); m != nil {
			got = append(got, m[1])
		}
	}
	for _, c := range want {
		if !slices.Contains(got, c) {
			t.Errorf("docs/cli.md has no heading for ilp-connector %s", c)
		}
	}
	for _, c := range got {
		if !slices.Contains(want, c) {
			t.Errorf("docs/cli.md describes ilp-connector %s, which is no command", c)
		}
	}
}

// Every flag that a command has stands in docs/cli.md, and every flag there is one.
func TestFlagsAreDescribed(t *testing.T) {
	var want []string
	for _, c := range append(commandsBelow(t), "", "completion bash") {
		help := output(t, append(strings.Fields(c), "--help")...)
		for _, m := range usage.FindAllStringSubmatch(help, -1) {
			want = append(want, m[1])
		}
	}
	p := pageOf(t, "docs/cli.md")
	text := p.text()
	for _, l := range p.prose {
		text += l.text + "\n"
	}
	got := flag.FindAllString(text, -1)
	for _, f := range want {
		if !slices.Contains(got, f) {
			t.Errorf("docs/cli.md does not name %s", f)
		}
	}
	for _, f := range got {
		if !slices.Contains(want, f) {
			t.Errorf("docs/cli.md names %s, which no command has", f)
		}
	}
}

// commandsBelow asks the program which commands it completes to, and those for theirs.
func commandsBelow(t *testing.T, above ...string) (all []string) {
	t.Helper()
	args := append([]string{"__complete"}, above...)
	for l := range strings.Lines(output(t, append(args, "")...)) {
		name, _, described := strings.Cut(strings.TrimSpace(l), "\t")
		if !described || name == "help" || strings.HasPrefix(name, "-") || len(above) > 0 && above[0] == "completion" {
			continue
		}
		path := append(slices.Clone(above), name)
		all = append(all, strings.Join(path, " "))
		all = append(all, commandsBelow(t, path...)...)
	}
	if len(above) == 0 && len(all) < 5 {
		t.Fatalf("only %d commands were found: %q", len(all), all)
	}
	return all
}

// output is what the program prints.
func output(t *testing.T, args ...string) string {
	t.Helper()
	cmd := exec.Command(filepath.Join(binaries, "ilp-connector"), args...)
	cmd.Env = []string{}
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v", cmd, err)
	}
	return string(out)
}
