package docs

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// refusal is a code and a text, as pages write them: `T04` `exceeded maximum balance.`
var refusal = regexp.MustCompile("`([FTR][0-9]{2})` +`([^`]+)`")

// Texts of refusals are matched by programs, so they stand in the pages to the letter. What comes from the packet
// is NAME=VALUE or "..." there.
func TestRefusalsAreThoseOfTheSource(t *testing.T) {
	texts := literals(t)
	value := regexp.MustCompile(`=[^ ]+`)
	found := 0
	for _, p := range pages(t) {
		var prose strings.Builder
		for _, l := range p.prose {
			if cells := strings.Split(l.text, "|"); p.path == "docs/compatibility.md" && len(cells) > 3 {
				l.text = strings.Join(cells[3:], "|") // the column before is what the reference says
			}
			prose.WriteString(l.text + " ")
		}
		for _, m := range refusal.FindAllStringSubmatch(prose.String(), -1) {
			found++
			want := value.ReplaceAllString(strings.TrimSuffix(m[2], "..."), "=")
			if !strings.Contains(texts, strings.TrimSpace(want)) {
				t.Errorf("%s shows the refusal %q, which is not in the source", p.path, m[2])
			}
		}
	}
	if found < 20 {
		t.Errorf("only %d refusals were found in the pages", found)
	}
}

// The messages of docs/operations.md are those of the log.
func TestLogMessagesAreThoseOfTheSource(t *testing.T) {
	texts := literals(t)
	message := regexp.MustCompile("^\\| `([^`]+)` \\|")
	found, inTable := 0, false
	for _, l := range pageOf(t, "docs/operations.md").prose {
		inTable = strings.HasPrefix(l.text, "| `msg` |") || inTable && strings.HasPrefix(l.text, "|")
		m := message.FindStringSubmatch(l.text)
		if !inTable || m == nil || m[1] == "msg" {
			continue
		}
		found++
		if !strings.Contains(texts, strings.TrimSuffix(m[1], "...")) {
			t.Errorf("docs/operations.md:%d shows the message %q, which is not in the source", l.number, m[1])
		}
	}
	if found < 5 {
		t.Errorf("only %d messages were found", found)
	}
}

// literals is all strings of the source, without the verbs of formats.
func literals(t *testing.T) string {
	t.Helper()
	var all strings.Builder
	verb := regexp.MustCompile(`=%[a-z]`)
	files := token.NewFileSet()
	for _, dir := range []string{"engine", "link", "rate", "route", "connector", "ilp", "store", "audit", "config"} {
		err := filepath.WalkDir(filepath.Join(root, dir), func(name string, _ fs.DirEntry, err error) error {
			if err != nil || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
				return err
			}
			file, err := parser.ParseFile(files, name, nil, 0)
			if err != nil {
				return err
			}
			ast.Inspect(file, func(n ast.Node) bool {
				if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING {
					if text, err := strconv.Unquote(lit.Value); err == nil {
						all.WriteString(verb.ReplaceAllString(text, "=") + "\n")
					}
				}
				return true
			})
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return all.String()
}
