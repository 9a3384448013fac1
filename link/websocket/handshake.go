package websocket

import (
	"bufio"
	"context"
	"crypto/sha1"
	"encoding/base64"
	"errors"
	"io"
	"net"
	"strings"
	"time"
)

// headBytesMax bounds the HTTP head of a handshake, in bytes, as Node.js does.
const headBytesMax = 16 << 10

// Errors of a handshake that never became HTTP.
var (
	errNotHTTP  = errors.New("not HTTP")
	errHeadSize = errors.New("HTTP head too large")
)

// head reads the HTTP head at the front of a connection. It bounds the head, and keeps the
// bytes behind it.
type head struct {
	buf  *bufio.Reader // reads from the head
	conn io.Reader
	left int   // bytes that may still be read from conn
	err  error // of conn; the parsers of net/http may return one of their own instead
}

func newHead(conn io.Reader) *head {
	h := &head{conn: conn, left: headBytesMax}
	h.buf = bufio.NewReaderSize(h, 1024)
	return h
}

// Read reads from the connection until the bound.
func (h *head) Read(p []byte) (n int, err error) {
	if h.left == 0 {
		h.err = errHeadSize
		return 0, h.err
	}
	n, err = h.conn.Read(p[:min(len(p), h.left)])
	h.left -= n
	if errors.Is(err, io.EOF) && h.left < headBytesMax {
		err = io.ErrUnexpectedEOF
	}
	h.err = err
	return n, err
}

// rest returns a copy of the bytes that were read behind the head, nil if there are none.
func (h *head) rest() []byte {
	b, _ := h.buf.Peek(h.buf.Buffered())
	return append([]byte(nil), b...)
}

// hasToken reports whether the header lines of one name, which are one list (RFC 9110
// section 5.3), contain token in any case.
func hasToken(lines []string, token string) bool {
	for part := range strings.SplitSeq(strings.Join(lines, ","), ",") {
		if strings.EqualFold(strings.TrimSpace(part), token) {
			return true
		}
	}
	return false
}

// acceptKey returns the Sec-WebSocket-Accept for a Sec-WebSocket-Key (RFC 6455
// section 4.2.2).
func acceptKey(key string) string {
	sum := sha1.Sum([]byte(key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"))
	return base64.StdEncoding.EncodeToString(sum[:])
}

// within runs f, which uses conn. When ctx ends first, it cuts off f: the error is then
// the cause of ctx, and conn is good for nothing but Close. Otherwise the deadlines of
// conn stay as they were.
func within(ctx context.Context, conn net.Conn, f func() error) error {
	cut := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(cut)
		_ = conn.SetDeadline(time.Unix(1, 0)) // past: every call returns at once
	})
	err := f()
	if !stop() {
		<-cut
		return context.Cause(ctx)
	}
	return err
}
