//go:build !unix

package smallfile

import "os"

// open opens a file to read it.
func open(name string) (*os.File, error) { return os.Open(name) }
