//go:build unix

package link

import "testing"

// A process with many idle connections would otherwise have a buffer for each.
func TestInboundHasNoBufferWhileItWaits(t *testing.T) {
	near, far := tcpPair(t)
	in := NewInbound(near)
	tries := 0
	read := in.read
	in.read = func(fd uintptr) bool {
		done := read(fd)
		if tries++; tries == 1 {
			if done || in.buf != nil {
				t.Errorf("without bytes it has read: %t, and has a buffer of %d bytes", done, len(in.buf))
			}
			if _, err := far.Write([]byte("late")); err != nil {
				t.Error(err)
			}
		}
		return done
	}
	filled, n, err := in.Read(nil, 0)
	if err != nil || string(filled[:n]) != "late" {
		t.Fatalf("%q, %v", filled[:n], err)
	}
	if tries < 2 || in.buf != nil {
		t.Errorf("%d tries; it keeps a buffer of %d bytes", tries, len(in.buf))
	}
	Return(filled)
}

// The bytes of a frame that is not whole must stay where they are.
func TestInboundKeepsTheBufferOfItsCaller(t *testing.T) {
	near, far := tcpPair(t)
	in := NewInbound(near)
	own := make([]byte, InboundBytesMin)
	copy(own, "begun ")
	read := in.read
	in.read = func(fd uintptr) bool {
		done := read(fd)
		if !done {
			Return(borrow()) // another connection reads meanwhile
			if len(in.buf) != len(own) || &in.buf[0] != &own[0] {
				t.Error("it has given the buffer away")
			}
			_, _ = far.Write([]byte("ended"))
		}
		return done
	}
	filled, n, err := in.Read(own, len("begun "))
	if err != nil || string(filled[:6+n]) != "begun ended" {
		t.Errorf("%q, %v", filled[:6+n], err)
	}
}
