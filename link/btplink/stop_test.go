package btplink

import (
	"errors"
	"io"
	"net"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ilp-go/connector/clock"
	"github.com/ilp-go/connector/ilp"
	"github.com/ilp-go/connector/ilp/btp"
	"github.com/ilp-go/connector/ilptest"
	"github.com/ilp-go/connector/link"
	"github.com/ilp-go/connector/link/websocket"
)

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

// After our Close frame a packet could not be answered any more: nothing may act on it.
func TestFinishingSessionTakesAnswersButNoRequests(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, far := pipe(t, time.Hour)
		l, handler := s.link, ilptest.Fulfilling()
		l.handler = handler
		l.install(&l.accepted, s)
		go func() { _ = l.remove(&l.accepted, s, s.readLoop(s.receive)) }()
		waits := ilptest.NewRecorder()
		l.HandlePrepare(waits, ilptest.Prepare("test.x", 1))
		id := far.want(btp.TypeMessage).RequestID
		s.fail(errStopped)
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

// While a goodbye waits to be answered nothing is sent any more: it would be lost.
func TestSessionIsLeftBeforeItSaysGoodbye(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, far := pipe(t, time.Hour)
		_ = far.conn.SetReadDeadline(time.Time{})
		l := s.link
		l.install(&l.accepted, s)
		go func() { _ = l.remove(&l.accepted, s, s.readLoop(s.receive)) }()
		far.raw(far.frame(websocket.Close, nil))
		synctest.Wait()
		if l.Connected() || l.Status().State != link.Connecting {
			t.Errorf("still connected %v, %+v", l.Connected(), l.Status())
		}
		if reply := ask(l); reply.Code() != ilp.T01 {
			t.Errorf("%s %s", reply.Code(), reply.Message())
		}
		far.wantEnd(websocket.CodeNone)
	})
}

// A peer that has made a mistake may still have answers under way.
func TestAnswersBehindAGoodbyeAreTaken(t *testing.T) {
	listening, url := listen(t, ilptest.Fulfilling())
	for name, mistake := range map[string]func(p *peer) []byte{
		"no BTP": func(p *peer) []byte { return p.frame(websocket.Binary, []byte("garbage")) },
		"text":   func(p *peer) []byte { return p.frame(websocket.Text, []byte("hello")) },
	} {
		t.Run(name, func(t *testing.T) {
			p := join(t, url, 1)
			listening.until(true)
			near, far := ilptest.NewRecorder(), ilptest.NewRecorder()
			listening.HandlePrepare(near, ilptest.Prepare("test.x", 1))
			listening.HandlePrepare(far, ilptest.Prepare("test.x", 1))
			one, two := p.want(btp.TypeMessage).RequestID, p.want(btp.TypeMessage).RequestID
			p.raw(mistake(p), p.frame(websocket.Binary, response(one, fulfill)))
			if reply := near.Reply(); !reply.Fulfilled() {
				t.Errorf("%s %s", reply.Code(), reply.Message())
			}
			listening.until(false)
			p.send(response(two, fulfill))
			if reply := far.Reply(); !reply.Fulfilled() {
				t.Errorf("%s %s", reply.Code(), reply.Message())
			}
			_ = p.conn.Close()
		})
	}
}

// stuck is a connection that cannot be written to.
type stuck struct{ net.Conn }

func (stuck) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }

// A socket that cannot be written to may still hold answers of the peer.
func TestAnswersAreTakenThoughThePeerCannotBeWrittenTo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, far := pipeWith(t, time.Hour, func(near net.Conn) net.Conn { return stuck{near} })
		l, handler := s.link, ilptest.Fulfilling()
		l.handler = handler
		l.install(&l.accepted, s)
		ended := make(chan error, 1)
		go func() { ended <- l.remove(&l.accepted, s, s.readLoop(s.receive)) }()
		waits := ilptest.NewRecorder()
		id, _ := l.pending.Put(waits, clock.Now().Add(time.Minute).Steady)
		s.send(websocket.Ping, nil, nil)
		synctest.Wait()
		if l.Connected() {
			t.Error("still connected")
		}
		far.raw(far.frame(websocket.Binary, prepare(7, ilptest.Prepare("test.x", 1))), far.frame(websocket.Binary, response(id, fulfill)))
		if reply := waits.Reply(); !reply.Fulfilled() || len(handler.Sent()) != 0 {
			t.Errorf("answered %s %s, the handler was given %d packets", reply.Code(), reply.Message(), len(handler.Sent()))
		}
		began := time.Now()
		if err := <-ended; !errors.Is(err, io.ErrClosedPipe) || time.Since(began) > drainTime {
			t.Errorf("ended after %v: %v", time.Since(began), err)
		}
	})
}

// A peer that floods a connection after the goodbye costs a moment, not more.
func TestFloodBehindAGoodbyeEndsSoon(t *testing.T) {
	for name, flood := range map[string]func(p *peer) []byte{
		"answers": func(p *peer) []byte { return p.frame(websocket.Binary, response(9, fulfill)) },
		"bytes":   func(*peer) []byte { return []byte{0xff, 0xff, 0xff} },
	} {
		t.Run(name, func(t *testing.T) {
			listening, url := listen(t, nil)
			p := join(t, url, 1)
			p.send([]byte("garbage"))
			began := time.Now()
			for {
				if _, err := p.conn.Write(flood(p)); err != nil {
					break
				}
			}
			if took := time.Since(began); took > 5*drainTime {
				t.Errorf("closed after %v", took)
			}
			listening.stop()
		})
	}
}
