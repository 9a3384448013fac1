package admin_test

import (
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/ilp-go/connector/admin"
)

func TestTokenFileIsMadeOnceAndForItsOwner(t *testing.T) {
	name := filepath.Join(t.TempDir(), "admin-token")
	first, err := admin.TokenFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if len(first) < 43 {
		t.Errorf("the token %q is short", first)
	}
	info, err := os.Stat(name)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	if again, err := admin.TokenFile(name); again != first || err != nil {
		t.Errorf("%q, %v; want %q", again, err, first)
	}
	other, err := admin.TokenFile(filepath.Join(t.TempDir(), "admin-token"))
	if other == first || err != nil {
		t.Errorf("two files have the same token, %v", err)
	}
}

func TestTokenFileIsMadeByTheFasterOfTwo(t *testing.T) {
	name := filepath.Join(t.TempDir(), "admin-token")
	tokens := make([]string, 8)
	var all sync.WaitGroup
	for i := range tokens {
		all.Go(func() { tokens[i], _ = admin.TokenFile(name) })
	}
	all.Wait()
	kept, err := admin.TokenFile(name)
	if err != nil {
		t.Fatal(err)
	}
	for _, token := range tokens {
		// Who reads between the making and the writing is told that it is empty.
		if token != kept && token != "" {
			t.Errorf("somebody got %q, the file has %q", token, kept)
		}
	}
}

func TestBadTokenFileIsAnErrorThatSaysWhatToDo(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string, mode os.FileMode) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), mode); err != nil {
			t.Fatal(err)
		}
		return path
	}
	for name, want := range map[string]string{
		write("open", "secret\n", 0o644):              "chmod 600",
		write("empty", "\n", 0o600):                   "is empty",
		write("lines", "a\nb\n", 0o600):               "is not one line",
		filepath.Join(dir, "no-such-folder", "token"): "no such file",
	} {
		if token, err := admin.TokenFile(name); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %q, %v", name, token, err)
		}
	}
}
