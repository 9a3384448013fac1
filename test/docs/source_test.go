package docs

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestSourcesAreShownAsTheyAre(t *testing.T) {
	for _, p := range pages(t) {
		for _, b := range p.blocks {
			if err := b.checkSource(); err != nil {
				t.Errorf("%s: %v", b, err)
			}
		}
	}
}

// checkSource compares a block with the file it says it is from.
func (b *block) checkSource() error {
	name := b.options["program"] + b.options["from"] + b.options["output"]
	if name == "" {
		return nil
	}
	text, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(name)))
	if err != nil {
		return err
	}
	source := string(text)
	switch {
	case b.has("from"):
		if !strings.Contains("\n"+source, "\n"+b.text) {
			return fmt.Errorf("it does not stand in %s", name)
		}
		return nil
	case b.has("output"):
		_, source, _ = strings.Cut(source, "\t// Output:\n")
		source = strings.ReplaceAll(strings.TrimSuffix(source, "}\n"), "\t// ", "")
	default:
		source = asProgram(source)
	}
	if source != b.text {
		return fmt.Errorf("%s says otherwise:\n%s", name, firstDifference(source, b.text))
	}
	return nil
}

// asProgram makes a program of a file with one Example: its output stands behind it.
func asProgram(source string) string {
	var out strings.Builder
	inOutput := false
	for l := range strings.Lines(source) {
		switch {
		case strings.HasPrefix(l, "package "):
			l = "package main\n"
		case strings.HasPrefix(l, "func Example()"):
			l = "func main()" + strings.TrimPrefix(l, "func Example()")
		case strings.TrimSpace(l) == "// Output:":
			inOutput = true
		}
		if inOutput = inOutput && strings.HasPrefix(strings.TrimSpace(l), "//"); !inOutput {
			out.WriteString(l)
		}
	}
	return strings.ReplaceAll(out.String(), "\n\n}\n", "\n}\n")
}

func firstDifference(want, got string) string {
	a, b := strings.Split(want, "\n"), strings.Split(got, "\n")
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			return fmt.Sprintf("line %d is\n%s\nand not\n%s", i+1, a[i], b[i])
		}
	}
	return fmt.Sprintf("it has %d lines and not %d", len(a), len(b))
}
