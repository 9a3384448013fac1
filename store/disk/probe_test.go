package disk

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ilp-go/connector/store"
	"github.com/ilp-go/connector/store/bolt"
	"github.com/ilp-go/connector/store/storetest"
)

// listing returns the names, modes, sizes and times of all in a directory.
func listing(t *testing.T, dir string) string {
	t.Helper()
	var out strings.Builder
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err == nil {
			fmt.Fprintln(&out, path, info.Mode(), info.Size(), info.ModTime())
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func writeText(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// made makes a store in a directory.
func made(t *testing.T, dir string) {
	t.Helper()
	storetest.MustClose(t, mustOpen(t, dir, small))
}

// Probe finds what Open would find, and makes nothing.
func TestProbeFindsWhatOpenRefuses(t *testing.T) {
	for _, c := range []struct {
		name  string
		make  func(t *testing.T, dir string) // what is at dir
		below string                         // below dir, what is probed
		want  string                         // "" for no error
	}{
		{"nothing yet", func(*testing.T, string) {}, "a/b", ""},
		{"a directory", func(t *testing.T, dir string) { mkdir(t, dir) }, "", ""},
		{"a store", made, "", ""},
		{"a file", func(t *testing.T, dir string) { writeText(t, dir, "") }, "", "is not a directory: storePath names the directory"},
		{"a file above", func(t *testing.T, dir string) { writeText(t, dir, "") }, "a/b", "cannot be made in it: name a directory below another one"},
		{"a damaged store", func(t *testing.T, dir string) {
			made(t, dir)
			writeText(t, filepath.Join(dir, bolt.FileName), "x")
		}, "", "damaged"},
		{"a directory in place of the database", func(t *testing.T, dir string) {
			mkdir(t, dir)
			mkdir(t, filepath.Join(dir, bolt.FileName))
		}, "", "is a directory (move it away"},
		{"a directory in place of the journal", func(t *testing.T, dir string) {
			made(t, dir)
			if err := os.Remove(filepath.Join(dir, JournalName)); err != nil {
				t.Fatal(err)
			}
			mkdir(t, filepath.Join(dir, JournalName))
		}, "", "is a directory (move it away"},
		{"a LevelDB", levelDB, "", "holds a LevelDB, as stores of the JavaScript connector do"},
		{"a store beside a LevelDB", func(t *testing.T, dir string) { made(t, dir); levelDB(t, dir) }, "", ""},
		{"half a store", func(t *testing.T, dir string) {
			made(t, dir)
			if err := os.Remove(filepath.Join(dir, bolt.FileName)); err != nil {
				t.Fatal(err)
			}
		}, "", "damaged"},
	} {
		t.Run(c.name, func(t *testing.T) {
			above := t.TempDir()
			dir := filepath.Join(above, "store")
			c.make(t, dir)
			before := listing(t, above)
			err := Probe(filepath.Join(dir, c.below))
			if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
				t.Errorf("Probe returned %v, and should have %q", err, c.want)
			}
			if after := listing(t, above); after != before {
				t.Errorf("Probe has changed\n%s\nto\n%s", before, after)
			}
			s, opened := Open(filepath.Join(dir, c.below), small)
			if (opened == nil) != (err == nil) {
				t.Errorf("Probe returned %v, and Open %v", err, opened)
			}
			if opened == nil {
				storetest.MustClose(t, s)
			}
		})
	}
	if err := Probe(""); err == nil {
		t.Error("Probe accepts no path")
	}
}

// levelDB makes the files that each LevelDB has.
func levelDB(t *testing.T, dir string) {
	t.Helper()
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	writeText(t, filepath.Join(dir, "CURRENT"), "MANIFEST-000002\n")
	writeText(t, filepath.Join(dir, "MANIFEST-000002"), "")
}

func mkdir(t *testing.T, dir string) {
	t.Helper()
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
}

func TestProbeFindsTheProcessWithTheStore(t *testing.T) {
	dir := t.TempDir()
	s := mustOpen(t, dir, small)
	if err := Probe(dir); !errors.Is(err, store.ErrInUse) {
		t.Errorf("Probe returned %v", err)
	}
	storetest.MustApply(t, s, storetest.Batch(1)) // the lock is still ours
	storetest.MustClose(t, s)
	if err := Probe(dir); err != nil {
		t.Errorf("after the end Probe returned %v", err)
	}
}
