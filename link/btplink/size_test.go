package btplink

import (
	"testing"
	"unsafe"
)

// Each of very many clients has a link, one with a runner if it is an account on the shared listener,
// and each connection has a session. One byte more takes the next size of the heap.
func TestLinkIsSmall(t *testing.T) {
	for what, size := range map[string]struct{ is, most uintptr }{
		"link":    {unsafe.Sizeof(Link{}), 352},
		"runner":  {unsafe.Sizeof(runner{}), 384},
		"session": {unsafe.Sizeof(session{}), 384},
	} {
		if size.is > size.most {
			t.Errorf("a %s takes %d bytes, more than %d", what, size.is, size.most)
		}
	}
}
