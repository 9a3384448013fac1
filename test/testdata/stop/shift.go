package clock

import (
	"os"
	"sync/atomic"
	"syscall"
	"unsafe"
)

// shifted is what the wall clock is put forward by, in nanoseconds. It lies in the file that TEST_CLOCK_SHIFT names,
// so that a test steps the clock at once.
var shifted = mapShift(os.Getenv("TEST_CLOCK_SHIFT"))

// mapShift maps the first 8 bytes of a file. It panics if it cannot.
func mapShift(name string) *int64 {
	f, err := os.Open(name)
	if err != nil {
		panic(err)
	}
	b, err := syscall.Mmap(int(f.Fd()), 0, 8, syscall.PROT_READ, syscall.MAP_SHARED)
	if err != nil {
		panic(err)
	}
	return (*int64)(unsafe.Pointer(&b[0]))
}

// shift returns by how much the wall clock is ahead.
func shift() int64 { return atomic.LoadInt64(shifted) }
