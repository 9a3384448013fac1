//go:build !unix

package httplink

import "syscall"

// canPeek says that silent works here.
const canPeek = false

// silent reports whether a socket has nothing to read.
func silent(syscall.RawConn) bool { return false }
