package docs

import (
	"encoding/json"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/ilp-go/connector/config"
)

// proseCharsMax is how long a line of prose may be. Tables are as long as they need.
const proseCharsMax = 120

func TestProseIsNarrow(t *testing.T) {
	for _, p := range pages(t) {
		if p.path == generated {
			continue
		}
		for _, l := range p.prose {
			if n := utf8.RuneCountInString(l.text); n > proseCharsMax && !strings.HasPrefix(l.text, "|") {
				t.Errorf("%s:%d has %d characters, more than %d", p.path, l.number, n, proseCharsMax)
			}
		}
	}
}

func TestReadmeIsShort(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(root, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(string(text), "\n"); n > 120 {
		t.Errorf("README.md has %d lines, more than 120: it is the door, not the house", n)
	}
}

func TestLinksResolve(t *testing.T) {
	all := pages(t)
	for _, p := range all {
		for _, l := range p.links {
			if strings.Contains(l.target, "://") {
				continue
			}
			file, anchor, _ := strings.Cut(l.target, "#")
			target := p.path
			if file != "" {
				target = path.Join(path.Dir(p.path), file)
			}
			if _, err := os.Stat(filepath.Join(root, target)); err != nil {
				t.Errorf("%s:%d links to %s, which is not there", p.path, l.line, l.target)
				continue
			}
			i := slices.IndexFunc(all, func(q *page) bool { return q.path == target })
			if anchor != "" && (i < 0 || !slices.Contains(all[i].anchors(), anchor)) {
				t.Errorf("%s:%d links to %s, but there is no such heading", p.path, l.line, l.target)
			}
		}
	}
}

func TestIndexNamesEveryPage(t *testing.T) {
	var named []string
	for _, l := range pageOf(t, "docs/index.md").links {
		named = append(named, "docs/"+l.target)
	}
	for _, p := range pages(t) {
		if p.path != "docs/index.md" && p.path != "README.md" && !slices.Contains(named, p.path) {
			t.Errorf("docs/index.md does not name %s", p.path)
		}
	}
}

var (
	unlinked = regexp.MustCompile(`\[([^\]]*)\]\([^)]*\)`)
	dropped  = regexp.MustCompile("[^a-z0-9 _-]")
	variable = regexp.MustCompile(`CONNECTOR_[A-Z_]*[A-Z]`)
)

// anchors are the names by which headings can be linked to.
func (p *page) anchors() (names []string) {
	for _, h := range p.headings {
		h = unlinked.ReplaceAllString(h, "$1")
		h = dropped.ReplaceAllString(strings.ToLower(h), "")
		names = append(names, strings.ReplaceAll(h, " ", "-"))
	}
	return names
}

func TestVariablesExist(t *testing.T) {
	known := append(variables(t), variable.FindAllString(output(t, "--help"), -1)...) // those in place of flags
	for _, p := range pages(t) {
		lines := p.prose
		for _, b := range p.blocks {
			lines = append(lines, line{b.line, b.text})
		}
		for _, l := range lines {
			for _, name := range variable.FindAllString(l.text, -1) {
				if !slices.Contains(known, name) {
					t.Errorf("%s:%d names %s, which is no variable", p.path, l.number, name)
				}
			}
		}
	}
}

// variables are the names of all variables, after the names of the settings. A secret has a second one, for the
// name of a file.
func variables(t *testing.T) (names []string) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, "config", "schema.json"))
	if err != nil {
		t.Fatal(err)
	}
	var schema struct {
		Properties map[string]struct {
			Reference string `json:"$ref"`
		} `json:"properties"`
	}
	if err := json.Unmarshal(text, &schema); err != nil || len(schema.Properties) < 20 {
		t.Fatalf("config/schema.json has %d settings: %v", len(schema.Properties), err)
	}
	capital := regexp.MustCompile(`[A-Z]`)
	for name, s := range schema.Properties {
		variable := config.VariablePrefix + strings.ToUpper(capital.ReplaceAllString(name, "_$0"))
		names = append(names, variable)
		if s.Reference != "" {
			names = append(names, variable+"_FILE")
		}
	}
	return names
}

func TestEveryBlockSaysWhatItIs(t *testing.T) {
	for _, p := range pages(t) {
		if p.path == generated {
			continue
		}
		for _, b := range p.blocks {
			if problem := b.problem(p); problem != "" {
				t.Errorf("%s: %s", b, problem)
			}
		}
	}
}

// problem is what keeps a block from being checked, nothing if it is.
func (b *block) problem(p *page) string {
	if b.has("untested") && b.options["untested"] == "" {
		return "say why it is not tested"
	}
	if name, is := b.options["test"]; is { // a test of this package uses it
		if !isTest(name) {
			return "there is no test " + name
		}
		return ""
	}
	switch b.lang {
	case "console", "json", "text":
	case "sh":
		if b.has("background") && strings.Contains(strings.TrimSpace(strings.ReplaceAll(b.text, "\\\n", " ")), "\n") {
			return "only one command can go on in the background"
		}
	case "yaml":
		if !b.has("title") && !b.has("account") && !b.has("settings") && !b.has("data") && !b.has("from") {
			return "say title, account, settings, data or from"
		}
	case "js":
		if b.options["title"] == "" {
			return "give the program a title"
		}
		if !strings.Contains(p.commands(), b.options["title"]) {
			return "no command of the page runs it"
		}
	default:
		if b.options["from"] == "" && b.options["program"] == "" {
			return "nobody can check it: say from or program, or another language"
		}
	}
	return ""
}

// isTest reports whether this package has a test of that name.
func isTest(name string) bool {
	files, _ := filepath.Glob("*_test.go")
	return name != "" && slices.ContainsFunc(files, func(file string) bool {
		source, err := os.ReadFile(file)
		return err == nil && strings.Contains(string(source), "\nfunc "+name+"(t *testing.T)")
	})
}

// commands are the blocks of a page that are run.
func (p *page) commands() string {
	var all strings.Builder
	for _, b := range p.blocks {
		if b.lang == "sh" || b.lang == "console" {
			all.WriteString(b.text)
		}
	}
	return all.String()
}
