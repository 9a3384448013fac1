//go:build !linux

package disk

// ofKernel reports whether the kernel makes the files of a directory. Only Linux has such.
func ofKernel(string) bool { return false }
