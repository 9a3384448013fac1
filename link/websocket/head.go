package websocket

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"slices"
	"time"
)

// headBytesMax bounds the HTTP head of a handshake, in bytes.
const headBytesMax = 8 << 10

// Errors of a handshake that never became HTTP.
var (
	errNotHTTP  = errors.New("not HTTP")
	errHeadSize = errors.New("HTTP head too large")
)

// head stands between the handshake library and the connection, for what the
// library does not do: it bounds the HTTP head, refuses at once what is not
// HTTP, and keeps the bytes behind the head, which are the first frames. The
// library sees the head and then the end of the stream.
type head struct {
	in      io.Reader
	out     io.Writer
	isStart func(b []byte) bool // whether HTTP may begin with b, which is not empty

	buf   []byte
	end   int // length of the head in buf; 0 until it is all there
	given int // how much of it the library has read
}

// Read gives the library the head, having read all of it at the first call.
func (h *head) Read(p []byte) (int, error) {
	if h.end == 0 {
		if err := h.fill(); err != nil {
			return 0, err
		}
	}
	if h.given == h.end {
		return 0, io.EOF
	}
	n := copy(p, h.buf[h.given:h.end])
	h.given += n
	return n, nil
}

// Write passes on what the library sends.
func (h *head) Write(p []byte) (int, error) { return h.out.Write(p) }

// fill reads until the empty line that ends the head.
func (h *head) fill() error {
	for h.end == 0 {
		if len(h.buf) == headBytesMax {
			return errHeadSize
		}
		if len(h.buf) == cap(h.buf) {
			h.buf = slices.Grow(h.buf, max(1024, len(h.buf)))
		}
		seen := len(h.buf)
		n, err := h.in.Read(h.buf[seen:min(cap(h.buf), headBytesMax)])
		h.buf = h.buf[:seen+n]
		if n > 0 {
			if !h.isStart(h.buf) {
				return errNotHTTP
			}
			h.end = headEnd(h.buf, seen)
		} else if errors.Is(err, io.EOF) && seen > 0 {
			return io.ErrUnexpectedEOF
		} else if err != nil {
			return err
		}
	}
	return nil
}

// rest returns a copy of the bytes behind the head, nil if there are none. The
// copy lets go of the head.
func (h *head) rest() []byte {
	if h.end == len(h.buf) {
		return nil
	}
	return bytes.Clone(h.buf[h.end:])
}

// headEnd returns the length of the head at the front of b, or 0 if its empty
// line has not come. The bytes before seen were searched before. A line ends
// in LF, with or without CR, as the library has it.
func headEnd(b []byte, seen int) int {
	for at := max(0, seen-2); ; at++ {
		lf := bytes.IndexByte(b[at:], '\n')
		if lf < 0 {
			return 0
		}
		at += lf
		switch next := b[at+1:]; {
		case bytes.HasPrefix(next, []byte("\n")):
			return at + 2
		case bytes.HasPrefix(next, []byte("\r\n")):
			return at + 3
		}
	}
}

// within runs f, which uses conn, and breaks conn off when ctx ends first: then
// the error is ctx's cause, and conn good for nothing but Close. Otherwise the
// deadlines of conn are left as they were.
func within(ctx context.Context, conn net.Conn, f func() error) error {
	broken := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(broken)
		_ = conn.SetDeadline(time.Unix(1, 0)) // past: every call returns at once
	})
	err := f()
	if !stop() {
		<-broken
		return context.Cause(ctx)
	}
	return err
}
