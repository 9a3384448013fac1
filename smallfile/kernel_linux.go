package smallfile

import (
	"os"
	"slices"
	"syscall"
)

// kernelTypes are the types of the file systems whose files the kernel makes: of /proc, /sys
// and those below /sys, from linux/magic.h. root may write there, and yet make no file.
var kernelTypes = []uint32{
	0x9fa0,     // proc
	0x62656572, // sysfs
	0x27e0eb,   // cgroup
	0x63677270, // cgroup2
	0x64626720, // debugfs
	0x74726163, // tracefs
	0x73636673, // securityfs
}

// OfKernel reports whether the kernel makes a file, or the files of a directory. They are
// regular by their mode, but cannot be made, and a read of one may wait without end.
func OfKernel(name string) bool {
	var s syscall.Statfs_t
	return syscall.Statfs(name, &s) == nil && isKernels(s)
}

// ofKernel is OfKernel for a file that is open.
func ofKernel(file *os.File) bool {
	var s syscall.Statfs_t
	return syscall.Fstatfs(int(file.Fd()), &s) == nil && isKernels(s)
}

func isKernels(s syscall.Statfs_t) bool {
	return slices.Contains(kernelTypes, uint32(s.Type)) //nolint:gosec // the types have 32 bits
}
