//go:build !unix

package link

import "syscall"

// readsSockets says that there is no read(2) for sockets. The connection then reads.
const readsSockets = false

// readSocket is not called.
func readSocket(uintptr, []byte) (int, error) { return 0, syscall.EAGAIN }

// writeSocket writes nothing, because this system has no write(2) for sockets. The goroutine
// of Outbound then writes all of it.
func writeSocket(uintptr, []byte) (int, error) { return 0, syscall.EAGAIN }
