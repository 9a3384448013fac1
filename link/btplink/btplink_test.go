package btplink

import (
	"context"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/ilp-go/connector/ilp"
	"github.com/ilp-go/connector/ilp/btp"
	"github.com/ilp-go/connector/ilptest"
	"github.com/ilp-go/connector/link"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const secret = "s3cret"

// running is a link that runs until the test ends, or is stopped.
type running struct {
	*Link
	stop    func()
	changes chan bool
}

func run(t testing.TB, l *Link, h ilp.Handler) *running {
	ctx, cancel := context.WithCancel(context.Background())
	r := &running{Link: l, changes: make(chan bool, 1000)}
	done := make(chan struct{})
	go func() {
		defer close(done)
		l.Run(ctx, h, func(connected bool) { r.changes <- connected })
	}()
	r.stop = sync.OnceFunc(func() {
		cancel()
		<-done
	})
	t.Cleanup(r.stop)
	return r
}

// until waits for the link to become connected, or to stop being so.
func (r *running) until(connected bool) {
	for <-r.changes != connected {
	}
}

// listen runs a link that listens, and returns where.
func listen(t testing.TB, h ilp.Handler, edits ...func(*Options)) (r *running, url string) {
	t.Helper()
	bound := make(chan string, 1)
	opts := Options{Listener: &Listener{
		Address: "127.0.0.1:0", Secret: secret, Bound: func(a string) { bound <- a },
	}}
	for _, edit := range edits {
		edit(&opts)
	}
	r = run(t, New(opts), h)
	scheme := "ws://"
	if opts.Listener.TLS != nil {
		scheme = "wss://"
	}
	return r, scheme + <-bound
}

// dialer runs a link that dials, quickly again when it fails.
func dialer(t testing.TB, url string, h ilp.Handler, edits ...func(*Options)) *running {
	t.Helper()
	opts := Options{
		Server:         &Server{URL: url, Account: "us", Token: secret, TLS: trustingNow},
		ReconnectSteps: []time.Duration{time.Millisecond},
	}
	for _, edit := range edits {
		edit(&opts)
	}
	return run(t, New(opts), h)
}

// pair is a listener and a client of it, both connected.
func pair(t testing.TB, server, client ilp.Handler) (listening, dialing *running) {
	t.Helper()
	listening, url := listen(t, server)
	dialing = dialer(t, url, client)
	<-listening.Ready()
	<-dialing.Ready()
	return listening, dialing
}

// ask sends a packet and waits for its answer.
func ask(l ilp.Handler) ilp.Reply {
	r := ilptest.NewRecorder()
	l.HandlePrepare(r, ilptest.Prepare("test.x.y", 5))
	return r.Reply()
}

func TestPacketsTravelBothWays(t *testing.T) {
	listening, dialing := pair(t, ilptest.Fulfilling(), ilptest.Answering(ilptest.Reject(ilp.F99, "no")))
	if reply := ask(dialing); !reply.Fulfilled() {
		t.Errorf("the listener's side answered %s %s", reply.Code(), reply.Message())
	}
	if reply := ask(listening); reply.Code() != ilp.F99 {
		t.Errorf("the dialer's side answered %s %s", reply.Code(), reply.Message())
	}
}

func TestPacketArrivesUnchanged(t *testing.T) {
	far := ilptest.Fulfilling()
	_, dialing := pair(t, far, nil)
	sent := ilptest.Prepare("test.x.y", 1<<63+5, ilptest.Data(make([]byte, 32767)))
	r := ilptest.NewRecorder()
	dialing.HandlePrepare(r, sent)
	if reply := r.Reply(); string(reply.Fulfillment()) != string(ilptest.Preimage[:]) {
		t.Errorf("answer %s %s", reply.Code(), reply.Message())
	}
	if got := far.Sent()[0].Prepare; string(got.Bytes()) != string(sent.Bytes()) {
		t.Error("the packet has changed")
	}
}

func TestLinkCanDialAndListenAtOnce(t *testing.T) {
	far := newServer(t, "127.0.0.1:0")
	both, url := listen(t, ilptest.Fulfilling(), func(o *Options) {
		o.Server = &Server{URL: far.url(), Token: secret}
		o.ReconnectSteps = []time.Duration{time.Millisecond}
	})
	in := join(t, url, 1)
	out := far.admit()
	in.send(prepare(7, ilptest.Prepare("test.x", 1)))
	in.wantReply(7) // on the connection it came on
	out.send(prepare(8, ilptest.Prepare("test.x", 1)))
	out.wantReply(8)

	// The dialed connection comes first, the accepted one will do.
	both.HandlePrepare(ilptest.NewRecorder(), ilptest.Prepare("test.x", 1))
	out.want(btp.TypeMessage)
	_ = out.conn.Close()
	again := far.accept()
	if s := both.Status(); !both.Connected() || s.State != link.Established {
		t.Errorf("one connection is left, yet %+v", s)
	}
	both.HandlePrepare(ilptest.NewRecorder(), ilptest.Prepare("test.x", 1))
	in.want(btp.TypeMessage)
	_ = again.conn.Close()
}

func TestUnconnectedLinkRefusesAtOnce(t *testing.T) {
	l := New(Options{Server: &Server{URL: "ws://127.0.0.1:1"}})
	if reply := ask(l); reply.Code() != ilp.T01 || string(reply.Message()) != "no connection to account." {
		t.Errorf("%s %s", reply.Code(), reply.Message())
	}
	if l.Connected() || l.Status().State != link.Disabled {
		t.Errorf("status %+v", l.Status())
	}
}
