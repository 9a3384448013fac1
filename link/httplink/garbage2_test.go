package httplink_test

import (
	"fmt"
	"io"
	"net"
	"runtime"
	"strings"
	"testing"
)

// What breaks HTTP/2 is answered as RFC 9113 wants it, or ends its connection, and no packet comes
// of it.
func TestGarbageOfHTTP2(t *testing.T) {
	d := newSharedListener(t)
	packet := string(goodPacket)
	length := field("content-length", fmt.Sprint(len(packet)))
	open := func(fields string) string { return hello() + frame2(frameHeaders, endHeaders, 1, fields) }
	ping := frame2(framePing, 0, 0, "12345678") // what is answered when all before was read
	for _, c := range []struct {
		name, said, answer string
		packets            int
	}{
		{"a packet", open(post2(length)) + frame2(frameData, endStream, 1, packet), "headers 1 200", 1},
		{"no length", open(post2()) + frame2(frameData, endStream, 1, packet), "headers 1 200", 1},
		{"another token", open(strings.Replace(post2(), "s3cret", "s4cret", 1)) + frame2(frameData, endStream, 1, packet), "headers 1 401", 0},
		{"more than the length", open(post2(field("content-length", "3"))) + frame2(frameData, endStream, 1, packet), "reset 1 1", 0},
		{"less than the length", open(post2(field("content-length", "1000"))) + frame2(frameData, endStream, 1, packet), "headers 1 400", 0},
		{"a length with a sign", hello() + frame2(frameHeaders, endHeaders|endStream, 1, post2(field("content-length", "+10"))), "headers 1 400", 0},
		{"two lengths", open(post2(length, field("content-length", "3"))) + frame2(frameData, endStream, 1, packet), "headers 1 400", 0},
		{"a coding", open(post2(field("transfer-encoding", "chunked"))) + frame2(frameData, endStream, 1, packet), "headers 1 400", 0},
		{"a connection", open(post2(field("connection", "close"))) + frame2(frameData, endStream, 1, packet), "headers 1 400", 0},
		{"two tokens", open(post2(field("authorization", "Bearer guess"))) + frame2(frameData, endStream, 1, packet), "headers 1 401", 0},
		{"a capital", open(post2(field("X", "x"))) + ping, "reset 1 1", 0},
		{"a line feed in a value", open(post2(field("x", "x\r\nHost: y"))) + ping, "reset 1 1", 0},
		{"two paths", open(post2(field(":path", "/"))) + ping, "reset 1 1", 0},
		{"an unknown pseudo-header", open(post2()+field(":x", "x")) + ping, "reset 1 1", 0},
		{"no path", open(field(":method", "POST")+field(":scheme", "http")) + ping, "reset 1 1", 0},
		{"a stream that depends on itself", hello() + frame2(frameHeaders, endHeaders|0x20, 1, u32(1)+"\x00"+post2()), "reset 1 1", 0},
		{"a huge header", hello() + frame2(frameHeaders, 0, 1, post2(field("x", strings.Repeat("x", 15<<10)))) +
			frame2(frameContinuation, endHeaders, 1, field("y", strings.Repeat("x", 2<<10))) + ping, "headers 1 431", 0},
		{"HPACK that is none", open("\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"), "go away 9", 0},
		{"an index of nothing", open("\xff\x7f"), "go away 9", 0},
		{"an even stream", hello() + frame2(frameHeaders, endHeaders, 2, post2()), "go away 1", 0},
		{"trailers that do not end it", open(post2()) + frame2(frameHeaders, endHeaders, 1, field("x", "x")), "reset 1 1", 0},
		{"a stream from before", open(post2()) + frame2(frameHeaders, endHeaders|endStream, 5, post2()) + frame2(frameHeaders, endHeaders, 3, post2()), "go away 1", 1}, // one is empty
		{"data of no stream", hello() + frame2(frameData, endStream, 7, packet), "go away 1", 0},
		{"data for the connection", hello() + frame2(frameData, endStream, 0, packet), "go away 1", 0},
		{"padding beyond the frame", open(post2(length)) + frame2(frameData, endStream|8, 1, "\xff"+packet), "go away 1", 0},
		{"a frame between headers", hello() + frame2(frameHeaders, 0, 1, post2()) + ping, "go away 1", 0},
		{"a continuation of nothing", hello() + frame2(frameContinuation, endHeaders, 1, post2()), "go away 1", 0},
		{"a push", hello() + frame2(framePush, endHeaders, 1, u32(2)+post2()), "go away 1", 0},
		{"too long a ping", hello() + frame2(framePing, 0, 0, "123456789"), "go away 6", 0},
		{"settings of no frame", hello(setting(5, 1)), "go away 1", 0},
		{"a window below 0", hello(setting(4, 1<<31)), "go away 3", 0},
		{"a window that overflows", hello() + frame2(frameWindow, 0, 0, u32(1<<31-1)), "go away 3", 0},
		{"no settings", http2Preface + ping, "go away 1", 0},
		{"a huge frame", hello() + head2(1<<24-1, frameData, 0, 1), "go away 6", 0},
		{"a frame above 16 KiB", hello() + head2(16<<10+1, frameData, 0, 1), "go away 6", 0},
		{"frames nobody knows", hello() + strings.Repeat(frame2(99, 0xff, 5, "x"), 1000) + ping, `ping "12345678" 1`, 0},
		{"priorities", hello() + strings.Repeat(frame2(framePriority, 0, 5, u32(3)+"x"), 1000) + ping, `ping "12345678" 1`, 0},
		{"a wrong preface", "PRI * HTTP/2.0\r\n\r\nXX\r\n\r\n", "", 0},
		{"HTTP/1.1 behind the preface", http2Preface + whole(), "", 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			before := len(d.far.Sent())
			conn := d.dial()
			defer func() { _ = conn.Close() }()
			go func() { _ = write(conn, c.said) }()
			lines, err := heard(conn, func(line string) bool { return line == c.answer })
			if err == nil && c.answer == "" || err != nil && (c.answer != "" || isTimeout(err)) {
				t.Errorf("answered with %q, %v", lines, err)
			}
			if n := len(d.far.Sent()) - before; n != c.packets {
				t.Errorf("%d packets came of it instead of %d", n, c.packets)
			}
			d.alicePays("after " + c.name)
		})
	}
}

func isTimeout(err error) bool {
	timeout, ok := err.(net.Error)
	return ok && timeout.Timeout()
}

// inUse returns the bytes of memory that live objects and stacks take.
func inUse() int64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc + m.StackInuse)
}

// Floods of HTTP/2 end their connections, or pass by. Neither memory nor goroutines grow with them,
// and the other account is served meanwhile.
func TestFloodsOfHTTP2(t *testing.T) {
	const frames = 20_000
	block := func(i int) (stream uint32) { return uint32(2*i + 1) }
	stranger := strings.Replace(post2(), "s3cret", "s4cret", 1)
	entry := "\x40" + text2("x") + text2(strings.Repeat("x", 4000)) // enters the table
	for _, c := range []struct {
		name  string
		first string
		each  func(i int) string
		ended string // the last frame of the server, empty if it may go on
	}{
		{"rapid reset, without a token", hello(), func(i int) string {
			return frame2(frameHeaders, endHeaders, block(i), stranger) + frame2(frameReset, 0, block(i), u32(8))
		}, ""},
		{"rapid reset", hello(), func(i int) string {
			return frame2(frameHeaders, endHeaders, block(i), post2()) + frame2(frameReset, 0, block(i), u32(8))
		}, ""},
		{"streams without end", hello(), func(i int) string { return frame2(frameHeaders, endHeaders, block(i), post2()) }, ""},
		{"resets that we must write", hello(), func(i int) string {
			return frame2(frameHeaders, endHeaders, block(i), post2()) + frame2(frameWindow, 0, block(i), u32(0))
		}, ""},
		{"continuations without end", hello() + frame2(frameHeaders, 0, 1, post2()), func(int) string {
			return frame2(frameContinuation, 0, 1, field("x", strings.Repeat("x", 1000)))
		}, "go away 1"},
		{"continuations with nothing", hello() + frame2(frameHeaders, 0, 1, post2()), func(int) string {
			return frame2(frameContinuation, 0, 1, "")
		}, ""},
		{"headers from the table", hello() + frame2(frameHeaders, endHeaders|endStream, 1, stranger+entry), func(i int) string {
			return frame2(frameHeaders, endHeaders|endStream, block(i+1), stranger+strings.Repeat("\xbe", 1000))
		}, ""},
		{"tables of all sizes", hello(), func(i int) string {
			return frame2(frameHeaders, endHeaders|endStream, block(i), integer2(5, 0x20, i%4096)+stranger+entry)
		}, ""},
		{"settings", hello(), func(int) string { return frame2(frameSettings, 0, 0, setting(1, 0)+setting(1, 4096)) }, ""},
		{"pings", hello(), func(int) string { return frame2(framePing, 0, 0, "12345678") }, ""},
		{"data with nothing", hello() + frame2(frameHeaders, endHeaders, 1, post2()), func(int) string { return frame2(frameData, 0, 1, "") }, ""},
		{"windows", hello(setting(4, 0)) + frame2(frameHeaders, endHeaders|endStream, 1, post2()), func(int) string {
			return frame2(frameWindow, 0, 1, u32(1))
		}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			before, goroutines := inUse(), runtime.NumGoroutine()
			conn := d2(t)
			defer conn.close()
			_ = write(conn, c.first)
			sent := 0
			for ; sent < frames; sent++ {
				if write(conn, c.each(sent)) != nil {
					break
				}
				if sent%(frames/4) == 0 {
					conn.alicePays(fmt.Sprintf("after %d of %s", sent, c.name))
				}
			}
			more, running := inUse()-before, runtime.NumGoroutine()-goroutines
			t.Logf("%d sent, %d KiB and %d goroutines more", sent, more>>10, running)
			if more > 16<<20 || running > 600 {
				t.Errorf("%d KiB and %d goroutines more than before", more>>10, running)
			}
			if c.ended != "" {
				if sent == frames {
					t.Error("the connection goes on")
				}
			}
			conn.alicePays("after " + c.name)
		})
	}
}

// flooded is a connection of mallory to a sharedListener of its own.
type flooded struct {
	net.Conn
	*sharedListener
	read chan struct{}
}

func d2(t testing.TB) *flooded {
	d := newSharedListener(t)
	f := &flooded{Conn: d.dial(), sharedListener: d, read: make(chan struct{})}
	go func() {
		defer close(f.read)
		_, _ = io.Copy(io.Discard, f.Conn)
	}()
	return f
}

func (f *flooded) close() {
	_ = f.Conn.Close()
	<-f.read
}
