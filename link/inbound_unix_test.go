//go:build unix

package link

import (
	"testing"
	"time"
)

// A process with many idle connections would otherwise have a buffer for each.
func TestInboundHasNoBufferWhileItWaits(t *testing.T) {
	near, far := tcpPair(t)
	_ = near.SetReadDeadline(time.Now().Add(time.Minute))
	in := reads(near)
	var buf []byte
	tries := 0
	in.read = func(fd uintptr) bool {
		done := in.try(fd)
		if tries++; tries == 1 {
			if done || buf != nil {
				t.Errorf("without bytes it has read: %t, and has a buffer of %d bytes", done, len(buf))
			}
			if _, err := far.Write([]byte("late")); err != nil {
				t.Error(err)
			}
		}
		return done
	}
	if n, err := in.Read(&buf, 0); err != nil || string(buf[:n]) != "late" || tries < 2 {
		t.Errorf("%q, %v, after %d tries", buf[:n], err, tries)
	}
	Return(buf)
}

// The bytes of a frame that is not whole must stay where they are.
func TestInboundKeepsTheBufferOfItsCaller(t *testing.T) {
	near, far := tcpPair(t)
	_ = near.SetReadDeadline(time.Now().Add(time.Minute))
	in := reads(near)
	own := make([]byte, InboundBytesMin)
	copy(own, "begun ")
	buf := own
	in.read = func(fd uintptr) bool {
		done := in.try(fd)
		if !done {
			if len(buf) != len(own) || &buf[0] != &own[0] {
				t.Error("it has given the buffer away")
			}
			_, _ = far.Write([]byte("ended"))
		}
		return done
	}
	n, err := in.Read(&buf, len("begun "))
	if got := string(buf[:len("begun ")+n]); err != nil || got != "begun ended" {
		t.Errorf("%q, %v", got, err)
	}
}
