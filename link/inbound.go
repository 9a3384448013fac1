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
	buf *[]byte
	at  int
	n   int
	err error
}

// buffers are the buffers that nobody has borrowed.
var buffers = sync.Pool{New: func() any { return new([InboundBytesMin]byte) }}

// Init makes the zero Inbound one that reads from a connection. It must not be copied then.
func (i *Inbound) Init(conn net.Conn) {
	i.conn = conn
	if c, ok := conn.(syscall.Conn); ok && readsSockets {
		if raw, err := c.SyscallConn(); err == nil {
			i.raw = raw
			i.read = i.try
		}
	}
}

// Read reads into buf from at on, and returns the number of bytes. If buf is nil, it becomes a
// buffer that Read borrows, and that the caller gives back with [Return]. The errors are those of
// the connection. Only one goroutine at a time may call Read.
func (i *Inbound) Read(buf *[]byte, at int) (n int, err error) {
	if i.raw == nil {
		if *buf == nil {
			*buf = borrow()
		}
		return i.conn.Read((*buf)[at:])
	}
	i.buf, i.at, i.n, i.err = buf, at, 0, nil
	err = i.raw.Read(i.read)
	switch op, _ := errors.AsType[*net.OpError](err); {
	case op != nil:
		op.Op = "read" // it says raw-read
	case i.err != nil:
		err = i.wrap(os.NewSyscallError("read", i.err))
	case i.n == 0 && err == nil:
		err = io.EOF
	}
	return i.n, err
}

// try calls read(2) on a non-blocking socket. It returns false if the runtime must wait until
// there are bytes. Then it has no borrowed buffer.
func (i *Inbound) try(fd uintptr) bool {
	borrowed := *i.buf == nil
	if borrowed {
		*i.buf = borrow()
	}
	for {
		n, err := readSocket(fd, (*i.buf)[i.at:])
		switch {
		case errors.Is(err, syscall.EINTR):
			continue
		case errors.Is(err, syscall.EAGAIN):
			if borrowed {
				Return(*i.buf)
				*i.buf = nil
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
