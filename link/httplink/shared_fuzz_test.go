package httplink_test

import (
	"errors"
	"net"
	"strings"
	"testing"
	"time"
)

// FuzzListener sends bytes to a listener. It answers something or ends the connection, no handler
// panics, and another account is served. Run it with -fuzzminimizetime 10x, since what is covered
// is chance in part.
func FuzzListener(f *testing.F) {
	d := newSharedListener(f)
	for _, seed := range []string{
		whole(), whole() + whole(), chunked("5\r\nhello\r\n0\r\nX: y\r\n\r\n"), whole("Expect: 100-continue"), post("Content-Length: 99") + "\r\nx",
		"GET /accounts/mallory/ilp HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
		"OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n", "\x16\x03\x01\x00\xc8\x01",
		hello() + frame2(frameHeaders, endHeaders, 1, post2()) + frame2(frameData, endStream, 1, string(goodPacket)),
		hello(setting(4, 1), setting(3, 0)) + frame2(frameHeaders, 0, 1, post2()) + frame2(frameContinuation, endHeaders, 1, field("x", "y")),
		hello() + frame2(frameHeaders, endHeaders|endStream, 1, post2()) + frame2(frameReset, 0, 1, u32(8)) + frame2(frameGoAway, 0, 0, u32(0, 0)),
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, bytes []byte) {
		d := &sharedListener{t: t, address: d.address, mallory: d.mallory, far: d.far, log: d.log, kept: d.kept}
		conn := d.dial()
		defer func() { _ = conn.Close() }()
		_ = conn.SetDeadline(time.Now().Add(5 * time.Second))
		go func() {
			_, _ = conn.Write(bytes)
			_ = conn.(*net.TCPConn).CloseWrite()
		}()
		_, err := conn.Read(make([]byte, 1)) // not to its end, which may take a second
		if timeout, ok := errors.AsType[net.Error](err); ok && timeout.Timeout() {
			t.Error("nothing comes of it")
		}
		d.alicePays("meanwhile")
		if strings.Contains(d.log.String(), "panic") {
			t.Errorf("a handler panicked: %s", d.log)
		}
	})
}
