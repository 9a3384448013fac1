package link

import (
	"errors"
	"io"
	"net"
	"os"
	"sync"
	"syscall"
)

// InboundBytesMin is the size of a buffer that [Inbound.Read] borrows.
const InboundBytesMin = 2 << 10

// Inbound reads from a connection. While it waits for bytes it needs no buffer, since most
// connections of a connector are idle most of the time. It borrows one when bytes have come.
type Inbound struct {
	conn net.Conn
	raw  syscall.RawConn // nil if conn cannot be read without a buffer: TLS, and on some systems
	read func(fd uintptr) bool

	// For the goroutine that reads.
	buf []byte // lent or borrowed
	at  int
	n   int
	err error
}

// buffers are the buffers that nobody has borrowed.
var buffers = sync.Pool{New: func() any { return new([InboundBytesMin]byte) }}

// NewInbound returns an Inbound for a connection.
func NewInbound(conn net.Conn) *Inbound {
	i := &Inbound{conn: conn}
	if c, ok := conn.(syscall.Conn); ok && readsSockets {
		if raw, err := c.SyscallConn(); err == nil {
			i.raw = raw
			i.read = i.try
		}
	}
	return i
}

// Read reads into buf from at on, and returns buf and the number of bytes. If buf is nil, it
// returns a buffer that it has borrowed, which the caller gives back with [Return]. Its errors
// are those of the connection. Only one goroutine at a time may call Read.
func (i *Inbound) Read(buf []byte, at int) (filled []byte, n int, err error) {
	if i.raw == nil {
		if buf == nil {
			buf = borrow()
		}
		n, err = i.conn.Read(buf[at:])
		return buf, n, err
	}
	i.buf, i.at, i.n, i.err = buf, at, 0, nil
	err = i.raw.Read(i.read)
	filled, n = i.buf, i.n
	i.buf = nil
	switch op, _ := errors.AsType[*net.OpError](err); {
	case op != nil:
		op.Op = "read" // it says raw-read
	case i.err != nil:
		err = i.wrap(os.NewSyscallError("read", i.err))
	case n == 0 && err == nil:
		err = io.EOF
	}
	return filled, n, err
}

// try calls read(2) on a non-blocking socket. It returns false if the runtime must wait until
// there are bytes. Then it has no borrowed buffer.
func (i *Inbound) try(fd uintptr) bool {
	borrowed := i.buf == nil
	if borrowed {
		i.buf = borrow()
	}
	for {
		n, err := readSocket(fd, i.buf[i.at:])
		switch {
		case errors.Is(err, syscall.EINTR):
			continue
		case errors.Is(err, syscall.EAGAIN):
			if borrowed {
				Return(i.buf)
				i.buf = nil
			}
			return false
		case err != nil:
			i.err = err
		default:
			i.n = n
		}
		return true
	}
}

// wrap returns an error as the connection gives it.
func (i *Inbound) wrap(err error) error {
	local := i.conn.LocalAddr()
	return &net.OpError{Op: "read", Net: local.Network(), Source: local, Addr: i.conn.RemoteAddr(), Err: err}
}

func borrow() []byte { return buffers.Get().(*[InboundBytesMin]byte)[:] }

// Return gives back a buffer of which no view is in use any more. One of another size is left
// to the collector.
func Return(buf []byte) {
	if len(buf) == InboundBytesMin {
		buffers.Put((*[InboundBytesMin]byte)(buf))
	}
}
