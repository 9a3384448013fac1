//go:build unix

package connector

import (
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// of is a file of another user.
type of struct {
	fs.FileInfo
	uid uint32
}

func (o of) Sys() any { return &syscall.Stat_t{Uid: o.uid, Gid: o.uid} }

// A user that owns the folder of the file must not get a file of the system from an operator that
// is root and saves the configuration.
func TestOwnerIsGivenToTheFileThatWasMade(t *testing.T) {
	dir := t.TempDir()
	victim, name := filepath.Join(dir, "shadow"), filepath.Join(dir, ".config-1")
	if err := os.WriteFile(victim, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	file, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if err := os.Rename(name, filepath.Join(dir, "moved")); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(victim, name); err != nil {
		t.Fatal(err)
	}
	before := ownerOf(t, victim)
	err = keepOwner(file, of{uid: 4242})
	if after := ownerOf(t, victim); after != before {
		t.Errorf("the file of the system belongs to %d now", after)
	}
	if given := ownerOf(t, filepath.Join(dir, "moved")) == 4242; given != (err == nil) { // root alone may give files away
		t.Errorf("the new file has the owner: %v, with the error %v", given, err)
	}
}

func ownerOf(t *testing.T, name string) uint32 {
	t.Helper()
	info, err := os.Stat(name)
	if err != nil {
		t.Fatal(err)
	}
	return info.Sys().(*syscall.Stat_t).Uid
}
