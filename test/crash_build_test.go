package test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// change is a connector that is not ours alone: what to replace in which file, of this repository or of a module it
// uses, and what files to add to their packages.
type change struct {
	file, old, new string
	added          string // the name of a file beside it, whose text is then new
}

// build builds our connector with some code replaced, without touching it, and tells where it is. Whoever changes
// that code will find that it is not there any more.
func build(t *testing.T, name string, changes ...change) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), name)
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	texts := make(map[string]string)
	for _, c := range changes {
		if c.added != "" {
			texts[filepath.Join(filepath.Dir(c.file), c.added)] = c.new
			continue
		}
		text, ok := texts[c.file]
		if !ok {
			b, err := os.ReadFile(c.file)
			if err != nil {
				t.Fatal(err)
			}
			text = string(b)
		}
		if n := strings.Count(text, c.old); n != 1 {
			t.Fatalf("%s has this %d times, and the test has to be changed with it:\n%s", c.file, n, c.old)
		}
		texts[c.file] = strings.Replace(text, c.old, c.new, 1)
	}
	replace := make(map[string]string)
	for file, text := range texts {
		replaced := filepath.Join(dir, strings.ReplaceAll(file, string(filepath.Separator), "-"))
		if err := os.WriteFile(replaced, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		replace[file] = replaced
	}
	overlay, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		t.Fatal(err)
	}
	list := filepath.Join(dir, "overlay.json")
	if err := os.WriteFile(list, overlay, 0o600); err != nil {
		t.Fatal(err)
	}
	binary := filepath.Join(dir, "ilp-connector")
	command := exec.Command("go", "build", "-overlay", list, "-o", binary, "../cmd/ilp-connector")
	if output, err := command.CombinedOutput(); err != nil {
		t.Fatalf("go build of a connector %s: %v\n%s", name, err, output)
	}
	return binary
}

// inRoot is the absolute path of a file of this repository.
func inRoot(t *testing.T, name string) string {
	t.Helper()
	path, err := filepath.Abs(filepath.Join("..", filepath.FromSlash(name)))
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// withoutHold hands on each Fulfill at once. It goes into the books all the same, a moment later.
func withoutHold(t *testing.T) change {
	t.Helper()
	return change{
		file: inRoot(t, "engine/middleware/durable.go"),
		old: `	verdict := p.Hold()
	d.ledger.Enter(p.From(), d.account, p.Incoming(), p.Outgoing(), (*waiting)(p))
	return verdict // of the packet only that: it may be gone
}
`,
		new: `	d.ledger.Enter(p.From(), d.account, p.Incoming(), p.Outgoing(), nobody{})
	return engine.Pass
}

type nobody struct{}

func (nobody) Written(*ilp.Batch, error) {}
`,
	}
}
