package house

import (
	"go/ast"
	"slices"
	"strings"
	"testing"
)

// oldComments are the folders whose comments are not rewritten yet, those below included.
// Take one off when its comments are done.
var oldComments = []string{}

// The comment of an exported function says what the function does: "Cut returns the next
// frame", and not "Cut is the next frame".
func TestCommentsOfFunctionsBeginWithAVerb(t *testing.T) {
	checked := 0
	for _, s := range sources(t) {
		if s.isTest() || below(s.dir(), oldComments) {
			continue
		}
		for _, d := range s.file.Decls {
			f, ok := d.(*ast.FuncDecl)
			if !ok || !f.Name.IsExported() || f.Doc == nil {
				continue
			}
			checked++
			if doc := f.Doc.Text(); !beginsWithVerb(f.Name.Name, doc) {
				first, _, _ := strings.Cut(doc, "\n")
				t.Errorf("%s: the comment of %s has no verb behind the name: %s", s.path, f.Name.Name, first)
			}
		}
	}
	if checked < 50 {
		t.Errorf("only %d functions were checked", checked)
	}
}

// below reports whether a folder is one of some others, or below one of them.
func below(dir string, others []string) bool {
	return slices.ContainsFunc(others, func(o string) bool { return dir == o || strings.HasPrefix(dir, o+"/") })
}

// The words that end like a verb in the third person but say nothing, and those that may
// stand before the verb.
var (
	noVerbs = []string{"is", "has", "was", "as", "its", "this", "whose"}
	adverbs = []string{"never", "only", "always", "also", "then", "atomically"}
)

// beginsWithVerb reports whether a comment begins with a name and a verb in the third person.
func beginsWithVerb(name, doc string) bool {
	words := strings.Fields(doc)
	if len(words) < 2 || words[0] != name {
		return false
	}
	verb := words[1]
	if slices.Contains(adverbs, verb) && len(words) > 2 {
		verb = words[2]
	}
	verb = strings.TrimRight(verb, ",.;:")
	return strings.HasSuffix(verb, "s") && strings.ToLower(verb) == verb && !slices.Contains(noVerbs, verb)
}

// The rule must be able to say no, and yes.
func TestVerbsAreTold(t *testing.T) {
	for doc, want := range map[string]bool{
		"Cut returns the next frame of b.":              true,
		"Cut reports whether b has a frame.":            true,
		"Cut never blocks.":                             true,
		"Cut is the next frame of b.":                   false,
		"Cut is of no use.":                             false,
		"Cut has the caller wait.":                      false,
		"Cut the frame.":                                false,
		"Cut was true.":                                 false,
		"Returns the next frame.":                       false,
		"Cut":                                           false,
		"Cut does nothing.":                             true,
		"A Cut takes.":                                  false,
		"Cut, which takes a frame, returns the next.":   false,
		"Cut IDs are those of the frames that we know.": false,
	} {
		if got := beginsWithVerb("Cut", doc); got != want {
			t.Errorf("%q: %t, want %t", doc, got, want)
		}
	}
}
