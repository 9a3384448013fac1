//go:build !linux

package journal

import (
	"errors"
	"os"
)

// openDirect returns nil, so that the journal uses WriteAt and Sync of os.File. Sync flushes
// the cache of the disk too, on macOS with F_FULLFSYNC.
func openDirect(string) *os.File { return nil }

// WriteSync returns an error. It is never called, because Direct reports false.
func (f diskFile) WriteSync([]byte, int64) error { return errors.ErrUnsupported }
