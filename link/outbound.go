package link

import (
	"errors"
	"net"
	"sync"
	"syscall"
	"time"

	"github.com/ilp-go/connector/ilp"
)

// ErrSlow says that a peer does not read what we write.
var ErrSlow = errors.New("peer reads too slowly")

const (
	// OutboundBytesMax is how many bytes may wait for a socket before nothing
	// new is sent to the peer.
	OutboundBytesMax = 4 << 20
	// outboundReserve is how much more may wait that must not be lost: answers.
	outboundReserve = 4 << 20
	// outboundKept is the largest buffer that is kept however little is sent.
	outboundKept = 4 << 10
	// quietFlushes is how many small writes in a row give up a larger one.
	quietFlushes = 16
	// writeTimeout is how long a peer may take to read writeBytes.
	writeTimeout = 20 * time.Second
	writeBytes   = 64 << 10
	// turnsMax is how often one flush writes what others append meanwhile.
	turnsMax = 4
)

// Outbound is the bytes that wait for a socket. Whoever has something to send
// appends it; what a batch of packets appended is then written at once, by the
// goroutine that read the batch, as far as the socket takes it without blocking.
// Only what it does not take wakes a goroutine, which writes the rest and ends.
type Outbound struct {
	conn   net.Conn
	broken func(error) // told once that writing has failed
	write  func(fd uintptr) bool
	raw    syscall.RawConn // nil if conn has no file descriptor: TLS

	mu      sync.Mutex
	buf     []byte
	spare   []byte // the buffer to use next
	quiet   int    // writes in a row that were small for their buffer
	waiting int    // bytes that are being written, out of buf
	writing bool   // somebody writes; nobody else may
	touched bool   // somebody will flush
	last    bool   // nothing more will be appended
	closed  bool

	// of the one who writes
	out     []byte
	written int
	errno   error
}

// NewOutbound makes an Outbound for a connection. broken is told, once, that
// writing has failed; nothing can be sent then. A panic of the goroutine that writes is
// told as a *Panic. broken must not block.
func NewOutbound(conn net.Conn, broken func(error)) *Outbound {
	o := &Outbound{conn: conn, broken: broken}
	if c, ok := conn.(syscall.Conn); ok {
		if raw, err := c.SyscallConn(); err == nil {
			o.raw = raw
			o.write = o.try
		}
	}
	return o
}

// Begin locks the buffer for appending and returns it; End must follow at once.
// ok is false, and nothing is locked, if the Outbound is finished or closed or if
// too much is waiting. must is for what may not be lost, which is given more room.
func (o *Outbound) Begin(must bool) (buf []byte, ok bool) {
	limit := OutboundBytesMax
	if must {
		limit += outboundReserve
	}
	o.mu.Lock()
	ended := o.last || o.closed
	if ended || len(o.buf)+o.waiting > limit {
		slow := must && !ended
		o.mu.Unlock()
		if slow {
			o.fail(ErrSlow)
		}
		return nil, false
	}
	return o.buf, true
}

// End takes the buffer back, with what was appended, and unlocks it. The batch
// flushes it at its end; without one it is flushed now.
func (o *Outbound) End(buf []byte, batch *ilp.ReadBatch) {
	o.buf = buf
	touched := o.touched
	o.touched = true
	o.mu.Unlock()
	if !touched && !batch.Touch(o) {
		o.Flush()
	}
}

// Flush writes what waits, as far as the socket takes it. It does not block.
func (o *Outbound) Flush() {
	o.mu.Lock()
	o.touched = false
	if o.writing || o.closed {
		o.mu.Unlock() // who writes looks again before it stops
		return
	}
	o.writing = true
	for turn := 0; o.nextLocked(); turn++ {
		o.mu.Unlock()
		if o.raw == nil || turn == turnsMax || !o.tryAll() {
			go o.drainOrFail()
			return
		}
		o.mu.Lock()
		o.doneLocked()
	}
	o.endAndUnlock()
}

// Finish takes nothing more, and ends our side of the connection once all that
// waits is written: the peer reads it, and then the end. It does not block but to
// tell the end to a peer over TLS.
func (o *Outbound) Finish() {
	o.mu.Lock()
	o.last = true
	o.mu.Unlock()
	o.Flush()
}

// Close drops what waits. The connection is the caller's to close.
func (o *Outbound) Close() {
	o.mu.Lock()
	o.closed = true
	o.buf, o.spare = nil, nil
	o.mu.Unlock()
}

// nextLocked moves what waits to where it is written from. If there is nothing,
// the caller has stopped writing.
func (o *Outbound) nextLocked() bool {
	if len(o.buf) == 0 || o.closed {
		o.writing = false
		return false
	}
	o.out, o.written = o.buf, 0
	o.waiting = len(o.out)
	o.buf, o.spare = o.spare[:0], nil
	return true
}

// doneLocked ends the writing of one buffer and keeps it for later, unless it has
// grown far beyond what is sent these days.
func (o *Outbound) doneLocked() {
	o.waiting = 0
	large := cap(o.out) > outboundKept
	switch {
	case len(o.out) < cap(o.out)/8:
		o.quiet++
	case large:
		o.quiet = 0
	}
	if !large || o.quiet < quietFlushes {
		o.spare = o.out[:0]
	}
	o.out = nil
}

// endAndUnlock unlocks, and ends our side of the connection after the last bytes.
func (o *Outbound) endAndUnlock() {
	end := o.last && !o.closed
	o.closed = o.closed || o.last
	o.mu.Unlock()
	if c, ok := o.conn.(interface{ CloseWrite() error }); end && ok {
		_ = c.CloseWrite()
	}
}

// tryAll writes what the socket takes now and reports whether that was all.
func (o *Outbound) tryAll() bool {
	o.errno = nil
	if err := o.raw.Write(o.write); err != nil {
		o.errno = err
	}
	return o.written == len(o.out)
}

// try is one write(2) on a non-blocking socket. It reports true, so that the
// runtime does not wait for the socket.
func (o *Outbound) try(fd uintptr) bool {
	for o.written < len(o.out) {
		n, err := syscall.Write(int(fd), o.out[o.written:])
		if n > 0 {
			o.written += n
		}
		switch {
		case err == syscall.EINTR:
		case err == syscall.EAGAIN:
			return true
		case err != nil:
			o.errno = err
			return true
		}
	}
	return true
}

// drainOrFail is a goroutine that drains. A panic fails the Outbound like an error.
func (o *Outbound) drainOrFail() {
	if p := Catch(o.drain); p != nil {
		o.fail(p)
	}
}

// drain writes until nothing waits.
func (o *Outbound) drain() {
	for {
		if o.errno != nil {
			o.fail(o.errno)
			return
		}
		for o.written < len(o.out) {
			_ = o.conn.SetWriteDeadline(time.Now().Add(writeTimeout))
			n, err := o.conn.Write(o.out[o.written:min(o.written+writeBytes, len(o.out))])
			if err != nil {
				o.fail(err)
				return
			}
			o.written += n
		}
		_ = o.conn.SetWriteDeadline(time.Time{})
		o.mu.Lock()
		o.doneLocked()
		if !o.nextLocked() {
			o.endAndUnlock()
			return
		}
		o.mu.Unlock()
	}
}

// fail closes the Outbound and says why.
func (o *Outbound) fail(err error) {
	o.mu.Lock()
	closed := o.closed
	o.closed = true
	o.buf, o.spare = nil, nil
	o.mu.Unlock()
	if !closed {
		o.broken(err)
	}
}

var _ ilp.Flusher = (*Outbound)(nil)
