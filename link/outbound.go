package link

import (
	"errors"
	"net"
	"sync"
	"syscall"
	"time"

	"github.com/ilp-go/connector/ilp"
)

// ErrSlow says that a peer does not read our answers.
var ErrSlow = errors.New("peer reads too slowly")

const (
	// OutboundBytesMax is how many bytes may wait for a socket. Beyond that we send
	// the peer no new requests.
	OutboundBytesMax = 4 << 20
	// outboundReserve is how many bytes of answers may wait beyond that: they must
	// not be lost.
	outboundReserve = 4 << 20
	// outboundKept is the size up to which a buffer is kept though little is sent.
	outboundKept = 4 << 10
	// quietFlushes is how many small writes in a row drop a larger buffer.
	quietFlushes = 16
	// writeTimeout is how long a peer may take to read writeBytes.
	writeTimeout = 20 * time.Second
	writeBytes   = 64 << 10
	// turnsMax is how many times one flush writes what is appended meanwhile.
	turnsMax = 4
)

// Outbound holds the bytes that wait for a socket. Any goroutine appends to it. The
// goroutine that read a batch of packets writes, at the end of the batch, all that they
// have appended, as far as the socket takes it without blocking. Another goroutine
// starts only if bytes are left, writes them and ends.
type Outbound struct {
	conn   net.Conn
	broken func(error) // called once, when writing has failed
	write  func(fd uintptr) bool
	raw    syscall.RawConn // nil if conn has no file descriptor: TLS

	mu      sync.Mutex
	buf     []byte
	spare   []byte // the buffer to use next
	quiet   int    // writes in a row that were small for their buffer
	waiting int    // bytes that are being written, out of buf
	writing bool   // a goroutine writes; no other may
	touched bool   // a flush will follow
	last    bool   // nothing more will be appended
	closed  bool

	// For the goroutine that writes.
	out     []byte
	written int
	errno   error
}

// NewOutbound returns an Outbound for a connection. It calls broken once, when writing
// has failed and nothing can be sent any more. If the goroutine that writes panics, the
// error is a *Panic. broken must not block.
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

// Begin locks the buffer for appending and returns it; End must follow at once. If the
// Outbound is finished or closed, or if too much waits, ok is false and nothing is
// locked. With must there is more room: the bytes are an answer that must not be lost.
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

// End takes back the buffer with the bytes appended to it, and unlocks it. The batch
// flushes at its end. If batch is nil, End flushes.
func (o *Outbound) End(buf []byte, batch *ilp.ReadBatch) {
	o.buf = buf
	touched := o.touched
	o.touched = true
	o.mu.Unlock()
	if !touched && !batch.Touch(o) {
		o.Flush()
	}
}

// Flush writes the bytes that wait, as far as the socket takes them. It does not block.
func (o *Outbound) Flush() {
	o.mu.Lock()
	o.touched = false
	if o.writing || o.closed {
		o.mu.Unlock() // the goroutine that writes looks again before it stops
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

// Finish refuses all further bytes, and ends our side of the connection when those that
// wait are written. The peer reads them, and then the end. Finish blocks only while TLS
// writes its closing alert.
func (o *Outbound) Finish() {
	o.mu.Lock()
	o.last = true
	o.mu.Unlock()
	o.Flush()
}

// Close drops the bytes that wait. The caller closes the connection.
func (o *Outbound) Close() {
	o.mu.Lock()
	o.closed = true
	o.buf, o.spare = nil, nil
	o.mu.Unlock()
}

// nextLocked makes the buffer that waits the one to write. If there is none, it returns
// false, and the caller no longer is the goroutine that writes.
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

// doneLocked ends the writing of one buffer. It keeps the buffer for later, unless the
// buffer is much larger than what was sent lately.
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

// endAndUnlock unlocks, and then ends our side of the connection if no bytes follow.
func (o *Outbound) endAndUnlock() {
	end := o.last && !o.closed
	o.closed = o.closed || o.last
	o.mu.Unlock()
	if c, ok := o.conn.(interface{ CloseWrite() error }); end && ok {
		_ = c.CloseWrite()
	}
}

// tryAll writes what the socket takes without blocking, and reports whether that was all.
func (o *Outbound) tryAll() bool {
	o.errno = nil
	if err := o.raw.Write(o.write); err != nil {
		o.errno = err
	}
	return o.written == len(o.out)
}

// try calls write(2) on a non-blocking socket. It always returns true, so that the
// runtime does not wait for the socket.
func (o *Outbound) try(fd uintptr) bool {
	for o.written < len(o.out) {
		n, err := writeSocket(fd, o.out[o.written:])
		if n > 0 {
			o.written += n
		}
		switch {
		case errors.Is(err, syscall.EINTR):
		case errors.Is(err, syscall.EAGAIN):
			return true
		case err != nil:
			o.errno = err
			return true
		}
	}
	return true
}

// drainOrFail runs drain on a goroutine. A panic fails the Outbound like an error.
func (o *Outbound) drainOrFail() {
	if p := Catch(o.drain); p != nil {
		o.fail(p)
	}
}

// drain writes until no bytes wait.
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

// fail closes the Outbound and reports the error, the first time it is called.
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
