package link

import (
	"bytes"
	"crypto/rand"
	"errors"
	"io"
	"net"
	"os"
	"strings"
	"testing"
	"time"
)

// reads returns an Inbound for a connection.
func reads(conn net.Conn) *Inbound {
	in := new(Inbound)
	in.Init(conn)
	return in
}

func TestInboundReadsWhatComes(t *testing.T) {
	sent := make([]byte, 100_000)
	_, _ = rand.Read(sent)
	for _, c := range connections {
		t.Run(c.name, func(t *testing.T) {
			near, far := c.pair(t)
			go func() {
				_, _ = far.Write(sent)
				_ = far.Close()
			}()
			in := reads(near)
			own := make([]byte, 500)
			var got []byte
			var err error
			for turn := 0; !errors.Is(err, io.EOF); turn++ {
				var buf []byte // Read borrows one
				var n, at int
				if turn%2 == 1 {
					buf, at = own, 200
				}
				n, err = in.Read(&buf, at)
				got = append(got, buf[at:at+n]...)
				if at == 0 {
					Return(buf)
				} else if &buf[0] != &own[0] || len(buf) != len(own) {
					t.Fatal("it has read into another buffer than the one given")
				}
				if (n == 0) != (err != nil) || err != nil && !errors.Is(err, io.EOF) {
					t.Fatalf("%d bytes, %v", n, err)
				}
			}
			if !bytes.Equal(got, sent) {
				t.Errorf("%d of %d bytes, or others", len(got), len(sent))
			}
		})
	}
}

// Operators see the errors, and callers look into them.
func TestInboundFailsAsTheConnectionDoes(t *testing.T) {
	for _, tt := range []struct {
		name string
		end  func(near, far *net.TCPConn) error
		is   error // nil if it is of the system
	}{
		{"deadline", func(near, _ *net.TCPConn) error { return near.SetReadDeadline(time.Unix(1, 0)) }, os.ErrDeadlineExceeded},
		{"closed", func(near, _ *net.TCPConn) error { return near.Close() }, net.ErrClosed},
		{"reset", func(_, far *net.TCPConn) error { return errors.Join(far.SetLinger(0), far.Close()) }, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var texts []string
			for _, inbound := range []bool{false, true} {
				near, far := tcpPair(t)
				in := reads(near)
				if err := tt.end(near.(*net.TCPConn), far.(*net.TCPConn)); err != nil {
					t.Fatal(err)
				}
				read := func() error { _, err := near.Read(make([]byte, 10)); return err }
				if inbound {
					read = func() error { _, err := in.Read(new([]byte), 0); return err }
				}
				err := read()
				if err == nil || tt.is != nil && !errors.Is(err, tt.is) {
					t.Fatalf("%v, not %v", err, tt.is)
				}
				texts = append(texts, strings.NewReplacer(
					near.LocalAddr().String(), "here", near.RemoteAddr().String(), "there").Replace(err.Error()))
			}
			if texts[0] != texts[1] {
				t.Errorf("%q, and not %q", texts[1], texts[0])
			}
		})
	}
}
