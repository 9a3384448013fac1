package house

import (
	"go/ast"
	"go/parser"
	"strconv"
	"testing"
)

// errorKey is the key under which every log line has its error.
const errorKey = "error"

// Operators search the log for one key.
func TestErrorsAreLoggedUnderOneKey(t *testing.T) {
	lines := 0
	for _, s := range sources(t) {
		if s.isTest() {
			continue
		}
		ast.Inspect(s.file, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok || !makesLog(call) {
				return true
			}
			lines++
			for _, key := range wrongKeys(call) {
				t.Errorf("%s: a log line has its error under the key %q, not %q", s.path, key, errorKey)
			}
			return true
		})
	}
	if lines < 50 {
		t.Errorf("only %d log lines were found", lines)
	}
}

// makesLog reports whether a call makes a log line or a part of one.
func makesLog(call *ast.CallExpr) bool {
	f, ok := call.Fun.(*ast.SelectorExpr)
	if !ok {
		f, ok := call.Fun.(*ast.Ident)
		return ok && f.Name == "append"
	}
	switch f.Sel.Name {
	case "Debug", "Info", "Warn", "Error", "Log", "With", "String", "Any":
		return true
	}
	return false
}

// wrongKeys returns the keys of a call that are short for the key of errors, or stand before
// an error.
func wrongKeys(call *ast.CallExpr) (keys []string) {
	for i, arg := range call.Args {
		text, ok := arg.(*ast.BasicLit)
		if !ok {
			continue
		}
		key, err := strconv.Unquote(text.Value)
		if err != nil || key == errorKey {
			continue
		}
		if key == "err" || i+1 < len(call.Args) && isKey(call, i) && isError(call.Args[i+1]) {
			keys = append(keys, key)
		}
	}
	return keys
}

// isKey reports whether an argument may be a key: the first one of a line is its message.
func isKey(call *ast.CallExpr, i int) bool {
	f, ok := call.Fun.(*ast.SelectorExpr)
	return i > 0 || ok && (f.Sel.Name == "String" || f.Sel.Name == "Any" || f.Sel.Name == "With")
}

// isError reports whether an expression is err, or a method or function of it.
func isError(e ast.Expr) bool {
	found := false
	ast.Inspect(e, func(n ast.Node) bool {
		id, ok := n.(*ast.Ident)
		found = found || ok && (id.Name == "err" || id.Name == "Err")
		return !found
	})
	return found
}

func TestWrongKeysOfErrorsAreFound(t *testing.T) {
	for code, wrong := range map[string]bool{
		`log.Warn("no rates", "error", err)`:                     false,
		`log.Warn("no rates", "err", err)`:                       true,
		`log.Warn("no rates", "reason", err)`:                    true,
		`log.Warn("no rates", "why", shorten(err.Error()))`:      true,
		`slog.String("err", text)`:                               true,
		`slog.Any("cause", err)`:                                 true,
		`append(attrs, "err", x)`:                                true,
		`log.Warn("no rates", "reason", text, "error", e.Err())`: false,
	} {
		e, err := parser.ParseExpr(code)
		if err != nil {
			t.Fatal(err)
		}
		if got := wrongKeys(e.(*ast.CallExpr)); (len(got) > 0) != wrong {
			t.Errorf("%s: %q", code, got)
		}
	}
}
