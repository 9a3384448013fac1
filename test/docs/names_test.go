package docs

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/ilp-go/connector/connector"
)

// Whatever a configuration can name has a heading on the page about its kind.
func TestNamesAreDescribed(t *testing.T) {
	known := connector.Known()
	for _, c := range []struct {
		page  string
		names []string
	}{
		{"docs/rates.md", known.Backends},
		{"docs/limits.md", middlewares(t)},
	} {
		headings := pageOf(t, c.page).headings
		for _, name := range c.names {
			if !slices.Contains(headings, name) {
				t.Errorf("%s has no heading for %s", c.page, name)
			}
		}
	}
	for _, name := range known.Plugins {
		if !slices.ContainsFunc(pages(t), func(p *page) bool { return p.describesPlugin(name) }) {
			t.Errorf("no page has an account with the plugin %s", name)
		}
	}
}

// middlewares are the names that disableMiddleware takes.
func middlewares(t *testing.T) []string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, "config", "schema.json"))
	if err != nil {
		t.Fatal(err)
	}
	var schema struct {
		Properties struct {
			DisableMiddleware struct {
				Items struct {
					Enum []string `json:"enum"`
				} `json:"items"`
			} `json:"disableMiddleware"`
		} `json:"properties"`
	}
	if err := json.Unmarshal(text, &schema); err != nil {
		t.Fatal(err)
	}
	names := schema.Properties.DisableMiddleware.Items.Enum
	if len(names) < 10 {
		t.Fatalf("only %d middlewares were found: %q", len(names), names)
	}
	return names
}

// describesPlugin reports whether the page is about accounts with a plugin.
func (p *page) describesPlugin(name string) bool {
	return slices.ContainsFunc(p.blocks, func(b *block) bool {
		return b.has("account") && regexp.MustCompile(`(?m)^plugin: `+regexp.QuoteMeta(name)+`$`).MatchString(b.text)
	})
}

// The pages of the plugins have every option, and no others. The generated page, which package config keeps right,
// has them all.
func TestOptionsAreDescribed(t *testing.T) {
	want, got := optionsOn(t, generated), optionsOn(t, "docs/btp.md", "docs/mini-accounts.md", "docs/http.md", "docs/xrp.md")
	if len(want) < 10 {
		t.Fatalf("only %d options were found: %q", len(want), want)
	}
	if !slices.Equal(want, got) {
		t.Errorf("the pages of the plugins have the options\n%q\nand %s\n%q", got, generated, want)
	}
}

// optionsOn are the options in the tables of pages.
func optionsOn(t *testing.T, paths ...string) (options []string) {
	t.Helper()
	row := regexp.MustCompile("^\\| ((?:`[A-Za-z.0-9]+`(?:, )?)+) \\| (?:string|integer|boolean|array|object) \\|")
	name := regexp.MustCompile("`([A-Za-z.0-9]+)`")
	for _, path := range paths {
		inTable := false
		for _, l := range pageOf(t, path).prose {
			inTable = strings.HasPrefix(l.text, "| Option |") || inTable && strings.HasPrefix(l.text, "|")
			if m := row.FindStringSubmatch(l.text); m != nil && inTable {
				for _, n := range name.FindAllStringSubmatch(m[1], -1) {
					options = append(options, n[1])
				}
			}
		}
	}
	slices.Sort(options)
	return options
}

// The pages that faults and warnings of the configuration name are there, with their headings.
func TestPagesThatHintsNameAreThere(t *testing.T) {
	all := pages(t)
	named := regexp.MustCompile(`docs/[a-z-]+\.md(#[a-z0-9-]+)?`).FindAllString(literals(t), -1)
	if len(named) < 3 {
		t.Fatalf("only %q were found", named)
	}
	for _, target := range named {
		file, anchor, _ := strings.Cut(target, "#")
		i := slices.IndexFunc(all, func(p *page) bool { return p.path == file })
		if i < 0 || anchor != "" && !slices.Contains(all[i].anchors(), anchor) {
			t.Errorf("a hint names %s, which is not there", target)
		}
	}
}

// Each plugin of the reference has an account before, which is refused with the section as the remedy, and one after.
func TestPluginsAreShownBeforeAndAfter(t *testing.T) {
	p := pageOf(t, "docs/plugins.md")
	found, section, from := 0, "", 0
	check := func(to int) {
		if !strings.HasPrefix(section, "ilp-") || slices.Contains(connector.Known().Plugins, section) {
			return
		}
		found++
		var before, after bool
		for _, b := range p.blocks {
			if b.line < from || b.line > to || !b.has("account") {
				continue
			}
			if b.has("refused") {
				before = before || b.options["refused"] == "docs/plugins.md#"+section && strings.Contains(b.text, section)
			} else {
				after = before
			}
		}
		if !before || !after && section != "ilp-plugin-mirror" { // in whose place nothing comes
			t.Errorf("%s:%d: the section about %s has no account before and after", p.path, from, section)
		}
	}
	for _, l := range p.prose {
		if m := heading.FindStringSubmatch(l.text); m != nil {
			check(l.number)
			section, from = m[1], l.number
		}
	}
	if found < 8 {
		t.Errorf("only %d sections were found", found)
	}
}
