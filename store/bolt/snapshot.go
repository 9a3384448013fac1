package bolt

import (
	"errors"
	"fmt"
	"io"

	"go.etcd.io/bbolt"
)

// Snapshot is the store as it was at one moment. It must be written or closed.
type Snapshot struct {
	dir string
	tx  *bbolt.Tx
}

// Snapshot holds on to the store as it is now. Others go on reading and writing; only
// Close waits for the end of the snapshot, and an Apply with which the file grows
// beyond a gibibyte, or the next one.
func (s *Store) Snapshot() (*Snapshot, error) {
	tx, err := s.begin()
	if err != nil {
		return nil, err
	}
	return &Snapshot{s.dir, tx}, nil
}

// Write writes a copy, which is a store.db, and closes the snapshot.
func (p *Snapshot) Write(w io.Writer) error {
	_, err := p.tx.WriteTo(w)
	if err = errors.Join(err, p.tx.Rollback()); err != nil {
		return fmt.Errorf("backup of %s: %w", p.dir, err)
	}
	return nil
}

// Close closes a snapshot that is not written.
func (p *Snapshot) Close() error { return p.tx.Rollback() }
