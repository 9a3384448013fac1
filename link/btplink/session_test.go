package btplink

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"os"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ilp-go/connector/ilp"
	"github.com/ilp-go/connector/ilp/btp"
	"github.com/ilp-go/connector/ilptest"
	"github.com/ilp-go/connector/link"
	"github.com/ilp-go/connector/link/websocket"
)

const ended = "This connection has been ended because the user has opened a new connection"

func TestNewConnectionTakesOver(t *testing.T) {
	far := ilptest.NewLink()
	listening, url := listen(t, far)
	old := join(t, url, 1)
	waits := ilptest.NewRecorder()
	listening.HandlePrepare(waits, ilptest.Prepare("test.x", 1))
	id := old.want(btp.TypeMessage).RequestID
	old.send(prepare(70, ilptest.Prepare("test.x", 7)))
	asked := far.Take()

	young := join(t, url, 0xabcdef)
	// What the old one asked is answered on the new one, and what we asked over
	// the old one may be.
	asked.Up.WriteReply(ilptest.Fulfill())
	young.wantReply(70)
	young.send(response(id, ilptest.Fulfill()))
	if reply := waits.Reply(); !reply.Fulfilled() {
		t.Errorf("%s %s", reply.Code(), reply.Message())
	}
	listening.HandlePrepare(ilptest.NewRecorder(), ilptest.Prepare("test.x", 1))
	young.want(btp.TypeMessage)

	old.ping() // is no message
	old.send(prepare(71, ilptest.Prepare("test.x", 7)))
	old.wantError(0xabcdef, "F00", "NotAcceptedError", ended)
	old.wantEnd(websocket.CodeNormal)
	if n := len(far.Sent()); n != 1 {
		t.Errorf("the handler was given %d packets", n)
	}
	young.ping()
	if !listening.Connected() || len(listening.changes) != 1 {
		t.Errorf("connected %v, told %d changes", listening.Connected(), len(listening.changes))
	}
}

// A peer that connects again and again and never speaks on the connections it
// has left does not collect them.
func TestOustedConnectionIsClosedSoonOrLater(t *testing.T) {
	_, url := listen(t, nil, func(o *Options) { o.HeartbeatInterval = 50 * time.Millisecond })
	old := join(t, url, 1)
	join(t, url, 2)
	for {
		m, err := old.next()
		if err != nil && !errors.Is(err, os.ErrDeadlineExceeded) {
			return
		}
		if err != nil || m.Op != websocket.Ping {
			t.Fatal(m, err)
		}
		_, _ = old.conn.Write(old.frame(websocket.Pong, nil))
	}
}

func TestAnswersArriveOverALaterSession(t *testing.T) {
	far := newServer(t, "127.0.0.1:0")
	handler := ilptest.NewLink()
	dialing := dialer(t, far.url(), handler)
	p := far.admit()
	dialing.until(true)
	waits := ilptest.NewRecorder()
	dialing.HandlePrepare(waits, ilptest.Prepare("test.x", 1))
	id := p.want(btp.TypeMessage).RequestID
	p.send(prepare(5, ilptest.Prepare("test.x", 1)))
	asked := handler.Take()
	_ = p.conn.Close()
	dialing.until(false)

	p = far.admit()
	dialing.until(true)
	p.send(response(id, ilptest.Fulfill()))
	if reply := waits.Reply(); !reply.Fulfilled() {
		t.Errorf("%s %s", reply.Code(), reply.Message())
	}
	asked.Up.WriteReply(ilptest.Fulfill())
	p.wantReply(5)
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
	near, other := net.Pipe()
	s = newSession(near, websocket.Server, nil, heartbeat)
	s.link = New(Options{})
	s.link.handler = batching
	return s, newPeer(t, other, websocket.Client, nil)
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

func TestHeartbeatHangsUpOnASilentPeer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, far := pipe(t, 20*time.Second)
		began := time.Now()
		_ = far.conn.SetReadDeadline(time.Time{})
		done := make(chan error, 1)
		go func() { done <- s.finish(s.readLoop(s.receive)) }()
		if m, err := far.next(); m.Op != websocket.Ping || err != nil {
			t.Errorf("%+v, %v", m, err)
		}
		if waited := time.Since(began); waited < 10*time.Second || waited > 20*time.Second {
			t.Errorf("pinged after %v", waited)
		}
		if m, err := far.next(); err == nil {
			t.Errorf("then sent %+v", m)
		}
		if waited := time.Since(began); waited < 20*time.Second || waited > 40*time.Second {
			t.Errorf("hung up after %v", waited)
		}
		if err := <-done; err != errSilent {
			t.Errorf("because %v", err)
		}
	})
}

// The peer answers pings a little late, and otherwise says nothing for an hour.
func TestHeartbeatKeepsAPeerThatAnswers(t *testing.T) {
	for _, late := range []time.Duration{0, 1, time.Millisecond, 9 * time.Second} {
		synctest.Test(t, func(t *testing.T) {
			s, far := pipe(t, 20*time.Second)
			_ = far.conn.SetReadDeadline(time.Time{})
			go s.readLoop(s.receive)
			began, pings := time.Now(), 0
			for ; time.Since(began) < time.Hour; pings++ {
				if m, err := far.next(); m.Op != websocket.Ping || err != nil {
					t.Fatalf("after %v: %+v, %v", time.Since(began), m, err)
				}
				time.Sleep(late)
				far.raw(far.frame(websocket.Pong, nil))
			}
			if pings < 100 || pings > 360 {
				t.Errorf("%d pings in an hour", pings)
			}
			s.close(io.EOF)
			time.Sleep(time.Hour) // nothing is left to happen
		})
	}
}

// A timer may fire late: the machine slept, the collector ran.
func TestHeartbeatHangsUpOnNobodyUnpinged(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, far := pipe(t, time.Hour)
		s.timer.Stop()
		time.Sleep(24 * time.Hour)
		s.beat(time.Hour)
		s.beat(time.Hour)
		_ = far.conn.SetReadDeadline(time.Time{})
		if m, err := far.next(); m.Op != websocket.Ping || err != nil {
			t.Errorf("%+v, %v", m, err)
		}
		s.close(io.EOF)
	})
}

func TestBusyBufferShrinksWhenThePeerFallsSilent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, far := pipe(t, 20*time.Second)
		_ = far.conn.SetReadDeadline(time.Time{})
		go s.readLoop(s.receive)
		burst := bytes.Repeat(far.frame(websocket.Pong, make([]byte, 100)), 10_000)
		far.raw(burst)
		synctest.Wait()
		if len(s.in) != readBytesMax {
			t.Errorf("%d bytes of buffer for a busy peer", len(s.in))
		}
		for range 10 {
			if m, err := far.next(); m.Op != websocket.Ping || err != nil {
				t.Fatalf("%+v, %v", m, err)
			}
			far.raw(far.frame(websocket.Pong, nil))
		}
		synctest.Wait()
		if len(s.in) != readBytesMin {
			t.Errorf("%d bytes of buffer for a silent peer", len(s.in))
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

// Shutting down is telling the peer, after all that was to be told.
func TestStopSaysGoodbye(t *testing.T) {
	far := ilptest.NewLink()
	listening, url := listen(t, far)
	p := join(t, url, 1)
	waits := ilptest.NewRecorder()
	listening.HandlePrepare(waits, ilptest.Prepare("test.x", 1))
	p.want(btp.TypeMessage)
	p.send(prepare(5, ilptest.Prepare("test.x", 1)))
	far.Take().Up.WriteReply(ilptest.Fulfill())
	stopped := make(chan struct{})
	go func() {
		defer close(stopped)
		listening.stop()
	}()
	p.wantReply(5)
	p.wantEnd(websocket.CodeGoingAway)
	_ = p.conn.Close()
	<-stopped
	if reply := waits.Reply(); reply.Code() != ilp.F02 || string(reply.Message()) != "failed to send packet: connection closed" {
		t.Errorf("%s %s", reply.Code(), reply.Message())
	}
	if reply := ask(listening); reply.Code() != ilp.T01 {
		t.Errorf("after the end: %s %s", reply.Code(), reply.Message())
	}
}

// After our goodbye a packet could not be answered any more: nobody may act on it.
func TestDepartingSessionTakesAnswersButNoRequests(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, far := pipe(t, time.Hour)
		l, handler := s.link, ilptest.Fulfilling()
		l.handler = handler
		l.enter(&l.accepted, s)
		go s.readLoop(s.receive)
		waits := ilptest.NewRecorder()
		l.HandlePrepare(waits, ilptest.Prepare("test.x", 1))
		id := far.want(btp.TypeMessage).RequestID
		s.depart(io.EOF)
		far.raw(far.frame(websocket.Binary, prepare(7, ilptest.Prepare("test.x", 1))), far.frame(websocket.Binary, response(id, fulfill)))
		if reply := waits.Reply(); !reply.Fulfilled() || len(handler.Sent()) != 0 {
			t.Errorf("answered %s %s, the handler was given %d packets", reply.Code(), reply.Message(), len(handler.Sent()))
		}
		far.wantEnd(websocket.CodeGoingAway)
	})
}

func TestStopEndsEverythingSoon(t *testing.T) {
	listening, url := listen(t, ilptest.NewLink())
	join(t, url, 1) // does not answer the goodbye
	dialPeer(t, url)
	deaf := newServer(t, "127.0.0.1:0") // does not even accept
	waiting := dialer(t, deaf.url(), nil)
	began := time.Now()
	listening.stop()
	waiting.stop()
	if took := time.Since(began); took > 3*time.Second {
		t.Errorf("took %v", took)
	}
	if listening.Connected() {
		t.Error("still connected")
	}
}

// The last word of a link on whether it is connected is right, though telling it
// takes its time and sessions follow each other.
func TestLastWordOnBeingConnectedIsRight(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := New(Options{})
		var told []bool
		l.changed = func(connected bool) {
			if !connected {
				time.Sleep(time.Second)
			}
			told = append(told, connected)
		}
		before, _ := pipe(t, time.Hour)
		after, _ := pipe(t, time.Hour)
		before.close(context.Canceled)
		after.close(context.Canceled)
		l.enter(&l.accepted, before)
		l.tell()
		go l.leave(&l.accepted, before, io.EOF)
		synctest.Wait() // it is telling
		l.enter(&l.accepted, after)
		l.tell()
		time.Sleep(time.Minute)
		synctest.Wait()
		if state := l.Status().State; !slices.Equal(told, []bool{true, false, true}) || state != link.Established {
			t.Errorf("told %v, state %s, yet connected", told, state)
		}
	})
}

// While a goodbye waits to be answered nothing is sent any more: it would be lost.
func TestSessionIsLeftBeforeItSaysGoodbye(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, far := pipe(t, time.Hour)
		_ = far.conn.SetReadDeadline(time.Time{})
		l := s.link
		l.enter(&l.accepted, s)
		go func() { _ = l.leave(&l.accepted, s, s.readLoop(s.receive)) }()
		far.raw(far.frame(websocket.Close, nil))
		synctest.Wait()
		if l.Connected() {
			t.Error("still connected")
		}
		if reply := ask(l); reply.Code() != ilp.T01 {
			t.Errorf("%s %s", reply.Code(), reply.Message())
		}
		far.wantEnd(websocket.CodeNormal)
	})
}

// Connections are taken over and lost all the time, packets go both ways: every
// one of them is answered, once.
func TestEveryPacketIsAnsweredOnceThoughConnectionsComeAndGo(t *testing.T) {
	timeout := func(o *Options) { o.ResponseTimeout = 50 * time.Millisecond }
	listening, url := listen(t, batching, timeout)
	dialing := dialer(t, url, batching, timeout)
	var fulfilled, failed atomic.Int64
	var churning atomic.Bool
	churning.Store(true)
	var sending sync.WaitGroup
	for _, l := range []*running{listening, dialing} {
		sending.Go(func() {
			slots := make(chan struct{}, 64) // packets in flight
			for churning.Load() {
				slots <- struct{}{}
				var answers atomic.Int32
				l.HandlePrepare(ilp.ReplyFunc(func(reply ilp.Reply) {
					if answers.Add(1) > 1 {
						t.Error("answered twice")
					} else if <-slots; reply.Fulfilled() {
						fulfilled.Add(1)
					} else {
						failed.Add(1)
					}
				}), ilptest.Prepare("test.x", 1))
			}
			for range cap(slots) {
				slots <- struct{}{} // until all are answered
			}
		})
	}
	for i := range 10 {
		dialing.until(true)
		_ = join(t, url, uint32(i)).conn.Close()
		dialing.until(false)
	}
	churning.Store(false)
	sending.Wait()
	t.Logf("%d fulfilled, %d failed", fulfilled.Load(), failed.Load())
}

func TestIdleSessionsAreSmall(t *testing.T) {
	const sessions = 100
	listening, url := listen(t, ilptest.Fulfilling())
	_ = listening
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
