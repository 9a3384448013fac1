package disk

import (
	"errors"
	"fmt"
	"io"
	"os"

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
	if err := write(w, dir, summary.Version, pairs); err != nil {
		return fmt.Errorf("copy %s: %w", path, err)
	}
	return nil
}

// write writes a database of the pairs, which it makes in dir, without a journal. It writes
// a snapshot and not the file: both meta pages of a snapshot have all pairs, so that bbolt
// does not fall back to an empty database if one of them is damaged.
func write(w io.Writer, dir, version string, pairs store.Batch) (err error) {
	db, err := bolt.Open(dir, bolt.Options{Version: version})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	if err := db.Apply(pairs); err != nil {
		return err
	}
	snapshot, err := db.Snapshot()
	if err != nil {
		return err
	}
	return snapshot.Write(w)
}
