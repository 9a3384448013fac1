package bolt

import (
	"errors"
	"fmt"
	"io"

	"go.etcd.io/bbolt"
)

// Snapshot holds the store as it was at one moment. It must be written or closed.
type Snapshot struct {
	dir string
	tx  *bbolt.Tx
}

// Snapshot returns the store as it is now. Reads and writes go on meanwhile. Only Close
// waits for the end of the snapshot, and an Apply that grows the file beyond a multiple
// of 1 GiB.
func (s *Store) Snapshot() (*Snapshot, error) {
	tx, err := s.begin()
	if err != nil {
		return nil, err
	}
	return &Snapshot{s.dir, tx}, nil
}

// Write writes the snapshot as a store.db, and closes it.
func (p *Snapshot) Write(w io.Writer) error {
	_, err := p.tx.WriteTo(w)
	if err = errors.Join(err, p.tx.Rollback()); err != nil {
		return fmt.Errorf("backup of %s: %w", p.dir, err)
	}
	return nil
}

// Close closes a snapshot that Write was not called for.
func (p *Snapshot) Close() error { return p.tx.Rollback() }
