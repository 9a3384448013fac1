package cli

import (
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// Every flag of every command may stand before each name of the command, with its value apart
// or not.
func TestFlagsMayStandAnywhere(t *testing.T) {
	p := &program{name: product, stdout: io.Discard, stderr: io.Discard}
	for path, c := range allCommands(t) {
		c.InitDefaultHelpFlag()
		_ = c.InheritedFlags() // merges them
		names := strings.Fields(path)
		c.Flags().VisitAll(func(f *pflag.Flag) {
			for _, flag := range spellings(f) {
				for at := range len(names) + 1 {
					line := slices.Concat(names[:at], flag, names[at:])
					root := p.root()
					root.InitDefaultHelpCmd() // as Execute does
					found, rest, err := root.Find(commandFirst(root, line))
					if err != nil || commandPath(found) != path || !slices.Equal(rest, flag) {
						t.Errorf("%q is the command %q with %q, %v", line, commandPath(found), rest, err)
					}
				}
			}
		})
	}
}

// spellings returns a flag as it may be written.
func spellings(f *pflag.Flag) (all [][]string) {
	apart := []string{"accounts"} // a value that is the name of a command
	if f.NoOptDefVal != "" {
		apart = nil
	}
	all = [][]string{append([]string{"--" + f.Name}, apart...), {"--" + f.Name + "=accounts"}}
	if f.Shorthand != "" {
		all = append(all, append([]string{"-" + f.Shorthand}, apart...))
	}
	return all
}

// commandFirst could not tell whether a name behind a flag is its value.
func TestFlagsOfOneNameTakeAValueOrDoNot(t *testing.T) {
	takes := make(map[string]string)
	var walk func(*cobra.Command)
	walk = func(c *cobra.Command) {
		c.LocalFlags().VisitAll(func(f *pflag.Flag) {
			for _, name := range []string{"--" + f.Name, "-" + f.Shorthand} {
				if other, known := takes[name]; known && name != "-" && other != f.NoOptDefVal {
					t.Errorf("%s of %s differs from that of another command", name, commandPath(c))
				}
				takes[name] = f.NoOptDefVal
			}
		})
		for _, below := range c.Commands() {
			walk(below)
		}
	}
	walk((&program{name: product, stdout: io.Discard, stderr: io.Discard}).root())
}

func TestArgumentsKeepTheirOrder(t *testing.T) {
	p := &program{name: product, stdout: io.Discard, stderr: io.Discard}
	for line, want := range map[string]string{
		"--json accounts":                              "accounts --json",
		"--json accounts bob -o wide":                  "accounts --json bob -o wide",
		"-o json balance --reason x adjust alice":      "balance adjust -o json --reason x alice",
		"--dry-run balance import x":                   "balance import --dry-run x",
		"--all alerts dismiss":                         "alerts dismiss --all",
		"--nope accounts":                              "accounts --nope",
		"--json -- accounts":                           "--json -- accounts",
		"--json acounts balance":                       "--json acounts balance",
		"--url x balance alice adjust":                 "balance --url x alice adjust",
		"-c3 ping test.x":                              "ping -c3 test.x",
		"-c 3 ping test.x":                             "ping -c 3 test.x",
		"__complete --json accounts --url":             "__complete accounts --json --url",
		"__complete -o json balance adjust a --reason": "__complete balance adjust -o json a --reason",
		"__complete balance":                           "__complete balance",
		"__complete":                                   "__complete",
	} {
		if got := commandFirst(p.root(), strings.Fields(line)); !slices.Equal(got, strings.Fields(want)) {
			t.Errorf("%s becomes %q, want %s", line, got, want)
		}
	}
}
