package cli

import (
	"io"
	"slices"
	"strings"
	"testing"
)

func TestNegativeNumbersAreArguments(t *testing.T) {
	p := &program{name: product, stdout: io.Discard, stderr: io.Discard}
	for line, want := range map[string]string{
		"balance adjust alice -5":                   "balance adjust -- alice -5",
		"balance adjust alice -5 --json":            "balance adjust --json -- alice -5",
		"balance adjust alice -5 --url http://x":    "balance adjust --url http://x -- alice -5",
		"balance adjust --reason -5 alice -6":       "balance adjust --reason -5 -- alice -6",
		"balance adjust alice -- -5":                "balance adjust -- alice -5",
		"balance --json adjust -1.5 alice":          "balance adjust --json -- -1.5 alice",
		"balance adjust alice -5 --unknown x":       "balance adjust --unknown -- alice -5 x",
		"ping test.far -c -5":                       "ping -c -5 -- test.far",
		"ping -c-5 test.far -6":                     "ping -c-5 -- test.far -6",
		"--config x balance adjust a -5":            "balance adjust --config x -- a -5",
		"balance adjust alice 5":                    "balance adjust alice 5",
		"balance adjust alice -x":                   "balance adjust alice -x",
		"-5":                                        "-5",
		"__complete balance adjust alice -5 --json": "__complete balance adjust alice -5 --json",
	} {
		if got := numbersLast(p.root(), strings.Fields(line)); !slices.Equal(got, strings.Fields(want)) {
			t.Errorf("%s becomes %q, want %s", line, got, want)
		}
	}
}
