//go:build linux || darwin || freebsd

package disk

import (
	"os"
	"path/filepath"
	"testing"
)

// The files of a store are balances and secrets, and their directory is for the owner.
func TestExposedDirectories(t *testing.T) {
	for mode, want := range map[os.FileMode]bool{0o700: false, 0o750: false, 0o770: false, 0o755: true, 0o701: true, 0o704: true} {
		dir := filepath.Join(t.TempDir(), "store")
		mkdir(t, dir)
		chmod(t, dir, mode)
		if got, exposed := Exposed(dir); exposed != want || exposed && got != mode {
			t.Errorf("mode %o: %o, %t", mode, got, exposed)
		}
	}
	if _, exposed := Exposed(filepath.Join(t.TempDir(), "none")); exposed {
		t.Error("a directory that is not there is exposed")
	}
	dir := filepath.Join(t.TempDir(), "made")
	made(t, dir)
	if mode, exposed := Exposed(dir); exposed {
		t.Errorf("the directory that Open has made has mode %o", mode)
	}
}
