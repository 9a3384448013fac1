package disk

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"github.com/ilp-go/connector/smallfile"
	"github.com/ilp-go/connector/store"
	"github.com/ilp-go/connector/store/bolt"
)

// Probe returns the error that Open would return for a directory, as far as Probe can find out
// without making or changing anything: whether the directory could be made, whether its files
// can be written, and all that Verify finds. A store that a process has open is a
// store.ErrInUse.
func Probe(dir string) error {
	if dir == "" {
		return errors.New("no directory to keep the store in: set storePath")
	}
	dir, err := filepath.Abs(dir)
	if err != nil {
		return err
	}
	info, err := os.Stat(dir)
	switch {
	case isMissing(err):
		return probeParent(dir)
	case err != nil:
		return store.Explain(err)
	case !info.IsDir():
		return fmt.Errorf("%s is not a directory: storePath names the directory that the store is kept in", dir)
	}
	if err := complete(dir); err != nil {
		return err
	}
	files := 0
	for _, name := range []string{bolt.FileName, JournalName} {
		switch err := probeFile(filepath.Join(dir, name)); {
		case err == nil:
			files++
		case !errors.Is(err, fs.ErrNotExist):
			return store.Explain(err)
		}
	}
	if files < 2 { // Open makes the missing ones
		if err := canWrite("write in", dir); err != nil {
			return err
		}
	}
	if files == 0 {
		return nil
	}
	_, err = Verify(dir)
	return err
}

// probeParent returns why a directory that is not there could not be made.
func probeParent(dir string) error {
	parent := filepath.Dir(dir)
	info, err := os.Stat(parent)
	switch {
	case isMissing(err) && parent != dir:
		return probeParent(parent)
	case err != nil:
		return store.Explain(err)
	case !info.IsDir():
		return fmt.Errorf("%s is not a directory, so %s cannot be made in it: name a directory below another one", parent, dir)
	}
	return canWrite("make "+dir+" in", parent)
}

// canWrite returns why no file could be made in a directory. op names what would be made.
func canWrite(op, dir string) error {
	if smallfile.OfKernel(dir) {
		return fmt.Errorf("%s %s: its files are made by the kernel, as those of /proc, and no others can be kept there: name a directory on a disk", op, dir)
	}
	if err := writable(dir); err != nil {
		return store.Explain(&fs.PathError{Op: op, Path: dir, Err: err})
	}
	return nil
}

// isMissing reports whether there is no file of a name, or a file in place of a directory
// above it.
func isMissing(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR)
}

// probeFile returns why a file could not be opened for reading and writing. It changes
// nothing.
func probeFile(name string) error {
	file, err := os.OpenFile(name, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	return file.Close()
}
