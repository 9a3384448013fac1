package btplink

import (
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ilp-go/connector/ilp"
	"github.com/ilp-go/connector/ilp/btp"
	"github.com/ilp-go/connector/link"
	"github.com/ilp-go/connector/link/websocket"
)

// session is one connection, authenticated or about to be.
type session struct {
	link   *Link // whose it is, or may become
	conn   net.Conn
	side   websocket.Side
	remote string
	out    *link.Outbound

	in        []byte // read and not yet cut: the buffer's bytes from start to end
	start     int
	end       int
	quiet     int // reads in a row that left most of the buffer unused
	assembler websocket.Assembler
	batch     ilp.ReadBatch

	heard   atomic.Bool            // something came since the last beat
	pinged  bool                   // the last beat was a ping
	timer   *time.Timer            // of the heartbeat
	ousted  atomic.Pointer[uint32] // the auth request of the connection that replaced this one
	broken  atomic.Pointer[error]  // why the peer cannot be written to
	leaving atomic.Bool            // we have said goodbye

	once  sync.Once
	cause error // why it was closed
}

// Sizes of the read buffer: it grows while reads fill it and shrinks while they
// do not.
const (
	readBytesMin = 2 << 10
	readBytesMax = 64 << 10
)

func newSession(l *Link, conn net.Conn, side websocket.Side, leftover []byte) *session {
	s := &session{link: l, conn: conn, side: side, remote: conn.RemoteAddr().String()}
	s.in = make([]byte, max(readBytesMin, len(leftover)))
	s.end = copy(s.in, leftover)
	s.assembler.PayloadMax = FrameBytesMax
	s.out = link.NewOutbound(conn, func(err error) { l.guard(func() { s.abandon(err) }) })
	s.heard.Store(true)
	s.startHeartbeat(l.opts.HeartbeatInterval)
	return s
}

// sendPrepare sends a packet as a request, unless too much waits already.
func (s *session) sendPrepare(id uint32, prepare ilp.Prepare) bool {
	return s.sendILP(btp.TypeMessage, id, prepare.Bytes(), prepare.Batch, false)
}

func (s *session) sendILP(typ btp.Type, id uint32, packet []byte, batch *ilp.ReadBatch, must bool) bool {
	buf, ok := s.out.Begin(must)
	if !ok {
		return false
	}
	buf, key := websocket.AppendHeader(buf, s.side, websocket.Binary, btp.ILPSize(len(packet)))
	start := len(buf)
	buf = btp.AppendILP(buf, typ, id, packet)
	if s.side == websocket.Client {
		websocket.Mask(buf[start:], key, 0)
	}
	s.out.End(buf, batch)
	return true
}

// send sends a frame made by somebody who need not be fast.
func (s *session) send(op websocket.Opcode, payload []byte, batch *ilp.ReadBatch) bool {
	buf, ok := s.out.Begin(true)
	if !ok {
		return false
	}
	s.out.End(websocket.AppendFrame(buf, s.side, op, payload), batch)
	return true
}

// beat keeps the heartbeat going: a peer that was silent since the last beat is
// pinged, one that does not even answer that is hung up on. It beats twice in an
// interval, so that nobody is silent for longer than that unpinged.
func (s *session) beat(interval time.Duration) {
	wait := interval / 2
	switch {
	case s.heard.Swap(false):
		s.pinged = false
	case s.pinged:
		s.close(errSilent)
		return
	case !s.send(websocket.Ping, nil, nil):
		return // closed
	default:
		s.pinged, wait = true, pongTimeout
	}
	s.timer.Reset(wait)
}

// startHeartbeat begins it. The session must be closed at last, to stop it.
func (s *session) startHeartbeat(interval time.Duration) {
	armed := make(chan struct{})
	s.timer = time.AfterFunc(interval/2, s.link.guarded(func() {
		<-armed
		s.beat(interval)
	}))
	close(armed)
}
