//go:build !linux

package bolt

// holder returns nothing, because this system does not list its locks.
func holder(string) (pid int, ok bool) { return 0, false }
