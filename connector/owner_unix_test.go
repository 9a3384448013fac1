//go:build unix

package connector

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// A user that owns the folder of the file must not get a file of the system from an operator that
// is root and saves the configuration.
func TestOwnerIsGivenToTheFileThatWasMade(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("only root may give files away")
	}
	dir := t.TempDir()
	victim, mine, name := filepath.Join(dir, "shadow"), filepath.Join(dir, "c.yaml"), filepath.Join(dir, ".config-1")
	for _, file := range []string{victim, mine} {
		if err := os.WriteFile(file, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Chown(mine, 4242, 4242); err != nil {
		t.Skip(err)
	}
	like, err := os.Stat(mine)
	if err != nil {
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
	if err := keepOwner(file, like); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(victim)
	if err != nil || info.Sys().(*syscall.Stat_t).Uid != 0 {
		t.Errorf("the file of the system belongs to another now: %+v, %v", info, err)
	}
	if made, err := file.Stat(); err != nil || made.Sys().(*syscall.Stat_t).Uid != 4242 {
		t.Errorf("the new file has another owner: %v", err)
	}
}
