package smallfile

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestFilesAreReadUpToTheirBound(t *testing.T) {
	name := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(name, []byte("12345"), 0o600); err != nil {
		t.Fatal(err)
	}
	if text, err := Read(name, 5); string(text) != "12345" || err != nil {
		t.Errorf("%q, %v", text, err)
	}
	if text, err := Read(name, 4); err == nil || !strings.Contains(err.Error(), "larger than 4 bytes") {
		t.Errorf("%q, %v", text, err)
	}
}

func TestDirectoriesAndMissingFilesAreRefused(t *testing.T) {
	dir := t.TempDir()
	for name, want := range map[string]string{
		dir:                           "read " + dir + ": is a directory, not a regular file",
		filepath.Join(dir, "nothing"): "nothing: no such file or directory",
	} {
		if _, err := Read(name, 5); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", name, err, want)
		}
	}
	if text, err := Read(os.DevNull, 5); len(text) > 0 || err != nil {
		t.Errorf("%s: %q, %v", os.DevNull, text, err)
	}
}
