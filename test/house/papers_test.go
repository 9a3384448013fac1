package house

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"
)

// papers are the pages for those who read the code, and how many files each must name.
var papers = map[string]int{"ARCHITECTURE.md": 20, "CONTRIBUTING.md": 40}

// named is a file with its folder, or the target of a link.
var named = regexp.MustCompile(`[a-z_]+(?:/[A-Za-z_.-]+)+\.(?:go|md|json|golden|txt)\b|\]\([^)#]+`)

func TestPapersNameFilesThatExist(t *testing.T) {
	for paper, least := range papers {
		text, err := os.ReadFile(filepath.Join("..", "..", paper))
		if err != nil {
			t.Fatal(err)
		}
		found := 0
		for _, name := range named.FindAllString(string(text), -1) {
			name = strings.TrimPrefix(name, "](")
			if strings.Contains(name, "://") || strings.Contains(name, "NAME") {
				continue
			}
			found++
			if _, err := os.Stat(filepath.Join("..", "..", filepath.FromSlash(name))); err != nil {
				t.Errorf("%s names %s, which is not there", paper, name)
			}
		}
		if found < least {
			t.Errorf("%s: only %d names of files were found", paper, found)
		}
		for i, l := range strings.Split(string(text), "\n") {
			if n := utf8.RuneCountInString(l); n > 120 && !strings.HasPrefix(l, "|") {
				t.Errorf("%s:%d has %d characters, more than 120", paper, i+1, n)
			}
		}
	}
}
