package btplink

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/ilp-go/connector/ilp"
	"github.com/ilp-go/connector/ilp/btp"
	"github.com/ilp-go/connector/ilptest"
	"github.com/ilp-go/connector/link/websocket"
)

func TestAuthLetsIn(t *testing.T) {
	auth, user := entry("auth", btp.OctetStream, ""), entry("auth_username", btp.Text, "anybody")
	tests := map[string][]byte{
		"token as text":       message(9, auth, user, entry("auth_token", btp.Text, secret)),
		"token as octets":     message(9, auth, user, entry("auth_token", btp.OctetStream, secret)),
		"no user":             message(9, auth, entry("auth_token", btp.Text, secret)),
		"token before user":   message(9, auth, entry("auth_token", btp.Text, secret), user),
		"other sub-protocols": message(9, auth, entry("flag", btp.JSON, "{"), user, entry("auth_token", btp.Text, secret), entry("x", 9, "y")),
		"auth with data":      message(9, entry("auth", btp.Text, "data"), user, entry("auth_token", btp.Text, secret)),
		"first of two tokens": message(9, auth, entry("auth_token", btp.Text, secret), entry("auth_token", btp.Text, "wrong")),
		"bytes behind":        append(message(9, auth, entry("auth_token", btp.Text, secret)), "behind"...),
	}
	for name, first := range tests {
		t.Run(name, func(t *testing.T) {
			_, url := listen(t, ilptest.Fulfilling())
			p := dialPeer(t, url)
			// The first packet may come with the auth message.
			p.raw(p.frame(websocket.Binary, first), p.frame(websocket.Binary, prepare(10, ilptest.Prepare("test.x", 1))))
			if got := p.want(btp.TypeResponse, 9); got.Len() != 0 {
				t.Errorf("the answer carries %d entries", got.Len())
			}
			p.wantReply(10)
		})
	}
}

func TestAuthRefuses(t *testing.T) {
	auth, token := entry("auth", btp.OctetStream, ""), entry("auth_token", btp.Text, secret)
	tests := []struct {
		name  string
		first []byte
		told  string
	}{
		{"a response", btp.Append(nil, btp.TypeResponse, 9, []btp.Entry{auth, token}), "First message sent over BTP connection must be auth packet"},
		{"a transfer", btp.AppendTransfer(nil, 9, 1, nil), "First message sent over BTP connection must be auth packet"},
		{"an error", btp.AppendError(nil, 9, btp.Error{Code: ilp.F00}), "First message sent over BTP connection must be auth packet"},
		{"one entry", message(9, auth), "Auth packet must have auth and auth_token subprotocols"},
		{"no entry", message(9), "Auth packet must have auth and auth_token subprotocols"},
		{"a packet", prepare(9, ilptest.Prepare("test.x", 1)), "Auth packet must have auth and auth_token subprotocols"},
		{"auth not first", message(9, token, auth), "First subprotocol must be auth"},
		{"no token", message(9, auth, entry("auth_username", btp.Text, secret)), "auth_token subprotocol is required"},
		{"wrong token", message(9, auth, entry("auth_token", btp.Text, "s3cres")), "invalid auth_token"},
		{"empty token", message(9, auth, entry("auth_token", btp.Text, "")), "invalid auth_token"},
		{"longer token", message(9, auth, entry("auth_token", btp.Text, secret+"x")), "invalid auth_token"},
		{"second token right", message(9, auth, entry("auth_token", btp.Text, "x"), token), "invalid auth_token"},
	}
	for _, secured := range []bool{false, true} {
		var edits []func(*Options)
		if secured {
			edits = append(edits, secure)
		}
		listening, url := listen(t, nil, edits...)
		for _, tt := range tests {
			t.Run(fmt.Sprintf("%s, TLS %v", tt.name, secured), func(t *testing.T) {
				p := dialPeer(t, url)
				// What comes behind is not looked at.
				p.raw(p.frame(websocket.Binary, tt.first), p.frame(websocket.Binary, prepare(10, ilptest.Prepare("test.x", 1))))
				p.wantError(9, "F00", "NotAcceptedError", tt.told)
				p.wantEnd(websocket.CodeNone)
			})
		}
		if listening.Connected() {
			t.Error("somebody was let in")
		}
	}
}

func TestGarbageFirstIsNotAnswered(t *testing.T) {
	listening, url := listen(t, nil)
	tests := map[string]func(p *peer) []byte{
		"no BTP":        func(p *peer) []byte { return p.frame(websocket.Binary, []byte("garbage")) },
		"unknown type":  func(p *peer) []byte { return p.frame(websocket.Binary, append([]byte{8}, message(1)[1:]...)) },
		"empty":         func(p *peer) []byte { return p.frame(websocket.Binary, nil) },
		"text":          func(p *peer) []byte { return p.frame(websocket.Text, btp.AppendAuth(nil, 1, "", secret)) },
		"reserved bits": func(p *peer) []byte { return []byte{0xf2, 0x80, 0, 0, 0, 0} },
		"giant length":  func(p *peer) []byte { return []byte{0x82, 0xff, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff} },
		"64 KB of auth": func(p *peer) []byte {
			return p.frame(websocket.Binary, btp.AppendAuth(nil, 1, strings.Repeat("a", 64<<10), secret))
		},
	}
	for name, wire := range tests {
		t.Run(name, func(t *testing.T) {
			p := dialPeer(t, url)
			p.raw(wire(p))
			if m, err := p.next(); err == nil && m.Op != websocket.Close {
				t.Errorf("answered with %+v", m)
			}
		})
	}
	if listening.Connected() {
		t.Error("somebody was let in")
	}
}

func TestWhatIsNoWebSocketIsTurnedAway(t *testing.T) {
	for _, tt := range []struct {
		name, sent, status string
		edit               func(*Options)
	}{
		{"HTTP", "GET / HTTP/1.1\r\nHost: x\r\n\r\n", "HTTP/1.1 426 ", func(*Options) {}},
		{"another path", upgrade("/other"), "HTTP/1.1 404 ", func(o *Options) { o.Listener.Path = "/btp" }},
		{"TLS on a plain port", "\x16\x03\x01\x02\x00\x01\x00", "", func(*Options) {}},
		{"HTTP on a TLS port", upgrade("/"), "", secure},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, url := listen(t, nil, tt.edit)
			conn, err := net.Dial("tcp", url[strings.LastIndex(url, "/")+1:])
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = conn.Close() }()
			_, _ = io.WriteString(conn, tt.sent)
			answer, _ := io.ReadAll(conn)
			if !strings.HasPrefix(string(answer), tt.status) || tt.status == "" && strings.Contains(string(answer), " 101 ") {
				t.Errorf("answered %q", answer)
			}
		})
	}
}

func upgrade(path string) string {
	return "GET " + path + " HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
		"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
}

func TestPathIsServed(t *testing.T) {
	_, url := listen(t, nil, func(o *Options) { o.Listener.Path = "/btp" })
	join(t, url+"/btp", 1)
}

func TestTLSLinksCarryPackets(t *testing.T) {
	_, url := listen(t, ilptest.Fulfilling(), secure)
	dialing := dialer(t, url, nil)
	<-dialing.Ready()
	for range 20 {
		if reply := ask(dialing); !reply.Fulfilled() {
			t.Errorf("%s %s", reply.Code(), reply.Message())
		}
	}
}

func TestSilentStrangersAreClosedAtTheDeadline(t *testing.T) {
	_, url := listen(t, nil, func(o *Options) { o.AuthTimeout = 50 * time.Millisecond })
	began := time.Now()
	before, err := net.Dial("tcp", url[len("ws://"):])
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = before.Close() }()
	after := dialPeer(t, url)
	for name, conn := range map[string]net.Conn{"before the handshake": before, "after it": after.conn} {
		if b, err := io.ReadAll(conn); err != nil || len(b) > 0 {
			t.Errorf("%s: %q, %v", name, b, err)
		}
	}
	if took := time.Since(began); took < 50*time.Millisecond || took > 4*time.Second {
		t.Errorf("closed after %v", took)
	}
}

func TestFloodOfStrangersDoesNotKeepTheClientOut(t *testing.T) {
	listening, url := listen(t, ilptest.Fulfilling(), func(o *Options) { o.AuthTimeout = time.Hour })
	var conns []net.Conn
	for i := range 300 {
		conn, err := net.Dial("tcp", url[len("ws://"):])
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = conn.Close() }()
		if i%2 == 0 {
			_, _ = io.WriteString(conn, upgrade("/"))
		}
		conns = append(conns, conn)
	}
	for _, conn := range conns[:300-StrangersMax] { // closed, to make room
		_ = conn.SetReadDeadline(time.Now().Add(10 * time.Second))
		if _, err := io.Copy(io.Discard, conn); errors.Is(err, os.ErrDeadlineExceeded) {
			t.Fatal("an old stranger is still there")
		}
	}
	p := join(t, url, 1)
	p.send(prepare(2, ilptest.Prepare("test.x", 1)))
	p.wantReply(2)
	listening.stop() // ends the strangers too
}

// Whatever strangers do, packets go on.
func TestStrangersDoNotDisturbTheSession(t *testing.T) {
	listening, url := listen(t, ilptest.Fulfilling())
	far := ilptest.NewLink()
	dialing := dialer(t, url, far)
	<-dialing.Ready()
	<-listening.Ready()
	waits := ilptest.NewRecorder()
	listening.HandlePrepare(waits, ilptest.Prepare("test.x", 1)) // in flight all the time

	for range 5 {
		conn, err := net.Dial("tcp", url[len("ws://"):])
		if err != nil {
			t.Fatal(err)
		}
		_ = conn.Close() // a port scan
		_ = dialPeer(t, url).conn.Close()
		p := dialPeer(t, url)
		p.send(btp.AppendAuth(nil, 9, "us", "wrong"))
		p.wantError(9, "F00", "NotAcceptedError", "invalid auth_token")
		p.wantEnd(websocket.CodeNone)
		p = dialPeer(t, url)
		p.send([]byte("garbage"))
		_, _ = p.next()
		if reply := ask(dialing); !reply.Fulfilled() {
			t.Fatalf("%s %s", reply.Code(), reply.Message())
		}
	}
	far.Take().Up.WriteReply(ilptest.Fulfill())
	if reply := waits.Reply(); !reply.Fulfilled() {
		t.Errorf("%s %s", reply.Code(), reply.Message())
	}
	if len(listening.changes) != 1 || len(dialing.changes) != 1 {
		t.Errorf("told %d and %d changes, want only that we are connected", len(listening.changes), len(dialing.changes))
	}
}
