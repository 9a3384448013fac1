//go:build unix

package httplink

import "syscall"

// canPeek says that silent works here.
const canPeek = true

// silent reports whether a socket has nothing to read, not even its end.
func silent(raw syscall.RawConn) bool {
	nothing := false
	err := raw.Read(func(fd uintptr) bool {
		var b [1]byte
		_, _, err := syscall.Recvfrom(int(fd), b[:], syscall.MSG_PEEK)
		nothing = err == syscall.EAGAIN || err == syscall.EWOULDBLOCK
		return true
	})
	return err == nil && nothing
}
