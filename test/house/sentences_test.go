package house

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/ilp-go/connector/cli"
)

// sentenceWordsMax is how many words a sentence of the documentation may have. Most should
// have fewer than 25.
const sentenceWordsMax = 40

func TestSentencesOfPagesAreShort(t *testing.T) {
	root := filepath.Join("..", "..")
	pages, err := filepath.Glob(filepath.Join(root, "docs", "*.md"))
	if err != nil || len(pages) < 10 {
		t.Fatalf("%d pages were found: %v", len(pages), err)
	}
	for _, name := range []string{"README.md", "ARCHITECTURE.md", "CONTRIBUTING.md"} {
		pages = append(pages, filepath.Join(root, name))
	}
	for _, name := range pages {
		rel, err := filepath.Rel(root, name)
		if err != nil {
			t.Fatal(err)
		}
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range tooLong(prose(string(text))) {
			t.Errorf("%s: a sentence has more than %d words: %s", rel, sentenceWordsMax, s)
		}
	}
}

func TestSentencesOfHelpAreShort(t *testing.T) {
	if n := checkHelp(t); n < 20 {
		t.Errorf("only %d commands were found", n)
	}
}

var (
	available = regexp.MustCompile(`(?ms)^Available Commands:\n(.*?)\n\n`)
	column    = regexp.MustCompile(`^  (\S+) {2,}`)
)

// checkHelp checks the help of a command and of those below it. It returns their number.
func checkHelp(t *testing.T, path ...string) int {
	t.Helper()
	var out bytes.Buffer
	if status := cli.Run(t.Context(), append(slices.Clone(path), "--help"), &out, &out); status != 0 {
		t.Fatalf("%q --help exits with %d: %s", path, status, &out)
	}
	help := out.String()
	description, rest, _ := strings.Cut(help, "Usage:\n")
	for _, s := range tooLong(append(strings.Split(description, "\n\n"), strings.Split(rest, "\n")...)) {
		t.Errorf("%q --help: a sentence has more than %d words: %s", path, sentenceWordsMax, s)
	}
	n := 1
	if m := available.FindStringSubmatch(help); m != nil {
		for l := range strings.Lines(m[1]) {
			if name := column.FindStringSubmatch(l); name != nil && name[1] != "help" && name[1] != "completion" {
				n += checkHelp(t, append(slices.Clone(path), name[1])...)
			}
		}
	}
	return n
}

var (
	item   = regexp.MustCompile(`^\s*([-*]|[0-9]+\.)\s`)
	code   = regexp.MustCompile("`[^`]*`")
	target = regexp.MustCompile(`\]\([^)]*\)`)
)

// prose returns the paragraphs and list items of a page. It leaves out code, tables and
// headings, and takes code in a line for one word.
func prose(page string) (paragraphs []string) {
	var open []string
	end := func() {
		text := target.ReplaceAllString(strings.Join(open, " "), "]")
		paragraphs, open = append(paragraphs, code.ReplaceAllString(text, "code")), nil
	}
	inCode := false
	for l := range strings.Lines(page) {
		switch {
		case strings.HasPrefix(strings.TrimSpace(l), "```"):
			inCode = !inCode
			end()
		case inCode:
		case strings.TrimSpace(l) == "", strings.HasPrefix(l, "|"), strings.HasPrefix(l, "#"):
			end()
		case len(open) == 0 && strings.HasPrefix(l, "    "): // code as well
		case item.MatchString(l):
			end()
			open = append(open, strings.TrimSpace(item.ReplaceAllString(l, "")))
		default:
			open = append(open, strings.TrimSpace(l))
		}
	}
	end()
	return paragraphs
}

// stop is the end of a sentence. A colon ends one, too: what follows could stand alone.
var stop = regexp.MustCompile(`[.!?:][")*_]*(\s|$)`)

// tooLong returns the sentences of some paragraphs that have too many words.
func tooLong(paragraphs []string) (long []string) {
	for _, p := range paragraphs {
		for _, s := range stop.Split(p, -1) {
			if len(strings.Fields(s)) > sentenceWordsMax {
				long = append(long, strings.TrimSpace(s))
			}
		}
	}
	return long
}

// The rule must be able to say no.
func TestLongSentencesAreFound(t *testing.T) {
	words := func(n int) string { return strings.Repeat("word ", n-1) + "word" }
	for _, test := range []struct {
		page string
		want int
	}{
		{words(40) + ". " + words(40) + ".\n", 0},
		{words(41) + ".\n", 1},
		{words(20) + "\n" + words(21) + ". " + words(41) + "\n", 2},
		{words(20) + ": " + words(21) + ".\n", 0},
		{words(20) + " 1.5 " + words(20) + ".\n", 1},
		{"- " + words(30) + "\n- " + words(30) + "\n  " + words(11) + "\n", 1},
		{"1. " + words(30) + "\n2. " + words(30) + "\n", 0},
		{"# " + words(30) + "\n" + words(30) + "\n", 0},
		{"| " + words(50) + " |\n```\n" + words(50) + "\n```\n", 0},
		{"    " + words(50) + "\n", 0},
		{words(39) + " `a b c`.\n", 0},
		{words(39) + " [a](a b c).\n", 0},
	} {
		if got := tooLong(prose(test.page)); len(got) != test.want {
			t.Errorf("%.40q...: %q, want %d", test.page, got, test.want)
		}
	}
}
