package btplink

import (
	"io"
	"testing"
	"testing/synctest"
	"time"

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
		if l.Connected() || l.Status().State != link.Connecting {
			t.Errorf("still connected %v, %+v", l.Connected(), l.Status())
		}
		if reply := ask(l); reply.Code() != ilp.T01 {
			t.Errorf("%s %s", reply.Code(), reply.Message())
		}
		far.wantEnd(websocket.CodeNormal)
	})
}
