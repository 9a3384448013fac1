package btplink

import (
	"bytes"
	"io"
	"net"
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ilp-go/connector/ilp"
	"github.com/ilp-go/connector/ilp/btp"
	"github.com/ilp-go/connector/ilptest"
	"github.com/ilp-go/connector/link/websocket"
)

var fulfill = ilptest.Fulfill()

// batching is a handler that answers within the batch.
var batching = ilp.HandlerFunc(func(up ilp.ReplyWriter, prepare ilp.Prepare) {
	reply := fulfill
	reply.Batch = prepare.Batch
	up.WriteReply(reply)
})

// pipe is a session over a pipe in memory, of which every Read returns what one
// write wrote, and its far end.
func pipe(t *testing.T, heartbeat time.Duration) (s *session, far *peer) {
	return pipeWith(t, heartbeat, func(near net.Conn) net.Conn { return near })
}

// pipeWith is a pipe whose near end is another connection on top.
func pipeWith(t *testing.T, heartbeat time.Duration, on func(near net.Conn) net.Conn) (s *session, far *peer) {
	near, other := net.Pipe()
	l := New(Options{HeartbeatInterval: heartbeat})
	l.handler = batching
	return newSession(l, on(near), websocket.Server, nil), newPeer(t, other, websocket.Client, nil)
}

func TestViolationClosesThatConnectionOnly(t *testing.T) {
	listening, url := listen(t, ilptest.Fulfilling())
	tests := []struct {
		name string
		wire func(p *peer) []byte
		code uint16
	}{
		{"reserved bits", func(*peer) []byte { return []byte{0xf2, 0x80, 0, 0, 0, 0} }, websocket.CodeProtocol},
		{"unmasked", func(*peer) []byte { return websocket.AppendFrame(nil, websocket.Server, websocket.Binary, nil) }, websocket.CodeProtocol},
		{"giant length", func(*peer) []byte { return []byte{0x82, 0xff, 0x7f, 255, 255, 255, 255, 255, 255, 255} }, websocket.CodeTooBig},
		{"a byte too long", func(p *peer) []byte { return p.frame(websocket.Binary, make([]byte, FrameBytesMax+1))[:20] }, websocket.CodeTooBig},
		{"no BTP", func(p *peer) []byte { return p.frame(websocket.Binary, []byte("garbage")) }, websocket.CodeProtocol},
		{"empty message", func(p *peer) []byte { return p.frame(websocket.Binary, nil) }, websocket.CodeProtocol},
		{"unknown BTP type", func(p *peer) []byte { return p.frame(websocket.Binary, append([]byte{3}, message(1)[1:]...)) }, websocket.CodeProtocol},
		{"text", func(p *peer) []byte { return p.frame(websocket.Text, []byte("hello")) }, websocket.CodeUnsupported},
		{"goodbye", func(p *peer) []byte { return p.frame(websocket.Close, []byte{3, 0xe8}) }, websocket.CodeNormal},
		{"goodbye with a code of its own", func(p *peer) []byte { return p.frame(websocket.Close, []byte{0x10, 0xe1}) }, 4321},
		{"goodbye without a code", func(p *peer) []byte { return p.frame(websocket.Close, nil) }, websocket.CodeNone},
	}
	for i, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := join(t, url, 1)
			listening.until(true)
			// The packet before it is answered, the one behind it is not looked at.
			p.raw(p.frame(websocket.Binary, prepare(5, ilptest.Prepare("test.x", 1))), tt.wire(p), make([]byte, 3*i))
			p.wantReply(5)
			listening.until(false) // though the goodbye is not answered yet
			p.wantEnd(tt.code)
		})
	}
}

func TestFramesOfAllKindsAreUnderstood(t *testing.T) {
	_, url := listen(t, ilptest.Fulfilling())
	p := join(t, url, 1)
	packet := ilptest.Prepare("test.x", 1, ilptest.Data(make([]byte, 32767)))
	large := message(5, entry("ilp", btp.OctetStream, string(packet.Bytes())), entry("pad", btp.OctetStream, string(make([]byte, 200<<10))))
	whole := p.frame(websocket.Binary, large)

	first := p.frame(websocket.Binary, large[:1000])
	first[0] &^= 0x80 // not the last fragment
	p.raw(first, p.frame(websocket.Ping, []byte("between")), p.frame(websocket.Continuation, large[1000:]))
	if m, err := p.next(); m.Op != websocket.Pong || string(m.Payload) != "between" || err != nil {
		t.Errorf("%+v, %v", m, err)
	}
	p.wantReply(5)

	p.raw(whole, p.frame(websocket.Pong, nil), whole)
	p.wantReply(5)
	p.wantReply(5)
	for i := range whole[:30] { // in two pieces, cut in the header or near it
		p.raw(whole[:i])
		p.raw(whole[i:])
		p.wantReply(5)
	}
	for _, b := range p.frame(websocket.Binary, prepare(6, ilptest.Prepare("test.x", 1))) {
		p.raw([]byte{b})
	}
	p.wantReply(6)
}

func TestPacketsOfOneReadAreAnsweredInOneWrite(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, far := pipe(t, time.Hour)
		go s.readLoop(s.receive)
		one := far.frame(websocket.Binary, prepare(5, ilptest.Prepare("test.x", 1)))
		far.raw(bytes.Repeat(one, 20))
		b := make([]byte, 64<<10)
		n, err := far.conn.Read(b)
		far.buf = b[:n]
		for range 20 {
			f, cut, _ := websocket.Cut(far.buf, websocket.Client, 1<<20)
			if err != nil || cut == 0 {
				t.Fatalf("%+v: all answers in %d bytes of one write, %v", f, n, err)
			}
			far.buf = far.buf[cut:]
		}
		s.close(io.EOF)
	})
}

// A slow peer must not hold up others: what is for it is refused.
func TestPeerThatDoesNotReadHoldsNobodyUp(t *testing.T) {
	listening, url := listen(t, batching)
	stuck := join(t, url, 1)
	packet := ilptest.Prepare("test.x", 1, ilptest.Data(make([]byte, 32767)))
	refused := make(chan ilp.Reply, 1)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for range 1000 {
			listening.HandlePrepare(ilp.ReplyFunc(func(reply ilp.Reply) {
				select {
				case refused <- reply:
				default:
				}
			}), packet)
		}
	}()
	select {
	case <-done:
	case <-time.After(20 * time.Second):
		t.Fatal("HandlePrepare blocks")
	}
	if reply := <-refused; reply.Code() != ilp.T02 {
		t.Errorf("%s %s", reply.Code(), reply.Message())
	}
	// Answers have more room, but not without end.
	for i := range 1000 {
		if _, err := stuck.conn.Write(bytes.Repeat(stuck.frame(websocket.Binary, prepare(uint32(i), ilptest.Prepare("test.x", 1))), 100)); err != nil {
			break // it hung up on us
		}
	}
	listening.until(false)
}

func TestIdleSessionsAreSmall(t *testing.T) {
	const sessions = 100
	_, url := listen(t, nil)
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	for i := range sessions {
		join(t, url, uint32(i)) // ousts the one before, which stays
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	per := (int64(after.HeapAlloc) - int64(before.HeapAlloc)) / sessions
	stack := (int64(after.StackInuse) - int64(before.StackInuse)) / sessions
	t.Logf("%d bytes of heap and %d of stack for each session and the peer that tests it", per, stack)
	if per > 20<<10 {
		t.Errorf("%d bytes of heap for each idle session", per)
	}
}
