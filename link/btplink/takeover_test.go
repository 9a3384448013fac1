package btplink

import (
	"context"
	"errors"
	"io"
	"os"
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

// The peer has replaced its connection and still answers over the old one.
func TestReplacedConnectionBringsAnswers(t *testing.T) {
	far := ilptest.NewLink()
	listening, url := listen(t, far)
	old := join(t, url, 1)
	ask := func() (waits *ilptest.Recorder, id uint32) {
		waits = ilptest.NewRecorder()
		listening.HandlePrepare(waits, ilptest.Prepare("test.x", 1))
		return waits, old.want(btp.TypeMessage).RequestID
	}
	fulfilled, id := ask()
	rejected, id2 := ask()
	failed, id3 := ask()
	behind, id4 := ask()
	last, id5 := ask()
	join(t, url, 2)
	old.send(response(id, ilptest.Fulfill()))
	if reply := fulfilled.Reply(); !reply.Fulfilled() {
		t.Errorf("%s %s", reply.Code(), reply.Message())
	}
	old.send(response(id2, ilptest.Reject(ilp.F99, "no")))
	if reply := rejected.Reply(); reply.Code() != ilp.F99 {
		t.Errorf("%s %s", reply.Code(), reply.Message())
	}
	old.send(btp.AppendError(nil, id3, btp.Error{Code: ilp.T00, Name: "UnreachableError"}))
	if reply := failed.Reply(); reply.Code() != ilp.F02 {
		t.Errorf("%s %s", reply.Code(), reply.Message())
	}
	old.ping() // nothing was told until now
	// Answers behind a request that is refused are taken too, and so are those that the
	// peer gives until it reads the goodbye.
	old.raw(old.frame(websocket.Binary, prepare(70, ilptest.Prepare("test.x", 7))), old.frame(websocket.Binary, response(id4, ilptest.Fulfill())))
	old.wantError(2, "F00", "NotAcceptedError", ended)
	if reply := behind.Reply(); !reply.Fulfilled() {
		t.Errorf("%s %s", reply.Code(), reply.Message())
	}
	old.send(prepare(71, ilptest.Prepare("test.x", 7)))
	old.send([]byte("garbage"))
	old.send(response(id5, ilptest.Fulfill()))
	if reply := last.Reply(); !reply.Fulfilled() {
		t.Errorf("%s %s", reply.Code(), reply.Message())
	}
	old.wantEnd(websocket.CodeNormal)
	if n := len(far.Sent()); n != 0 {
		t.Errorf("the handler was given %d packets", n)
	}
}

// A peer that connects again and again and never speaks on the connections it
// has left does not collect them.
func TestReplacedConnectionIsClosedSoonOrLater(t *testing.T) {
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
		l.install(&l.accepted, before)
		l.notify()
		go l.remove(&l.accepted, before, io.EOF)
		synctest.Wait() // it is telling
		l.install(&l.accepted, after)
		l.notify()
		time.Sleep(time.Minute)
		synctest.Wait()
		if state := l.Status().State; !slices.Equal(told, []bool{true, false, true}) || state != link.Established {
			t.Errorf("told %v, state %s, yet connected", told, state)
		}
	})
}

// Connections are taken over and lost all the time, packets go both ways: every
// one of them is answered, once.
func TestEveryPacketIsAnsweredOnceThoughConnectionsComeAndGo(t *testing.T) {
	listening, url := listen(t, batching)
	dialing := dialer(t, url, batching)
	soon := ilptest.ExpiresIn(-link.Margin) // what is lost on the way fails within a second
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
				}), ilptest.Prepare("test.x", 1, soon))
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
