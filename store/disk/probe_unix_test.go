//go:build linux || darwin || freebsd

package disk

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ilp-go/connector/store/bolt"
	"github.com/ilp-go/connector/store/storetest"
)

func TestProbeFindsMissingPermission(t *testing.T) {
	for _, c := range []struct {
		name      string
		made      bool // whether there is a store already
		below     string
		dir, file os.FileMode
		fine      bool
	}{
		{"nothing may be made", false, "", 0o555, 0, false},
		{"nothing may be made below", false, "a/b", 0o555, 0, false},
		{"the directory may not be entered", true, "", 0o000, 0o644, false},
		{"the file may not be read", true, "", 0o755, 0o000, false},
		{"the file may not be written", true, "", 0o755, 0o444, false},
		{"the files are there and may be written", true, "", 0o555, 0o666, true},
		{"something may be made", false, "a", 0o777, 0, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			if c.made {
				made(t, dir)
				chmod(t, filepath.Join(dir, bolt.FileName), c.file)
				chmod(t, filepath.Join(dir, JournalName), 0o666)
			}
			chmod(t, filepath.Dir(dir), 0o755) // for nobody to come by
			chmod(t, dir, c.dir)
			line := storetest.Start(t, "probe as nobody", filepath.Join(dir, c.below)).Line()
			chmod(t, dir, 0o777)
			if c.fine && line != "<nil>" || !c.fine && (!strings.Contains(line, "permission denied (the user that runs the connector must be able to") || !strings.Contains(line, dir)) {
				t.Errorf("Probe says %q", line)
			}
		})
	}
}

func chmod(t *testing.T, path string, mode os.FileMode) {
	t.Helper()
	if err := os.Chmod(path, mode); err != nil {
		t.Fatal(err)
	}
}
