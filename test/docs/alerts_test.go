package docs

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// The tables of docs/operations.md and docs/settlement.md have every alert that the source raises, and no other. What an
// alert says is a constant whose name begins with alert, so that this test finds it.
func TestAlertsAreDescribed(t *testing.T) {
	want, got := alertsOfTheSource(t), describedAlerts(t)
	for text, where := range want {
		if !slices.Contains(got, text) {
			t.Errorf("%s: no table has a row for the alert\n\t`%s`", where, text)
		}
	}
	for _, text := range got {
		if want[text] == "" {
			t.Errorf("no alert says\n\t`%s`", text)
		}
	}
	if len(want) < 25 {
		t.Errorf("%d alerts were found", len(want))
	}
}

// describedAlerts returns the texts in the tables that have a column of texts.
func describedAlerts(t *testing.T) (texts []string) {
	t.Helper()
	row := regexp.MustCompile("^\\| `([^`]+)` \\|")
	for _, path := range []string{"docs/operations.md", "docs/settlement.md"} {
		inTable := false
		for _, l := range pageOf(t, path).prose {
			inTable = strings.HasPrefix(l.text, "| Text |") || inTable && strings.HasPrefix(l.text, "|")
			if m := row.FindStringSubmatch(l.text); inTable && m != nil {
				texts = append(texts, m[1])
			}
		}
	}
	return texts
}

var verbs = regexp.MustCompile(`%[.0-9]*[a-z]`)

// foldersOfTheProgram returns the folders whose packages are in the program.
func foldersOfTheProgram(t *testing.T) map[string]bool {
	t.Helper()
	list := exec.Command("go", "list", "-deps", "-f", "{{if not .Standard}}{{.Dir}}{{end}}", "./cmd/ilp-connector")
	list.Dir = root
	out, err := list.Output()
	if err != nil {
		t.Fatal(err)
	}
	folders := make(map[string]bool)
	for folder := range strings.FieldsSeq(string(out)) {
		folders[folder] = true
	}
	return folders
}

// alertsOfTheSource returns what alerts of the program say, with "..." for what changes, and where
// that is declared.
func alertsOfTheSource(t *testing.T) map[string]string {
	t.Helper()
	texts, folders := make(map[string]string), foldersOfTheProgram(t)
	if err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && slices.Contains([]string{"node_modules", "testdata", "test", ".git"}, entry.Name()):
			return filepath.SkipDir
		case !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go"):
			return nil
		}
		if folder, err := filepath.Abs(filepath.Dir(path)); err != nil || !folders[folder] {
			return err
		}
		files := token.NewFileSet()
		file, err := parser.ParseFile(files, path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.ValueSpec:
				for i, name := range n.Names {
					if text := literal(n.Values, i); text != "" && isAlertName(name.Name) {
						texts[verbs.ReplaceAllString(text, "...")] = files.Position(name.Pos()).String()
					}
				}
			case *ast.CallExpr:
				if raisesLiteral(n) {
					t.Errorf("%s: name the text of this alert alert..., as a constant, and describe it in docs/operations.md",
						files.Position(n.Pos()))
				}
			}
			return true
		})
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return texts
}

// isAlertName reports whether a constant is what an alert says.
func isAlertName(name string) bool {
	rest, found := strings.CutPrefix(name, "alert")
	return found && rest != "" && rest[0] >= 'A' && rest[0] <= 'Z'
}

// literal returns the text of the value i if that is literal, or literals with + between.
func literal(values []ast.Expr, i int) string {
	if i >= len(values) {
		return ""
	}
	switch v := values[i].(type) {
	case *ast.BasicLit:
		if v.Kind == token.STRING {
			text, _ := strconv.Unquote(v.Value)
			return text
		}
	case *ast.BinaryExpr:
		return literal([]ast.Expr{v.X}, 0) + literal([]ast.Expr{v.Y}, 0)
	}
	return ""
}

// raisesLiteral reports whether a call raises an alert whose message has a literal text.
func raisesLiteral(call *ast.CallExpr) bool {
	selector, ok := call.Fun.(*ast.SelectorExpr)
	if !ok || len(call.Args) == 0 || !slices.Contains([]string{"Raise", "RaiseKind", "RaiseStrangers", "RaiseMoney", "alertMoney", "Alert"}, selector.Sel.Name) {
		return false
	}
	found := false
	ast.Inspect(call.Args[len(call.Args)-1], func(n ast.Node) bool {
		l, ok := n.(*ast.BasicLit)
		found = found || ok && l.Kind == token.STRING
		return !found
	})
	return found
}
