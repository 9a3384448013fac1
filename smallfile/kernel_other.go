//go:build !linux

package smallfile

// OfKernel reports whether the kernel makes a file, or the files of a directory. Only Linux has
// such.
func OfKernel(string) bool { return false }
