//go:build !linux

package smallfile

import "os"

// OfKernel reports whether the kernel makes a file, or the files of a directory. Only Linux has
// such.
func OfKernel(string) bool { return false }

// ofKernel is OfKernel for a file that is open.
func ofKernel(*os.File) bool { return false }
