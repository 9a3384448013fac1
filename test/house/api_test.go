package house

import (
	"bytes"
	"flag"
	"go/ast"
	"go/build"
	"go/parser"
	"go/printer"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the golden file of the exported names anew")

// api is the packages that programs which embed the connector may use: docs/embedding.md
// lists them, and the promise of semantic versions covers these alone.
var api = []string{
	"account", "account/balance", "audit", "cli", "clock", "config", "connector", "engine", "engine/middleware",
	"ilp", "ilp/btp", "ilp/ccp", "ilp/echo", "ilp/ildcp", "ilptest", "link", "peering", "rate", "settle", "store",
}

const apiFile = "testdata/api.txt"

// TestExportedNamesAreThoseOfTheGoldenFile shows every change of the API in a change of a
// file. Run it with -update after a change that is meant.
func TestExportedNamesAreThoseOfTheGoldenFile(t *testing.T) {
	var all strings.Builder
	for _, dir := range api {
		for _, name := range exported(t, dir) {
			all.WriteString(dir + ": " + name + "\n")
		}
	}
	if *update {
		if err := os.WriteFile(apiFile, []byte(all.String()), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	golden, err := os.ReadFile(apiFile)
	if err != nil {
		t.Fatal(err)
	}
	was, is := strings.Split(string(golden), "\n"), strings.Split(all.String(), "\n")
	for _, line := range was {
		if !slices.Contains(is, line) {
			t.Errorf("no longer exported: %s", line)
		}
	}
	for _, line := range is {
		if !slices.Contains(was, line) {
			t.Errorf("newly exported: %s", line)
		}
	}
}

// TestEveryPackageOfTheAPIIsListed holds that docs/embedding.md names the same packages.
func TestEveryPackageOfTheAPIIsListed(t *testing.T) {
	page, err := os.ReadFile("../../docs/embedding.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, found := strings.Cut(string(page), "\n## Which packages are API\n")
	section, _, _ = strings.Cut(section, "\n## ")
	var listed []string
	for _, row := range regexp.MustCompile("(?m)^\\| `([a-z/]+)` \\|").FindAllStringSubmatch(section, -1) {
		listed = append(listed, row[1])
	}
	slices.Sort(listed)
	if !found || !slices.Equal(listed, api) {
		t.Errorf("docs/embedding.md lists %q, and the API is %q", listed, api)
	}
}

// exported returns the exported names of a package, each with its type, in order.
func exported(t *testing.T, dir string) (names []string) {
	t.Helper()
	p, err := build.ImportDir(filepath.Join("../..", dir), 0)
	if err != nil {
		t.Fatal(err)
	}
	files := token.NewFileSet()
	for _, name := range p.GoFiles {
		file, err := parser.ParseFile(files, filepath.Join(p.Dir, name), nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		ast.FileExports(file)
		for _, decl := range file.Decls {
			names = append(names, lines(t, files, decl)...)
		}
	}
	slices.Sort(names)
	return names
}

// lines returns a declaration in lines that say what they belong to.
func lines(t *testing.T, files *token.FileSet, decl ast.Decl) (lines []string) {
	t.Helper()
	switch d := decl.(type) {
	case *ast.FuncDecl:
		if d.Recv != nil && !receiverIsExported(d.Recv.List[0].Type) {
			return nil
		}
		d.Body = nil
		return []string{text(t, files, d)}
	case *ast.GenDecl:
		for _, spec := range d.Specs {
			switch s := spec.(type) {
			case *ast.ValueSpec:
				for _, name := range s.Names {
					lines = append(lines, strings.TrimSpace(d.Tok.String()+" "+name.Name+" "+text(t, files, s.Type)))
				}
			case *ast.TypeSpec:
				lines = append(lines, members(t, files, s)...)
			}
		}
	}
	return lines
}

// receiverIsExported reports whether a method belongs to an exported type.
func receiverIsExported(of ast.Expr) bool {
	if star, ok := of.(*ast.StarExpr); ok {
		of = star.X
	}
	name, ok := of.(*ast.Ident)
	return ok && name.IsExported()
}

// members returns a type, and each field or method that it lists.
func members(t *testing.T, files *token.FileSet, s *ast.TypeSpec) (lines []string) {
	t.Helper()
	var list *ast.FieldList
	kind := ""
	switch u := s.Type.(type) {
	case *ast.StructType:
		list, kind = u.Fields, "struct"
	case *ast.InterfaceType:
		list, kind = u.Methods, "interface"
	default:
		return []string{"type " + s.Name.Name + " " + text(t, files, s.Type)}
	}
	lines = append(lines, "type "+s.Name.Name+" "+kind)
	for _, f := range list.List {
		of := text(t, files, f.Type)
		if len(f.Names) == 0 {
			lines = append(lines, s.Name.Name+" embeds "+of)
		}
		for _, name := range f.Names {
			lines = append(lines, s.Name.Name+"."+name.Name+" "+strings.TrimPrefix(of, "func"))
		}
	}
	return lines
}

var space = regexp.MustCompile(`\s+`)

// text returns a node in one line, "" for none.
func text(t *testing.T, files *token.FileSet, node any) string {
	t.Helper()
	if e, ok := node.(ast.Expr); node == nil || ok && e == nil {
		return ""
	}
	var b bytes.Buffer
	if err := printer.Fprint(&b, files, node); err != nil {
		t.Fatal(err)
	}
	return space.ReplaceAllString(b.String(), " ")
}
