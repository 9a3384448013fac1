package house

import (
	"go/ast"
	"strconv"
	"strings"
	"testing"
	"unicode"
)

// linesMax is the longest a file may be; most should be near a hundred.
const linesMax = 600

func TestFilesAreShort(t *testing.T) {
	for _, s := range sources(t) {
		if s.lines > linesMax {
			t.Errorf("%s has %d lines, more than %d", s.path, s.lines, linesMax)
		}
	}
}

func TestForwardingIsReadInTwoShortFiles(t *testing.T) {
	for _, s := range sources(t) {
		if (s.path == "engine/forward.go" || s.path == "engine/resolve.go") && s.lines > 200 {
			t.Errorf("%s has %d lines; the way of a packet must be read in a few minutes", s.path, s.lines)
		}
	}
}

// mayLack is the files whose tests need what not every machine has, and what that is. They look for it and nothing
// else before they skip.
var mayLack = map[string]string{
	"test/crash_trace_linux_test.go": "strace, and the right to trace",
}

func TestNoInitAndNoSleepingTests(t *testing.T) {
	for _, s := range sources(t) {
		ast.Inspect(s.file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.FuncDecl:
				if n.Name.Name == "init" && n.Recv == nil {
					t.Errorf("%s has an init function: say in connector/builtin.go what there is", s.path)
				}
			case *ast.CallExpr:
				f, ok := n.Fun.(*ast.SelectorExpr)
				if !ok || !s.isTest() {
					return true
				}
				// rapid's Skip drops a step that cannot be taken, and is no test's end.
				if strings.HasPrefix(f.Sel.Name, "Skip") && receiver(f) == "t" && !s.imports("pgregory.net/rapid") && mayLack[s.path] == "" {
					t.Errorf("%s skips a test: a skipped test proves nothing", s.path)
				}
				// The time of synctest is not real: sleeping there is awaiting an event.
				if f.Sel.Name == "Sleep" && receiver(f) == "time" && !s.imports("testing/synctest") {
					t.Errorf("%s sleeps: await the event instead", s.path)
				}
			}
			return true
		})
	}
}

func receiver(f *ast.SelectorExpr) string {
	if x, ok := f.X.(*ast.Ident); ok {
		return x.Name
	}
	return ""
}

// Error texts are put together, so they begin in lower case and do not end in a
// full stop. Texts for peers are the reference's, and marked as such.
func TestErrorTextsCanBePutTogether(t *testing.T) {
	for _, s := range sources(t) {
		if s.isTest() {
			continue
		}
		marked := make(map[int]bool)
		for _, group := range s.file.Comments {
			for _, c := range group.List {
				if strings.Contains(c.Text, "nolint:staticcheck") {
					marked[int(c.Pos())] = true
				}
			}
		}
		ast.Inspect(s.file, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok || len(call.Args) == 0 || !makesError(call) {
				return true
			}
			text, ok := call.Args[0].(*ast.BasicLit)
			if !ok {
				return true
			}
			message, err := strconv.Unquote(text.Value)
			if err != nil || message == "" || nearMark(marked, int(call.End())) {
				return true
			}
			first := []rune(message)[0]
			if unicode.IsUpper(first) && !acronym(message) || strings.HasSuffix(message, ".") {
				t.Errorf("%s: error text %q begins with a capital or ends with a full stop", s.path, message)
			}
			return true
		})
	}
}

func makesError(call *ast.CallExpr) bool {
	f, ok := call.Fun.(*ast.SelectorExpr)
	if !ok {
		return false
	}
	pkg, ok := f.X.(*ast.Ident)
	return ok && (pkg.Name == "errors" && f.Sel.Name == "New" || pkg.Name == "fmt" && f.Sel.Name == "Errorf")
}

// nearMark reports whether a mark follows on the line of the call.
func nearMark(marked map[int]bool, end int) bool {
	for at := range marked {
		if at >= end && at-end < 4 {
			return true
		}
	}
	return false
}

// acronym reports whether the text begins with a word in capitals, such as ILP.
func acronym(message string) bool {
	word, _, _ := strings.Cut(message, " ")
	return len(word) > 1 && strings.ToUpper(word) == word
}
