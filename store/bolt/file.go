package bolt

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"

	"github.com/ilp-go/connector/store"
)

// FileName is the name of the database file in the directory of a store.
const FileName = "store.db"

const (
	dirMode  = 0o700
	fileMode = 0o600

	// lockWait is how long Open waits for a process that is about to end.
	lockWait = 250 * time.Millisecond
)

// prepare makes the directory and the file of a store, if they are not there. The path is
// absolute, so that it stays valid when the process changes its directory.
func prepare(dir, version string) (path string, err error) {
	if dir == "" {
		return "", errors.New("no directory to keep the store in: set storePath")
	}
	if dir, err = filepath.Abs(dir); err != nil {
		return "", err
	}
	info, err := os.Stat(dir)
	switch {
	case err == nil && !info.IsDir():
		return "", fmt.Errorf("%s is not a directory: storePath names the directory that the store is kept in", dir)
	case errors.Is(err, fs.ErrNotExist):
		err := os.MkdirAll(dir, dirMode)
		if err == nil {
			err = store.SyncDir(filepath.Dir(dir))
		}
		if err != nil {
			return "", store.Explain(err)
		}
	case err != nil:
		return "", store.Explain(err)
	}
	path = filepath.Join(dir, FileName)
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		if err := create(dir, path, version); err != nil {
			return "", fmt.Errorf("make a store in %s: %w", dir, store.Explain(err))
		}
	}
	return path, nil
}

// create makes a whole database beside path and only then gives it that name. So an
// interrupted create leaves no half-made file there, and an empty file is damaged.
func create(dir, path, version string) error {
	file, err := os.CreateTemp(dir, FileName+".new-")
	if err != nil {
		return err
	}
	name := file.Name()
	err = file.Close()
	if err == nil {
		err = initialize(name, version)
	}
	if err == nil {
		err = rename(name, path)
	}
	if removed := os.Remove(name); err == nil && !errors.Is(removed, fs.ErrNotExist) {
		err = removed
	}
	return errors.Join(err, store.SyncDir(dir))
}

func initialize(name, version string) error {
	db, err := bbolt.Open(name, fileMode, &bbolt.Options{Timeout: lockWait})
	if err != nil {
		return err
	}
	return errors.Join(db.Update(func(tx *bbolt.Tx) error { return initSchema(tx, time.Now(), version) }), db.Close())
}

// rename gives a file its name, unless another process was faster. Then the file of that
// process is the store.
func rename(name, path string) error {
	err := os.Link(name, path)
	switch {
	case errors.Is(err, fs.ErrExist):
		return nil
	case errors.Is(err, errors.ErrUnsupported), errors.Is(err, syscall.EPERM): // no links on this file system
		return os.Rename(name, path)
	}
	return err
}

// open opens and locks a database file that exists. It also returns the open file, which
// the database closes.
func open(path string, o bbolt.Options) (db *bbolt.DB, file *os.File, err error) {
	if err := checkFile(path); err != nil {
		return nil, nil, err
	}
	o.Timeout = lockWait
	o.OpenFile = func(name string, flag int, mode fs.FileMode) (*os.File, error) {
		var err error
		file, err = os.OpenFile(name, flag&^os.O_CREATE, mode)
		return file, err
	}
	db, err = bbolt.Open(path, fileMode, &o)
	switch {
	case errors.Is(err, berrors.ErrTimeout):
		return nil, nil, inUse(path)
	case errors.Is(err, berrors.ErrInvalid), errors.Is(err, berrors.ErrChecksum), errors.Is(err, berrors.ErrVersionMismatch):
		return nil, nil, damaged(path, "neither of its first two pages says that it is a database")
	case errors.As(err, new(*fs.PathError)):
		return nil, nil, store.Explain(err)
	case errors.As(err, new(syscall.Errno)):
		return nil, nil, fmt.Errorf("open %s: %w", path, store.Explain(err))
	case err != nil: // bbolt refuses the file
		return nil, nil, damaged(path, err.Error())
	}
	return db, file, nil
}

// checkFile refuses files that bbolt would turn into a database or could not read.
func checkFile(path string) error {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return store.Explain(err)
	case !info.Mode().IsRegular():
		return fmt.Errorf("%s is not a file: move it away, or name another directory", path)
	case info.Size() == 0:
		return damaged(path, "it is empty")
	case info.Size() < fileSizeMin:
		return damaged(path, fmt.Sprintf("it has only %d bytes", info.Size()))
	}
	return nil
}

// fileSizeMin is the size of two meta pages of the smallest pages.
const fileSizeMin = 2 << 10

func damaged(path, how string) error {
	return fmt.Errorf("%s is %w: %s; it was not changed: restore a backup", path, store.ErrDamaged, how)
}

func inUse(path string) error {
	by := "another process"
	if pid, ok := holder(path); ok {
		by = fmt.Sprintf("process %d", pid)
		if pid == os.Getpid() {
			by = "this very process"
		}
	}
	return &store.InUseError{Dir: filepath.Dir(path), By: by}
}
