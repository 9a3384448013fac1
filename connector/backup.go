package connector

import (
	"errors"
	"io"
)

// backuper is a store that can be copied while the connector uses it.
type backuper interface {
	// Backup writes the store as it is at one moment, and does not delay other calls.
	Backup(w io.Writer) error
}

// errNothingKept is returned by a backup of a store in memory.
var errNothingKept = errors.New("there is nothing to back up: the store keeps nothing; set CONNECTOR_STORE_PATH")

// Backup writes a copy of the store. The routing secret is in it.
func (n node) Backup(w io.Writer) error {
	if !n.Loaded() { // before that n.store must not be read
		return errors.New("the store is not open yet")
	}
	if s, can := n.store.(backuper); can {
		return s.Backup(w)
	}
	return errNothingKept
}
