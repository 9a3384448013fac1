package connector_test

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/ilp-go/connector/connector"
)

func TestSaveFileReplacesOnlyWhatWasRead(t *testing.T) {
	dir := t.TempDir()
	name, link := filepath.Join(dir, "c.yaml"), filepath.Join(dir, "link.yaml")
	digest := func(text string) string {
		sum := sha256.Sum256([]byte(text))
		return hex.EncodeToString(sum[:])
	}
	wants := func(text string, mode os.FileMode, files ...string) {
		t.Helper()
		got, err := os.ReadFile(name)
		info, _ := os.Stat(name)
		if err != nil || string(got) != text || runtime.GOOS != "windows" && info.Mode().Perm() != mode {
			t.Errorf("the file has %q, %v, %v", got, info.Mode(), err)
		}
		entries, _ := os.ReadDir(dir)
		var there []string
		for _, e := range entries {
			there = append(there, e.Name())
		}
		if !slices.Equal(there, files) {
			t.Errorf("the files are %q, want %q", there, files)
		}
	}
	if err := connector.SaveFile(name, []byte("one"), "", false, true); err != nil {
		t.Fatal(err)
	}
	wants("one", 0o600, "c.yaml")
	if err := os.Chmod(name, 0o644); err != nil {
		t.Fatal(err)
	}
	for _, other := range []string{"", digest("other")} {
		if err := connector.SaveFile(name, []byte("two"), other, false, false); err == nil || !strings.Contains(err.Error(), "was edited since") {
			t.Errorf("%q: %v", other, err)
		}
	}
	wants("one", 0o644, "c.yaml")
	if err := os.Symlink("c.yaml", link); err != nil {
		t.Fatal(err)
	}
	if err := connector.SaveFile(link, []byte("two"), digest("one"), false, true); err != nil {
		t.Fatal(err)
	}
	wants("two", 0o640, "c.yaml", "c.yaml.before", "link.yaml")
	if before, err := os.ReadFile(name + ".before"); err != nil || string(before) != "one" {
		t.Errorf("before is %q, %v", before, err)
	}
	if err := connector.SaveFile(name, []byte("three"), "", true, false); err != nil {
		t.Fatal(err)
	}
	wants("three", 0o640, "c.yaml", "c.yaml.before", "link.yaml")
	if err := connector.SaveFile(filepath.Join(dir, "no", "c.yaml"), []byte("x"), "", true, false); err == nil {
		t.Error("it is saved in a folder that is not there")
	}
	if err := connector.SaveFile(dir, []byte("x"), "", true, false); err == nil {
		t.Error("a folder is replaced")
	}
	wants("three", 0o640, "c.yaml", "c.yaml.before", "link.yaml")
}
