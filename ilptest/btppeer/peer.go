// Package btppeer is a client of a BTP server that does what a test says and nothing else: it
// answers late, twice, or for another.
package btppeer

import (
	"crypto/tls"
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

// Peer is one connection to a server. Its methods fail the test when something else comes than
// what they want. They are for one goroutine.
type Peer struct {
	t    testing.TB
	conn net.Conn
	asm  websocket.Assembler
	buf  []byte
}

// patience is how long a Peer waits for what must come.
const patience = 30 * time.Second

// Dial connects to a server, whatever its certificate is, and says nothing yet.
func Dial(t testing.TB, url string) *Peer {
	t.Helper()
	conn, leftover, err := websocket.Dial(t.Context(), url, websocket.DialOptions{TLS: &tls.Config{InsecureSkipVerify: true}}) //nolint:gosec // a test
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	_ = conn.SetReadDeadline(time.Now().Add(patience))
	return &Peer{t: t, conn: conn, asm: websocket.Assembler{PayloadMax: 1 << 20}, buf: leftover}
}

// Join connects to a server and authenticates itself. Without a user it gives none.
func Join(t testing.TB, url, user, token string) *Peer {
	t.Helper()
	p := Dial(t, url)
	p.Send(Auth(1, user, token))
	p.Want(btp.TypeResponse, 1)
	return p
}

// Auth returns a first message. Without a user it gives none.
func Auth(id uint32, user, token string) []byte {
	entries := []btp.Entry{
		{Name: []byte("auth"), ContentType: btp.OctetStream},
		{Name: []byte("auth_token"), ContentType: btp.Text, Data: []byte(token)},
	}
	if user != "" {
		entries = append(entries, btp.Entry{Name: []byte("auth_username"), ContentType: btp.Text, Data: []byte(user)})
	}
	return btp.Append(nil, btp.TypeMessage, id, entries)
}

// Request returns a message with a Prepare, and Response one with the answer to it.
func Request(id uint32, prepare ilp.Prepare) []byte {
	return btp.AppendILP(nil, btp.TypeMessage, id, prepare.Bytes())
}

// Response returns a message with the answer to a request.
func Response(id uint32, reply ilp.Reply) []byte {
	return btp.AppendILP(nil, btp.TypeResponse, id, reply.Bytes())
}

// Send sends a message.
func (p *Peer) Send(message []byte) {
	p.t.Helper()
	if _, err := p.conn.Write(websocket.AppendFrame(nil, websocket.Client, websocket.Binary, message)); err != nil {
		p.t.Error(err)
	}
}

// Close closes the connection without a word.
func (p *Peer) Close() { _ = p.conn.Close() }

// Leave closes the connection as a client does, and returns when the server has taken leave too.
func (p *Peer) Leave() {
	p.t.Helper()
	_, _ = p.conn.Write(websocket.AppendClose(nil, websocket.Client, websocket.CodeNormal, ""))
	p.WantEnd()
}

// next returns the next message that comes, control frames included.
func (p *Peer) next() (websocket.Message, error) {
	for {
		f, n, err := websocket.Cut(p.buf, websocket.Client, 1<<20)
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

// Want returns the next message, which must be of that type, and of that id if one is given.
// It is valid until the next one.
func (p *Peer) Want(typ btp.Type, id ...uint32) btp.Packet {
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

// LetIn logs in with a token as the first message, and reports whether the server lets it in.
func (p *Peer) LetIn(token string) bool {
	p.t.Helper()
	p.Send(Auth(1, "", token))
	m, err := p.next()
	if err != nil {
		p.t.Fatal(err)
	}
	got, err := btp.Parse(m.Payload)
	if err != nil {
		p.t.Fatal(err)
	}
	return got.Type == btp.TypeResponse
}

// WantPrepare returns the next message, which must hold a Prepare, and its id.
func (p *Peer) WantPrepare() (id uint32, prepare ilp.Prepare) {
	p.t.Helper()
	got := p.Want(btp.TypeMessage)
	entry, _ := got.First(btp.ILP)
	prepare, err := ilp.ParsePrepare(entry.Data)
	if err != nil {
		p.t.Fatal(err)
	}
	return got.RequestID, prepare
}

// WantReply returns the next message, which must answer that request with an ILP packet.
func (p *Peer) WantReply(id uint32) ilp.Reply {
	p.t.Helper()
	got := p.Want(btp.TypeResponse, id)
	entry, _ := got.First(btp.ILP)
	reply, err := ilp.ParseReply(entry.Data)
	if err != nil {
		p.t.Fatal(err)
	}
	return reply
}

// WantRefused wants an Error with these data, and then the end of the connection.
func (p *Peer) WantRefused(data string) {
	p.t.Helper()
	p.WantError(data)
	p.WantEnd()
}

// WantError wants an Error with these data as the next message, for that id if one is given.
func (p *Peer) WantError(data string, id ...uint32) {
	p.t.Helper()
	got := p.Want(btp.TypeError, id...)
	if v := got.ErrorView(); string(v.Code) != "F00" || string(v.Name) != "NotAcceptedError" || string(v.Data) != data {
		p.t.Errorf("got error %s %s %q, want %q", v.Code, v.Name, v.Data, data)
	}
}

// WantEnd wants the end of the connection, with or without a Close frame.
func (p *Peer) WantEnd() {
	p.t.Helper()
	m, err := p.next()
	if err == nil && m.Op == websocket.Close {
		m, err = p.next()
	}
	if !errors.Is(err, io.EOF) {
		p.t.Errorf("the connection does not end but brings %+v, %v", m, err)
	}
	_ = p.conn.Close()
}

// WantClose returns the code and the reason of the Close frame that must come next, and closes the
// connection.
func (p *Peer) WantClose() (code uint16, reason string) {
	p.t.Helper()
	m, err := p.next()
	if err == nil && m.Op != websocket.Close {
		p.t.Fatalf("got %+v, want a Close", m)
	}
	if err == nil {
		code, reason, err = websocket.ParseClose(m.Payload)
	}
	if err != nil {
		p.t.Fatal(err)
	}
	_ = p.conn.Close()
	return code, reason
}

// Ping waits until everything that was sent before it was handled. Nothing else may come.
func (p *Peer) Ping() {
	p.t.Helper()
	_, _ = p.conn.Write(websocket.AppendFrame(nil, websocket.Client, websocket.Ping, []byte("there?")))
	if m, err := p.next(); err != nil || m.Op != websocket.Pong {
		p.t.Fatalf("a ping brings %+v, %v", m, err)
	}
}
