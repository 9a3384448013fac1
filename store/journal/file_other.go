//go:build !linux

package journal

import (
	"errors"
	"os"
)

// openDirect is for systems that have no such files.
func openDirect(string) *os.File { return nil }

// WriteSync is never called.
func (f diskFile) WriteSync([]byte, int64) error { return errors.ErrUnsupported }
