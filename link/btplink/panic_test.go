package btplink

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"strings"
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

// fall panics, under a name that a stack shows.
func fall() { panic("fallen") }

// falling is code outside of the link that panics wherever it is called.
type falling struct{}

func (falling) HandlePrepare(ilp.ReplyWriter, ilp.Prepare) { fall() }
func (falling) HandleUnmatched(ilp.Reply)                  { fall() }
func (falling) WriteReply(ilp.Reply)                       { fall() }

// fallingLog panics at a line that contains its text.
type fallingLog string

func (text fallingLog) Write(b []byte) (int, error) {
	if strings.Contains(string(b), string(text)) {
		fall()
	}
	return len(b), nil
}

// edit is an edit that makes a link log to it.
func (text fallingLog) edit(o *Options) { o.Log = slog.New(slog.NewTextHandler(text, nil)) }

// crashing is a link that is run and may panic.
type crashing struct {
	*Link
	caught chan *link.Panic // what Run panics with, nil if it returns
	stop   context.CancelFunc
}

func runCrashing(t *testing.T, l *Link, h ilp.Handler, changed func(bool)) *crashing {
	ctx, cancel := context.WithCancel(context.Background())
	c := &crashing{l, make(chan *link.Panic, 1), cancel}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		c.caught <- link.Catch(func() { l.Run(ctx, h, changed) })
	}()
	t.Cleanup(func() {
		cancel()
		<-ended
	})
	return c
}

// wantPanic is the panic of Run, with the stack that it had first.
func (c *crashing) wantPanic(t *testing.T) {
	t.Helper()
	p := <-c.caught
	if p == nil || p.Value != any("fallen") || !bytes.Contains(p.Stack, []byte("btplink.fall(")) {
		t.Fatalf("Run ended with %+v", p)
	}
	if s := c.Status(); c.Connected() || s.State != link.Disabled || s.LastError != "panic: fallen" {
		t.Errorf("after the panic connected %v, %+v", c.Connected(), s)
	}
	if reply := ask(c); reply.Code() != ilp.T01 {
		t.Errorf("after the panic %s %s", reply.Code(), reply.Message())
	}
}

// Whichever goroutine or timer of a link panics, the process lives, and Run panics once
// the sessions are closed and all that waits has failed.
func TestPanicOfAnyGoroutineIsOneOfRun(t *testing.T) {
	answers := func(answer func(id uint32) []byte) func(*crashing, *peer, *peer) {
		return func(c *crashing, in, _ *peer) {
			c.HandlePrepare(falling{}, ilptest.Prepare("test.x", 1))
			in.send(answer(in.want(btp.TypeMessage).RequestID))
		}
	}
	request := func(p *peer) { p.send(prepare(7, ilptest.Prepare("test.x", 1))) }
	for _, tt := range []struct {
		name   string
		dials  bool // beside the listener
		spring func(c *crashing, in, out *peer)
	}{
		{"handler, on an accepted connection", false, func(_ *crashing, in, _ *peer) { request(in) }},
		{"handler, on the dialed connection", true, func(_ *crashing, _, out *peer) { request(out) }},
		{"who waits for an answer", false, answers(func(id uint32) []byte { return response(id, fulfill) })},
		{"who waits, when an ERROR comes", false, answers(func(id uint32) []byte { return btp.AppendError(nil, id, btp.Error{Code: ilp.F00}) })},
		{"who waits, when nothing comes", false, func(c *crashing, _, _ *peer) {
			c.HandlePrepare(falling{}, ilptest.Prepare("test.x", 1, ilptest.ExpiresIn(-link.Margin)))
		}},
		{"who waits, at the end", false, func(c *crashing, _, _ *peer) {
			for range 5 {
				c.HandlePrepare(falling{}, ilptest.Prepare("test.x", 1))
			}
			c.stop()
		}},
		{"who hears of unmatched answers", false, func(_ *crashing, in, _ *peer) { in.send(response(9, fulfill)) }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			bound := make(chan string, 1)
			opts := Options{Listener: &Listener{Address: "127.0.0.1:0", Secret: secret, Bound: func(a string) { bound <- a }}}
			var far *server
			if tt.dials {
				far = newServer(t, "127.0.0.1:0")
				opts.Server = &Server{URL: far.url(), Token: secret}
			}
			changes := make(chan bool, 10)
			c := runCrashing(t, New(opts), falling{}, func(connected bool) { changes <- connected })
			url := "ws://" + <-bound
			old := join(t, url, 1)
			in := join(t, url, 2)
			conns := []*peer{old, in}
			var out *peer
			if tt.dials {
				out = far.admit()
				conns = append(conns, out)
			}
			<-changes  // connected
			old.ping() // both are read from
			in.ping()
			for out != nil && c.dialed.Load() == nil {
				in.ping()
			}
			stranger := dialPeer(t, url)
			waits := ilptest.NewRecorder()
			c.HandlePrepare(waits, ilptest.Prepare("test.x", 1))
			if out != nil {
				out.want(btp.TypeMessage)
			} else {
				in.want(btp.TypeMessage)
			}

			tt.spring(c, in, out)
			if <-changes || c.Connected() {
				t.Error("still connected")
			}
			for i, p := range conns { // each is told goodbye
				for {
					m, err := p.next()
					if m.Op == websocket.Close || err != nil {
						if code, _, _ := websocket.ParseClose(m.Payload); err != nil || code != websocket.CodeGoingAway {
							t.Errorf("connection %d ends with %+v, %v", i, m, err)
						}
						_ = p.conn.Close()
						break
					}
				}
			}
			if _, err := io.Copy(io.Discard, stranger.conn); err != nil && !errors.Is(err, net.ErrClosed) && !strings.Contains(err.Error(), "reset") {
				t.Errorf("the stranger's connection: %v", err)
			}
			if reply := waits.Reply(); reply.Code() != ilp.F02 || string(reply.Message()) != "failed to send packet: connection closed" {
				t.Errorf("what waits: %s %s", reply.Code(), reply.Message())
			}
			c.wantPanic(t)
		})
	}
}

// The functions that a link is made with are code from outside as well.
func TestPanicOfWhatALinkTellsIsOneOfRun(t *testing.T) {
	for _, tt := range []struct {
		name    string
		edit    func(*Options)
		changed func(connected bool)
	}{
		{"that it is connected", func(*Options) {}, func(bool) { fall() }},
		{"that it is not", func(*Options) {}, func(connected bool) {
			if !connected {
				fall()
			}
		}},
		{"where it listens", func(o *Options) {
			told := o.Listener.Bound
			o.Listener.Bound = func(a string) { told(a); fall() }
		}, nil},
		{"its log, when it listens", fallingLog("listening").edit, nil},
		{"its log, when a peer connects", fallingLog("connected").edit, nil},
		{"its log, when the server beside the listener is away", func(o *Options) {
			o.Server = &Server{URL: "ws://127.0.0.1:1"}
			fallingLog("connection to server failed").edit(o)
		}, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			bound := make(chan string, 1)
			opts := Options{Listener: &Listener{Address: "127.0.0.1:0", Secret: secret, Bound: func(a string) { bound <- a }}}
			tt.edit(&opts)
			c := runCrashing(t, New(opts), batching, tt.changed)
			joining := make(chan struct{})
			go func() { // unless it has ended before
				defer close(joining)
				address, ok := <-bound
				if conn, _, err := websocket.Dial(context.Background(), "ws://"+address, websocket.DialOptions{}); ok && err == nil {
					_, _ = conn.Write(websocket.AppendFrame(nil, websocket.Client, websocket.Binary, btp.AppendAuth(nil, 1, "", secret)))
					_, _ = conn.Read(make([]byte, 100))
					_ = conn.Close()
				}
			}()
			c.wantPanic(t)
			close(bound)
			<-joining
		})
	}
}

// A session that was made when its goroutine panics is closed too.
func TestPanicOfADialingLinkClosesItsConnection(t *testing.T) {
	far := newServer(t, "127.0.0.1:0")
	opts := Options{Server: &Server{URL: far.url(), Token: secret}}
	fallingLog("connected").edit(&opts)
	c := runCrashing(t, New(opts), batching, nil)
	p := far.admit()
	c.wantPanic(t)
	if m, err := p.next(); err == nil && m.Op != websocket.Close {
		t.Errorf("then comes %+v", m)
	}
	_, _ = io.Copy(io.Discard, p.conn) // the end
	if c.dialed.Load() != nil {
		t.Error("the session is kept")
	}
}

// fallingConn is a connection that panics when it is closed, or written to.
type fallingConn struct {
	net.Conn
	writes bool
}

func (c *fallingConn) Close() error {
	_ = c.Conn.Close()
	if !c.writes {
		fall()
	}
	return nil
}

func (c *fallingConn) Write(b []byte) (int, error) {
	if c.writes {
		fall()
	}
	return c.Conn.Write(b)
}

func TestPanicOfATimerCrashesTheLink(t *testing.T) {
	for name, tt := range map[string]struct {
		writes bool
		spring func(s *session)
	}{
		"heartbeat of a silent peer": {false, func(*session) {}},
		"heartbeat that cannot send": {true, func(*session) {}},
		"end of a replaced session":  {false, func(s *session) { s.replace(1, time.Second) }},
		"end of a failed session": {false, func(s *session) {
			go s.link.guard(func() { _ = s.link.remove(&s.link.accepted, s, s.readLoop(s.receive)) })
			s.fail(errStopped)
		}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				conn := &fallingConn{writes: tt.writes}
				s, far := pipeWith(t, 20*time.Second, func(near net.Conn) net.Conn { conn.Conn = near; return conn })
				go func() { _, _ = io.Copy(io.Discard, far.conn) }()
				_ = far.conn.SetReadDeadline(time.Time{})
				l := s.link
				var cause error
				l.stop = func(err error) { cause = err }
				l.install(&l.accepted, s)
				tt.spring(s)
				time.Sleep(time.Minute)
				synctest.Wait()
				if l.crashed == nil || cause != error(l.crashed) || !bytes.Contains(l.crashed.Stack, []byte("btplink.fall(")) || l.Connected() {
					t.Errorf("crashed by %v, stopped by %v, connected %v", l.crashed, cause, l.Connected())
				}
				_ = link.Catch(func() { s.close(io.EOF) })
			})
		})
	}
}

// What the packets before a panic have written, to whatever connection, is flushed.
func TestPanicEndsTheBatch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, far := pipe(t, time.Hour)
		other, otherFar := pipe(t, time.Hour) // of another account
		l := s.link
		l.handler = ilp.HandlerFunc(func(up ilp.ReplyWriter, p ilp.Prepare) {
			if p.Amount() == 2 {
				fall()
			}
			other.sendPrepare(5, p)
			batching.HandlePrepare(up, p)
		})
		l.install(&l.accepted, s)
		waits := ilptest.NewRecorder()
		l.HandlePrepare(waits, ilptest.Prepare("test.x", 1))
		id := far.want(btp.TypeMessage).RequestID
		ended := make(chan error, 1)
		go func() { ended <- l.remove(&l.accepted, s, s.readLoop(s.receive)) }()
		again, _ := l.pending.Put(falling{}, clock.Now().Add(time.Minute).Steady)
		far.raw(far.frame(websocket.Binary, prepare(7, ilptest.Prepare("test.x", 1))),
			far.frame(websocket.Binary, prepare(8, ilptest.Prepare("test.x", 2))),
			far.frame(websocket.Binary, response(again, fulfill)),
			far.frame(websocket.Binary, response(id, fulfill)))
		otherFar.want(btp.TypeMessage, 5)
		far.wantReply(7)
		if reply := waits.Reply(); !reply.Fulfilled() {
			t.Errorf("the answer behind two panics: %s %s", reply.Code(), reply.Message())
		}
		far.wantEnd(websocket.CodeGoingAway)
		var p *link.Panic
		if err := <-ended; !errors.As(err, &p) || l.crashed != p {
			t.Errorf("ended by %v, crashed by %v", err, l.crashed)
		}
		// A link that has crashed takes no session any more.
		if l.install(&l.accepted, other); l.Connected() {
			t.Error("connected after the crash")
		}
		other.close(io.EOF)
	})
}
