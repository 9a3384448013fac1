//go:build linux

package load

import (
	"runtime"
	"syscall"
	"time"
	"unsafe"
)

// thread is the operating system's thread of a run. before is its cores before the run.
type thread struct{ before []byte }

// maskBytes is the size of a set of 1024 cores.
const maskBytes = 128

// enterThread locks the goroutine to its thread, and pins the thread to a core.
func enterThread(core int) (*thread, error) {
	runtime.LockOSThread()
	t := &thread{}
	if core == OnAnyCore {
		return t, nil
	}
	before := make([]byte, maskBytes)
	if err := affinity(syscall.SYS_SCHED_GETAFFINITY, before); err != nil {
		runtime.UnlockOSThread()
		return nil, err
	}
	if err := PinThread(core); err != nil {
		runtime.UnlockOSThread()
		return nil, err
	}
	t.before = before
	return t, nil
}

// leave undoes enterThread.
func (t *thread) leave() {
	if t.before != nil && affinity(syscall.SYS_SCHED_SETAFFINITY, t.before) != nil {
		return // a locked thread ends with its goroutine, so no other goroutine runs on the one core
	}
	runtime.UnlockOSThread()
}

// cpu returns the CPU time that the thread has used.
func (t *thread) cpu() time.Duration {
	const thisThread = 1 // RUSAGE_THREAD
	var usage syscall.Rusage
	if syscall.Getrusage(thisThread, &usage) != nil {
		return 0
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// PinThread pins the calling thread, and the processes that it then starts, to a core.
func PinThread(core int) error {
	mask := make([]byte, maskBytes)
	mask[core/8] = 1 << (core % 8)
	return affinity(syscall.SYS_SCHED_SETAFFINITY, mask)
}

func affinity(call uintptr, mask []byte) error {
	_, _, errno := syscall.RawSyscall(call, 0, uintptr(len(mask)), uintptr(unsafe.Pointer(&mask[0])))
	if errno != 0 {
		return errno
	}
	return nil
}
