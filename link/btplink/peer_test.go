package btplink

import (
	"context"
	"errors"
	"io"
	"net"
	"slices"
	"testing"
	"time"

	"github.com/ilp-go/connector/ilp"
	"github.com/ilp-go/connector/ilp/btp"
	"github.com/ilp-go/connector/link/websocket"
)

// peer is the far end of a connection, which does what a link would not.
type peer struct {
	t    *testing.T
	conn net.Conn
	side websocket.Side
	asm  websocket.Assembler
	buf  []byte
}

func newPeer(t *testing.T, conn net.Conn, side websocket.Side, leftover []byte) *peer {
	t.Cleanup(func() { _ = conn.Close() })
	_ = conn.SetReadDeadline(time.Now().Add(30 * time.Second)) // rather fail than hang
	return &peer{t: t, conn: conn, side: side, asm: websocket.Assembler{PayloadMax: 1 << 20}, buf: leftover}
}

// dialPeer connects to a listening link and says nothing yet.
func dialPeer(t *testing.T, url string) *peer {
	t.Helper()
	conn, leftover, err := websocket.Dial(t.Context(), url, websocket.DialOptions{TLS: trusting})
	if err != nil {
		t.Fatal(err)
	}
	return newPeer(t, conn, websocket.Client, leftover)
}

// join connects to a listening link and authenticates itself with the request id
// given.
func join(t *testing.T, url string, id uint32) *peer {
	t.Helper()
	p := dialPeer(t, url)
	p.send(btp.AppendAuth(nil, id, "", secret))
	if got := p.want(btp.TypeResponse, id); got.Len() != 0 {
		t.Errorf("the answer to auth carries %d entries", got.Len())
	}
	return p
}

// server is a server for links to dial.
type server struct {
	t        *testing.T
	listener net.Listener
}

func newServer(t *testing.T, address string) *server {
	t.Helper()
	l, err := net.Listen("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	return &server{t, l}
}

func (s *server) url() string { return "ws://" + s.listener.Addr().String() }

// accept waits for the next connection and its handshake.
func (s *server) accept() *peer {
	s.t.Helper()
	conn, err := s.listener.Accept()
	if err != nil {
		s.t.Fatal(err)
	}
	_, leftover, err := websocket.Accept(context.Background(), conn, websocket.AcceptOptions{})
	if err != nil {
		s.t.Fatal(err)
	}
	return newPeer(s.t, conn, websocket.Server, leftover)
}

// admit waits for the next connection and lets it in, whoever it is.
func (s *server) admit() *peer {
	s.t.Helper()
	p := s.accept()
	p.send(btp.AppendResponse(nil, p.want(btp.TypeMessage).RequestID))
	return p
}

// raw writes bytes as they are, together.
func (p *peer) raw(wire ...[]byte) {
	p.t.Helper()
	if _, err := p.conn.Write(slices.Concat(wire...)); err != nil {
		p.t.Error(err)
	}
}

func (p *peer) frame(op websocket.Opcode, payload []byte) []byte {
	return websocket.AppendFrame(nil, p.side, op, payload)
}

// send writes a message in a frame of its own.
func (p *peer) send(message []byte) {
	p.t.Helper()
	p.raw(p.frame(websocket.Binary, message))
}

// next is the next message that comes, control frames included.
func (p *peer) next() (websocket.Message, error) {
	for {
		f, n, err := websocket.Cut(p.buf, p.side, 1<<20)
		if err != nil {
			return websocket.Message{}, err
		}
		if n > 0 {
			p.buf = p.buf[n:]
			if m, whole, err := p.asm.Add(f); whole || err != nil {
				return m, err
			}
			continue
		}
		p.buf = slices.Grow(p.buf, 4<<10)
		got, err := p.conn.Read(p.buf[len(p.buf):cap(p.buf)])
		if got == 0 {
			return websocket.Message{}, err
		}
		p.buf = p.buf[:len(p.buf)+got]
	}
}

// want is the next BTP message, which must be of that type, and of that id if one
// is given.
func (p *peer) want(typ btp.Type, id ...uint32) btp.Packet {
	p.t.Helper()
	m, err := p.next()
	if err != nil || m.Op != websocket.Binary {
		p.t.Fatalf("got %+v, %v, want BTP type %d", m, err, typ)
	}
	got, err := btp.Parse(m.Payload)
	if err != nil || got.Type != typ || len(id) > 0 && got.RequestID != id[0] {
		p.t.Fatalf("got BTP type %d id %d, %v, want type %d id %d", got.Type, got.RequestID, err, typ, id)
	}
	return got
}

// wantReply is the next BTP message, which must answer that request with ILP.
func (p *peer) wantReply(id uint32) ilp.Reply {
	p.t.Helper()
	got := p.want(btp.TypeResponse, id)
	entry, _ := got.First(btp.ILP)
	reply, err := ilp.ParseReply(entry.Data)
	if err != nil {
		p.t.Fatal(err)
	}
	return reply
}

// wantError is the next BTP message, which must be that error.
func (p *peer) wantError(id uint32, code, name, data string) {
	p.t.Helper()
	got := p.want(btp.TypeError, id)
	v := got.ErrorView()
	if string(v.Code) != code || string(v.Name) != name || string(v.Data) != data {
		p.t.Errorf("got error %s %s %s\nwant %s %s %s", v.Code, v.Name, v.Data, code, name, data)
	}
	if _, err := time.Parse("20060102150405.000Z", string(v.TriggeredAt)); err != nil {
		p.t.Error(err)
	}
}

// wantEnd is the end of the connection, with the code that the goodbye carries: 0
// for none at all. It hangs up too.
func (p *peer) wantEnd(code uint16) {
	p.t.Helper()
	m, err := p.next()
	if code != 0 && err == nil && m.Op == websocket.Close {
		if got, _, _ := websocket.ParseClose(m.Payload); got != code {
			p.t.Errorf("closed with code %d, want %d", got, code)
		}
		m, err = p.next()
	} else if code != 0 {
		p.t.Errorf("no goodbye but %+v", m)
	}
	if !errors.Is(err, io.EOF) {
		p.t.Errorf("the connection does not end but brings %+v, %v", m, err)
	}
	_ = p.conn.Close()
}

// ping is answered when everything sent before it was handled.
func (p *peer) ping() {
	p.t.Helper()
	p.raw(p.frame(websocket.Ping, []byte("are you there")))
	if m, err := p.next(); err != nil || m.Op != websocket.Pong || string(m.Payload) != "are you there" {
		p.t.Fatalf("ping brings %+v, %v", m, err)
	}
}

// prepare is a request with a Prepare.
func prepare(id uint32, packet ilp.Prepare) []byte {
	return btp.AppendILP(nil, btp.TypeMessage, id, packet.Bytes())
}

// response is an answer with a Fulfill or Reject.
func response(id uint32, reply ilp.Reply) []byte {
	return btp.AppendILP(nil, btp.TypeResponse, id, reply.Bytes())
}

// message is a request with protocol data: names, content types and data in turn.
func message(id uint32, entries ...btp.Entry) []byte {
	return btp.Append(nil, btp.TypeMessage, id, entries)
}

func entry(name string, typ btp.ContentType, data string) btp.Entry {
	return btp.Entry{Name: []byte(name), ContentType: typ, Data: []byte(data)}
}

// wantGone reads until the link has ended the connection, and ends it too.
func (p *peer) wantGone() {
	for {
		if _, err := p.next(); err != nil {
			_ = p.conn.Close()
			return
		}
	}
}
