package test

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// change is something to replace in our connector: a piece of the text of a file, from the root of this repository
// or of a module that it uses, or a file to add.
type change struct {
	module, file string
	old, new     string // without old the file is added
}

// build builds our connector with some of the code replaced, without touching it, and tells where it is. Whoever
// changes that code will hear of it.
func build(t *testing.T, name string, changes ...change) string {
	t.Helper()
	root, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	roots := map[string]string{"": root}
	texts := make(map[string]string) // by path
	for _, c := range changes {
		if roots[c.module] == "" {
			roots[c.module] = filepath.Join(dir, "module", filepath.FromSlash(c.module))
			copyModule(t, c.module, roots[c.module])
		}
		file := filepath.Join(roots[c.module], filepath.FromSlash(c.file))
		if c.old == "" {
			texts[file] = c.new
			continue
		}
		text, ok := texts[file]
		if !ok {
			text = mustRead(t, file)
		}
		if n := strings.Count(text, c.old); n != 1 {
			t.Fatalf("this test replaces what %s has %d times, and has to be changed with it:\n%s", file, n, c.old)
		}
		texts[file] = strings.Replace(text, c.old, c.new, 1)
	}
	binary := filepath.Join(dir, "ilp-connector")
	command := exec.Command("go", "build", "-modfile", modFile(t, dir, roots), "-overlay", overlay(t, dir, texts), "-o", binary, "../cmd/ilp-connector")
	if output, err := command.CombinedOutput(); err != nil {
		t.Fatalf("go build of a connector %s: %v\n%s", name, err, output)
	}
	return binary
}

// copyModule copies a module that we use: what was downloaded must not be replaced.
func copyModule(t *testing.T, module, to string) {
	t.Helper()
	from, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", module).Output()
	if err == nil {
		err = os.CopyFS(to, os.DirFS(strings.TrimSpace(string(from))))
	}
	if err != nil {
		t.Fatalf("copy the module %s: %v", module, err)
	}
}

// modFile writes a go.mod in dir with which modules are where they were copied to.
func modFile(t *testing.T, dir string, roots map[string]string) string {
	t.Helper()
	text := mustRead(t, filepath.Join(roots[""], "go.mod"))
	for module, at := range roots {
		if module != "" {
			text += "replace " + module + " => " + at + "\n"
		}
	}
	mustWrite(t, filepath.Join(dir, "go.sum"), mustRead(t, filepath.Join(roots[""], "go.sum")))
	return mustWrite(t, filepath.Join(dir, "go.mod"), text)
}

// overlay writes the texts to files in dir, and the list of them that go build reads.
func overlay(t *testing.T, dir string, texts map[string]string) string {
	t.Helper()
	replace := make(map[string]string)
	for file, text := range texts {
		replace[file] = mustWrite(t, filepath.Join(dir, fmt.Sprintf("%d.go", len(replace))), text)
	}
	list, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		t.Fatal(err)
	}
	return mustWrite(t, filepath.Join(dir, "overlay.json"), string(list))
}

func mustRead(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func mustWrite(t *testing.T, name, text string) string {
	t.Helper()
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

// withoutHold hands each Fulfill on at once. What it moves goes into the ledger 20 ms later, so that whenever the
// connector is killed under load some Fulfills are not written down yet.
func withoutHold() []change {
	imports := change{
		file: "engine/middleware/durable.go",
		old:  "import (\n",
		new:  "import (\n\t\"time\"\n",
	}
	return []change{imports, {
		file: "engine/middleware/durable.go",
		old: `	transfer := transferOf(p, d.account)
	batch := p.Reply().Batch
	verdict := p.Park()
	d.ledger.Enter(transfer, (*waiting)(p), batch)
	return verdict // the packet may already be recycled
}
`,
		new: `	transfer := transferOf(p, d.account)
	time.AfterFunc(20*time.Millisecond, func() { d.ledger.Enter(transfer, nobody{}, nil) })
	return engine.Pass
}

type nobody struct{}

func (nobody) Written(*ilp.ReadBatch, error) {}
`,
	}}
}
