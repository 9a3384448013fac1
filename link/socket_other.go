//go:build !unix

package link

import "syscall"

// writeSocket writes nothing, because this system has no write(2) for sockets. The goroutine
// of Outbound then writes all of it.
func writeSocket(uintptr, []byte) (int, error) { return 0, syscall.EAGAIN }
