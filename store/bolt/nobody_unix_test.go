//go:build unix

package bolt

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/ilp-go/connector/store/storetest"
)

// becomeNobody gives up the rights of root, to whom nothing is forbidden.
func becomeNobody() {
	if os.Getuid() != 0 {
		return
	}
	if err := syscall.Setgid(nobody); err != nil {
		panic(err)
	}
	if err := syscall.Setuid(nobody); err != nil {
		panic(err)
	}
}

const nobody = 65534

func TestMissingPermissionIsExplained(t *testing.T) {
	for _, c := range []struct {
		name      string
		made      bool // whether there is a store already
		dir, file os.FileMode
	}{
		{"nothing may be made", false, 0o555, 0},
		{"the directory may not be entered", true, 0o000, 0o644},
		{"the file may not be read", true, 0o755, 0o000},
		{"the file may not be written", true, 0o755, 0o444},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			file := filepath.Join(dir, FileName)
			if c.made {
				fill(t, dir)
				chmod(t, file, c.file)
			}
			chmod(t, filepath.Dir(dir), 0o755) // for nobody to come by
			chmod(t, dir, 0o777)
			before := snapshot(t, dir)
			chmod(t, dir, c.dir)
			h := storetest.Start(t, "open as nobody", dir)
			line := h.Line()
			chmod(t, dir, 0o777)
			if !strings.Contains(line, "permission denied (the user that runs the connector must be able to") || !strings.Contains(line, dir) {
				t.Errorf("Open says %q", line)
			}
			if snapshot(t, dir) != before {
				t.Error("something in the directory has changed")
			}
		})
	}
}

// A directory that cannot be written does not matter if the file can.
func TestStoreInAReadOnlyDirectoryOpens(t *testing.T) {
	dir := t.TempDir()
	fill(t, dir)
	chmod(t, filepath.Join(dir, FileName), 0o666)
	chmod(t, filepath.Dir(dir), 0o755)
	chmod(t, dir, 0o555)
	if line := storetest.Start(t, "open as nobody", dir).Line(); line != "<nil>" {
		t.Errorf("Open says %q", line)
	}
	chmod(t, dir, 0o777)
}

func chmod(t *testing.T, path string, mode os.FileMode) {
	t.Helper()
	if err := os.Chmod(path, mode); err != nil {
		t.Fatal(err)
	}
}
