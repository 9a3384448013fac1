package bolt

import (
	"errors"
	"io/fs"

	"github.com/ilp-go/connector/store"
)

// isFull reports whether there was no room to write. bbolt then has taken back what
// it wrote, and all that was there before is still there. It is another matter if a
// sync finds that out.
func isFull(err error) bool {
	var failed *fs.PathError
	return errors.As(err, &failed) && failed.Op == "write" && store.IsFull(err)
}
