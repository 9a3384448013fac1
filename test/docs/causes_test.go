package docs

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// The table of docs/limits.md has every cause for which the source refuses packets, and no other.
func TestCausesAreThoseOfTheSource(t *testing.T) {
	declared := regexp.MustCompile(`(?:Reason = |\) Name\(\) string \{ return |Cause(?:Maximum|Minimum|\w*) += )"([a-z_]+)"`)
	var inSource []string
	for _, pattern := range []string{"engine/*.go", "engine/middleware/*.go", "engine/middleware/*/*.go", "account/refusals.go"} {
		files, err := filepath.Glob(filepath.Join("../..", pattern))
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: %d files, %v", pattern, len(files), err)
		}
		for _, file := range files {
			if strings.HasSuffix(file, "_test.go") {
				continue
			}
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range declared.FindAllSubmatch(text, -1) {
				inSource = append(inSource, string(m[1]))
			}
		}
	}
	row := regexp.MustCompile("^\\| `([a-z_]+)` \\|")
	var inPage []string
	inTable := false
	for _, l := range pageOf(t, "docs/limits.md").prose {
		inTable = strings.HasPrefix(l.text, "| Cause |") || inTable && strings.HasPrefix(l.text, "|")
		if m := row.FindStringSubmatch(l.text); inTable && m != nil {
			inPage = append(inPage, m[1])
		}
	}
	slices.Sort(inSource)
	slices.Sort(inPage)
	if inSource = slices.Compact(inSource); len(inSource) < 20 || !slices.Equal(inSource, inPage) {
		t.Errorf("the source has the causes\n%q\ndocs/limits.md has\n%q", inSource, inPage)
	}
}
