package nodehost

import (
	"encoding/json"
	"fmt"
	"net"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/ilp-go/connector/ilp"
	"github.com/ilp-go/connector/ilptest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// fake is a process that the test plays itself.
type fake struct {
	t    *testing.T
	host *Host
	s    *session
	conn net.Conn
	buf  []byte
	done sync.WaitGroup

	patience time.Duration // for a frame
}

// newFake returns a process that has greeted.
func newFake(t *testing.T) *fake {
	t.Helper()
	ours, theirs := net.Pipe()
	f := &fake{t: t, host: New(Options{}), conn: theirs, patience: 10 * time.Second}
	f.s = newSession(f.host, ours)
	f.done.Go(f.s.read)
	t.Cleanup(f.end)
	f.write(frame{typ: frameHello, body: []byte(`{"protocol":1,"node":"v20.0.0"}`)})
	return f
}

// end ends the process, as Run does.
func (f *fake) end() {
	f.s.fail(errEnded)
	_ = f.conn.Close()
	f.done.Wait()
	f.host.handling.Lock()
	f.s.endCalls()
	f.host.handling.Unlock()
	f.host.lost(fmt.Errorf("%w: %w", ErrDown, f.s.reason))
}

func (f *fake) write(frames ...frame) {
	f.t.Helper()
	var b []byte
	for _, one := range frames {
		b = appendFrame(b, one)
	}
	f.writeBytes(b)
}

func (f *fake) writeBytes(b []byte) {
	f.t.Helper()
	_ = f.conn.SetWriteDeadline(time.Now().Add(10 * time.Second))
	if _, err := f.conn.Write(b); err != nil && !f.s.over() {
		f.t.Fatal(err)
	}
}

// read reads a frame of the host.
func (f *fake) read() frame {
	f.t.Helper()
	_ = f.conn.SetReadDeadline(time.Now().Add(f.patience))
	for {
		got, n, err := cutFrame(f.buf)
		if err != nil {
			f.t.Fatal(err)
		}
		if n > 0 {
			got.body = append([]byte(nil), got.body...)
			f.buf = append([]byte(nil), f.buf[n:]...)
			return got
		}
		more := make([]byte, 4096)
		n, err = f.conn.Read(more)
		if err != nil {
			f.t.Fatal(err)
		}
		f.buf = append(f.buf, more[:n]...)
	}
}

// add adds a plugin, and constructs it.
func (f *fake) add() (*Object, *handler) {
	f.t.Helper()
	h := &handler{ups: make(chan Constructed, 10), downs: make(chan error, 10), changes: make(chan bool, 10), answering: ilptest.Fulfilling()}
	o := f.host.Add(Module{Kind: Plugin, Name: "fake", Account: "alice"}, h)
	call := f.read()
	if call.typ != frameCall || call.object != 0 {
		f.t.Fatalf("%+v", call)
	}
	f.write(frame{typ: frameResult, id: call.id, body: []byte(`{"adminInfo":true}`)}, frame{typ: frameState, object: o.number, body: []byte{1}})
	<-h.ups
	<-h.changes
	for len(h.downs) > 0 { // until the process had greeted
		<-h.downs
	}
	return o, h
}

// handler notes what comes.
type handler struct {
	ups       chan Constructed
	downs     chan error
	changes   chan bool
	answering ilp.Handler
	unmatched int
}

func (h *handler) Up(_ *Object, c Constructed) { h.ups <- c }
func (h *handler) Down(why error)              { h.downs <- why }
func (h *handler) Connected(connected bool)    { h.changes <- connected }
func (h *handler) HandleUnmatched(ilp.Reply)   { h.unmatched++ }
func (h *handler) HandlePrepare(up ilp.ReplyWriter, prepare ilp.Prepare) {
	h.answering.HandlePrepare(up, prepare)
}

func (h *handler) Call(method string, args []json.RawMessage, answer func(any, error)) {
	answer(fmt.Sprint(method, len(args)), nil)
}

var (
	_ PacketHandler = (*handler)(nil)
	_ CallHandler   = (*handler)(nil)
)
