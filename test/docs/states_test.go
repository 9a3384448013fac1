package docs

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/ilp-go/connector/admin"
)

// The table of docs/operations.md has each state of an account, and the admin API names the same states.
func TestStatesAreDescribed(t *testing.T) {
	row := regexp.MustCompile("^\\| `([a-z]+)` \\|")
	var described []string
	var section string
	for _, l := range pageOf(t, "docs/operations.md").prose {
		if m := heading.FindStringSubmatch(l.text); m != nil {
			section = m[1]
		}
		if m := row.FindStringSubmatch(l.text); m != nil && section == "The states of an account" {
			described = append(described, m[1])
		}
	}
	want := admin.States()
	slices.Sort(want)
	slices.Sort(described)
	if !slices.Equal(described, want) {
		t.Errorf("docs/operations.md has the states %v, and they are %v", described, want)
	}

	code := regexp.MustCompile("`([a-z]+)`")
	var named []string
	for _, l := range pageOf(t, "docs/admin-api.md").prose {
		if rest, is := strings.CutPrefix(l.text, "| `state` | "); is && strings.Contains(rest, "`degraded`") {
			for _, m := range code.FindAllStringSubmatch(rest, -1) {
				named = append(named, m[1])
			}
		}
	}
	slices.Sort(named)
	if !slices.Equal(named, want) {
		t.Errorf("docs/admin-api.md has the states %v, and they are %v", named, want)
	}
}
