package connector

import (
	"errors"
	"io"
)

// backuper is a store that can be copied while it is in use.
type backuper interface {
	// Backup writes the store as it is at one moment, and holds up nobody.
	Backup(w io.Writer) error
}

// errNothingKept says that there is nothing to make a backup of.
var errNothingKept = errors.New("there is nothing to back up: the store keeps nothing; set CONNECTOR_STORE_PATH")

// Backup writes a copy of the store. The routing secret is in it.
func (n node) Backup(w io.Writer) error {
	if !n.Loaded() { // and so c.store may not be looked at
		return errors.New("the store is not open yet")
	}
	if s, can := n.store.(backuper); can {
		return s.Backup(w)
	}
	return errNothingKept
}
