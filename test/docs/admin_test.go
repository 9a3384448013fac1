package docs

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// Every route has a heading, such as "GET /accounts/ID" or "POST /settlements/ACCOUNT/ID", and every such heading a route.
func TestAdminRoutesAreDescribed(t *testing.T) {
	want := adminRoutes(t)
	var got []string
	route := regexp.MustCompile("^`?((?:GET|POST|PUT|PATCH|DELETE) /[^` ]*)`?$")
	for _, h := range pageOf(t, "docs/admin-api.md").headings {
		if m := route.FindStringSubmatch(h); m != nil {
			if inner := innerPart.ReplaceAllString(m[1], "/*/"); slices.Contains(want, inner) {
				got = append(got, inner)
				continue
			}
			got = append(got, innerPart.ReplaceAllString(variablePart.ReplaceAllString(m[1], ""), "/*/"))
		}
	}
	for _, r := range want {
		r := strings.Replace(r, "HEAD", "GET", 1) // told where the page tells of GET
		if !slices.Contains(got, r) {
			t.Errorf("docs/admin-api.md has no heading for %s", r)
		}
	}
	for _, r := range got {
		if !slices.Contains(want, r) {
			t.Errorf("docs/admin-api.md describes %s, which is no route", r)
		}
	}
}

// variablePart is what stands for something else at the end of a path, with what is to be done with it.
var variablePart = regexp.MustCompile(`[A-Z]+(/[A-Z]+)*(/[a-z]+)?$`)

// innerPart is what stands for something else within a path.
var innerPart = regexp.MustCompile(`/[A-Z]+/`)

// adminRoutes reads the routes from the list in package admin: {http.MethodGet, "/status", ...}.
func adminRoutes(t *testing.T) (routes []string) {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(root, "admin", "api.go"), nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	ast.Inspect(file, func(n ast.Node) bool {
		entry, ok := n.(*ast.CompositeLit)
		if !ok || len(entry.Elts) != 3 {
			return true
		}
		method, isMethod := entry.Elts[0].(*ast.SelectorExpr)
		path, isPath := entry.Elts[1].(*ast.BasicLit)
		if !isMethod || !isPath {
			return true
		}
		text, err := strconv.Unquote(path.Value)
		if err != nil {
			t.Fatal(err)
		}
		routes = append(routes, strings.ToUpper(strings.TrimPrefix(method.Sel.Name, "Method"))+" "+text)
		return true
	})
	if len(routes) < 10 {
		t.Fatalf("only %d routes were found: %q", len(routes), routes)
	}
	return routes
}
