package docs

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// page is a Markdown file, taken apart.
type page struct {
	path     string // from the root, with slashes
	prose    []line // what is not in a block
	blocks   []*block
	links    []link
	headings []string
}

// line is a line of prose.
type line struct {
	number int
	text   string
}

// block is a fenced block. Options are what stands behind the language: words, and names with values.
type block struct {
	page    string
	line    int
	lang    string
	options map[string]string
	text    string
}

// link is the target of a link.
type link struct {
	line   int
	target string
}

// String is where the block stands.
func (b *block) String() string { return fmt.Sprintf("%s:%d (%s)", b.page, b.line, b.lang) }

// has reports whether an option stands behind the language.
func (b *block) has(option string) bool {
	_, there := b.options[option]
	return there
}

// generated is the page that package config makes and checks.
const generated = "docs/configuration.md"

// pages reads all pages.
func pages(t *testing.T) (all []*page) {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(root, "docs", "*.md"))
	if err != nil || len(paths) < 10 {
		t.Fatalf("%d pages were found: %v", len(paths), err)
	}
	for _, path := range append(paths, filepath.Join(root, "README.md")) {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		rel, err := filepath.Rel(root, path)
		if err != nil {
			t.Fatal(err)
		}
		p, err := parsePage(filepath.ToSlash(rel), string(text))
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
	return all
}

// pageOf reads one page.
func pageOf(t *testing.T, path string) *page {
	t.Helper()
	all := pages(t)
	i := slices.IndexFunc(all, func(p *page) bool { return p.path == path })
	if i < 0 {
		t.Fatalf("there is no page %s", path)
	}
	return all[i]
}

var (
	fence     = regexp.MustCompile("^```(.*)$")
	option    = regexp.MustCompile(`([a-z]+)(?:="([^"]*)")?`)
	inline    = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	reference = regexp.MustCompile(`^\[[^\]]+\]:\s+(\S+)`)
	heading   = regexp.MustCompile(`^#+ (.*)$`)
)

// parsePage takes a page apart.
func parsePage(path, text string) (*page, error) {
	p := &page{path: path}
	var open *block
	var inside []string
	for i, s := range strings.Split(text, "\n") {
		m := fence.FindStringSubmatch(s)
		switch {
		case m != nil && open == nil:
			open, inside = newBlock(path, i+1, m[1]), nil
		case m != nil:
			open.text = strings.Join(inside, "\n") + "\n"
			p.blocks = append(p.blocks, open)
			open = nil
		case open != nil:
			inside = append(inside, s)
		default:
			p.addProse(i+1, s)
		}
	}
	if open != nil {
		return nil, fmt.Errorf("%s is never closed", open)
	}
	return p, nil
}

func newBlock(path string, number int, info string) *block {
	lang, rest, _ := strings.Cut(info, " ")
	b := &block{page: path, line: number, lang: lang, options: map[string]string{}}
	for _, m := range option.FindAllStringSubmatch(rest, -1) {
		b.options[m[1]] = m[2]
	}
	return b
}

func (p *page) addProse(number int, s string) {
	p.prose = append(p.prose, line{number, s})
	if m := heading.FindStringSubmatch(s); m != nil {
		p.headings = append(p.headings, m[1])
	}
	targets := inline.FindAllStringSubmatch(s, -1)
	if m := reference.FindStringSubmatch(s); m != nil {
		targets = append(targets, m)
	}
	for _, m := range targets {
		p.links = append(p.links, link{number, m[1]})
	}
}

// files are the blocks of a page that are written to its folder.
func (p *page) files() (titled []*block) {
	for _, b := range p.blocks {
		if b.options["title"] != "" {
			titled = append(titled, b)
		}
	}
	return titled
}

// text is all of a page's blocks.
func (p *page) text() string {
	var all strings.Builder
	for _, b := range p.blocks {
		all.WriteString(b.text)
	}
	return all.String()
}
