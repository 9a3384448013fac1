package disk

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/ilp-go/connector/store"
	"github.com/ilp-go/connector/store/bolt"
)

// Copy writes what [Store.Backup] would write, of a store that no process has open. It
// changes nothing there, not even the owner of a file, and needs only the right to read.
// scratch is a directory with room for the copy. Copy leaves nothing there.
func Copy(path string, w io.Writer, scratch string) (err error) {
	summary, pairs, err := read(path)
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp(scratch, ".store-")
	if err != nil {
		return store.Explain(err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	if err := write(dir, summary.Version, pairs); err != nil {
		return fmt.Errorf("copy %s: %w", path, err)
	}
	file, err := os.Open(filepath.Join(dir, bolt.FileName))
	if err != nil {
		return err
	}
	_, err = io.Copy(w, file)
	return errors.Join(err, file.Close())
}

// write makes a database of the pairs, without a journal.
func write(dir, version string, pairs store.Batch) error {
	db, err := bolt.Open(dir, bolt.Options{Version: version})
	if err != nil {
		return err
	}
	return errors.Join(db.Apply(pairs), db.Close())
}
