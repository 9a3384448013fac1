package link

import (
	"bytes"
	"fmt"
	"net"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/ilp-go/connector/clock"
	"github.com/ilp-go/connector/ilp"
)

// packetPair returns a connection whose every Read returns what one write(2) wrote. Not
// every system has them.
func packetPair(t *testing.T) (near, far net.Conn) {
	return connect(t, "unixpacket", filepath.Join(t.TempDir(), "socket"))
}

func TestBatchIsWrittenAtOnce(t *testing.T) {
	near, far := packetPair(t)
	o := NewOutbound(near, unbroken(t))
	defer o.Close()
	var batch ilp.ReadBatch
	var want []byte
	batch.Begin(clock.Now())
	for i := range 50 {
		b := fmt.Appendf(nil, "message %d;", i)
		want = append(want, b...)
		add(o, b, i%2 == 0, &batch)
	}
	batch.End()
	got := make([]byte, 64<<10)
	if n, err := far.Read(got); err != nil || !bytes.Equal(got[:n], want) {
		t.Errorf("first write carried %d of %d bytes, %v", n, len(want), err)
	}
	// The goroutine that appended has written, no other had to.
	raw, err := far.(*net.UnixConn).SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	for range 100 {
		add(o, want, true, nil)
		if err := raw.Read(func(fd uintptr) bool {
			if n, err := syscall.Read(int(fd), got); err != nil || n != len(want) {
				t.Errorf("at once %d of %d bytes are there, %v", n, len(want), err)
			}
			return true
		}); err != nil || t.Failed() {
			t.Fatal(err)
		}
	}
	for _, b := range []string{"one", "two"} {
		add(o, []byte(b), false, nil)
		if n, err := far.Read(got); err != nil || string(got[:n]) != b {
			t.Errorf("without a batch %q was written, %v", got[:n], err)
		}
	}
}
