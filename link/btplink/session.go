package btplink

import (
	"math"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ilp-go/connector/clock"
	"github.com/ilp-go/connector/ilp"
	"github.com/ilp-go/connector/ilp/btp"
	"github.com/ilp-go/connector/link"
	"github.com/ilp-go/connector/link/websocket"
)

// session is one connection. Its goroutine, the reader, reads and at last finishes it.
//
//	authenticating ──> open ──> replaced
//	       │             │          │
//	       └─────────────┴──────────┴──> finishing ──> closed
//
// Packets are sent on the open session. A replaced session only brings answers. A session
// goes to finishing when the reader meets the end, or when fail(reason) stops the reader:
// it sends our Close frame and takes the last answers. close(reason) closes the connection
// at once, in any state.
type session struct {
	// For all goroutines that send. Nobody changes these fields once others know s, and few that
	// change are near, so that the cores which send need not wait for the one that reads.
	home   atomic.Pointer[Link] // the link that it belongs to
	out    *link.Outbound
	side   websocket.Side
	number uint32                // of a client's connections, from 1 on
	may    func(via uint32) bool // whether it may answer a request of another of them, nil for always
	lines  *clock.Limiter        // of the log: that of the link which has dialed or accepted
	conn   net.Conn
	remote string
	secret string // that it has authenticated with, if the link knows it

	// For the reader.
	link      *Link // the same as home, once authenticated
	source    link.Inbound
	in        []byte // read and not yet cut: the buffer's bytes from start to end; nil if there are none
	start     int
	end       int
	quiet     int // reads in a row that left most of the buffer unused
	assembler websocket.Assembler
	pings     int // pings that may still come
	batch     ilp.ReadBatch

	received atomic.Bool // something came since the last heartbeat
	pinged   bool        // the last heartbeat was a ping
	timer    *time.Timer // of the heartbeat

	place      place                  // among the visits of its link
	replacedBy atomic.Pointer[uint32] // the auth request of the connection that replaced this one
	mu         sync.Mutex             // held while fail sets reason and the deadline that goes with it
	reason     atomic.Pointer[error]  // why the session ends, nil until then
	closed     sync.Once
	installed  atomic.Bool // its link has it, and none has replaced it
}

// Sizes of the read buffer. It grows while reads fill it, and shrinks while they do not.
const (
	readBytesMin = link.InboundBytesMin
	readBytesMax = 64 << 10
)

// newSession returns a session on conn, with the bytes that were read behind the
// handshake. It must be closed at last, which stops its heartbeat.
func newSession(l *Link, conn net.Conn, side websocket.Side, leftover []byte) *session {
	s := &session{lines: &l.connections, conn: conn, side: side, remote: conn.RemoteAddr().String()}
	s.moveTo(l)
	if len(leftover) > 0 {
		s.in = make([]byte, max(readBytesMin, len(leftover)))
		s.end = copy(s.in, leftover)
	}
	s.assembler.PayloadMax, s.pings = FrameBytesMax, math.MaxInt
	s.source.Init(conn)
	s.out = link.NewOutbound(conn, func(err error) { s.guard(func() { s.failWrite(err) }) })
	s.received.Store(true)
	s.startHeartbeat(l.opts.HeartbeatInterval)
	return s
}

// moveTo makes the session one of a link. Only the reader calls it, before others know s.
func (s *session) moveTo(l *Link) {
	s.link = l
	s.home.Store(l)
}

// guard calls f, and crashes the link if f panics.
func (s *session) guard(f func()) { s.home.Load().guard(f) }

// sendPrepare sends a packet as a request, unless too many bytes wait already.
func (s *session) sendPrepare(id uint32, prepare ilp.Prepare) bool {
	return s.sendILP(btp.TypeMessage, id, prepare.Bytes(), prepare.Batch, false)
}

// sendILP appends a message with an ILP packet to the bytes that wait. With must, more of
// them may wait.
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

// send sends a frame whose payload is copied. Packets go by sendILP, which copies less.
func (s *session) send(op websocket.Opcode, payload []byte, batch *ilp.ReadBatch) bool {
	buf, ok := s.out.Begin(true)
	if !ok {
		return false
	}
	s.out.End(websocket.AppendFrame(buf, s.side, op, payload), batch)
	return true
}

// heartbeatTick is the time between two ticks, unless the interval is shorter than usual. Heartbeats
// fall on ticks, which all sessions share. A process with many idle connections then wakes for many of
// them at once, and their pongs come together too.
const heartbeatTick = 250 * time.Millisecond

// tickOf returns the time between two ticks of sessions with an interval.
func tickOf(interval time.Duration) time.Duration {
	return max(min(heartbeatTick, interval/(HeartbeatInterval/heartbeatTick)), 1)
}

// untilTick returns the time until the last tick that is at most that far away.
func untilTick(most, interval time.Duration) time.Duration {
	return most - (time.Duration(clock.Now().Steady)+most)%tickOf(interval)
}

// heartbeat pings a peer that was silent since the last heartbeat, and closes the session
// of a peer that has not answered a ping. There are two heartbeats in an interval, so a
// peer is pinged before it has been silent for longer than that.
func (s *session) heartbeat(interval time.Duration) {
	wait := interval / 2
	switch {
	case s.received.Swap(false):
		s.pinged = false
	case s.pinged:
		s.close(errSilent)
		return
	case !s.send(websocket.Ping, nil, nil):
		return // the session is closed
	default:
		s.pinged, wait = true, pongTimeout
	}
	s.mu.Lock() // the first time, until the timer is there
	s.timer.Reset(untilTick(wait, interval))
	s.mu.Unlock()
}

// startHeartbeat starts the heartbeats. Closing the session stops them.
func (s *session) startHeartbeat(interval time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.timer = time.AfterFunc(untilTick(interval/2, interval), func() {
		s.guard(func() { s.heartbeat(interval) })
	})
}
