package bolt

import (
	"errors"
	"io/fs"

	"github.com/ilp-go/connector/store"
)

// isFull reports whether a write has found the disk full. bbolt has then undone the
// transaction, and everything before it is still there. A sync that finds the disk full
// promises nothing, and is not meant here.
func isFull(err error) bool {
	var failed *fs.PathError
	return errors.As(err, &failed) && failed.Op == "write" && store.IsFull(err)
}
