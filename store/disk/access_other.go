//go:build !linux && !darwin && !freebsd

package disk

import "io/fs"

// writable returns nothing, because only an attempt would tell.
func writable(string) error { return nil }

// Exposed returns false, because the system has no such modes.
func Exposed(string) (mode fs.FileMode, exposed bool) { return 0, false }
