package btplink

import (
	"testing"
	"unsafe"
)

// Each of very many clients has a link. One byte more takes the next size of the heap, which is 576.
func TestLinkIsSmall(t *testing.T) {
	if size := unsafe.Sizeof(Link{}); size > 512 {
		t.Errorf("a link takes %d bytes", size)
	}
}
