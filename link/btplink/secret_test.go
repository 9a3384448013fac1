package btplink

import (
	"net"
	"strings"
	"testing"
	"time"

	"github.com/ilp-go/connector/ilp"
	"github.com/ilp-go/connector/ilp/btp"
	"github.com/ilp-go/connector/ilptest"
	"github.com/ilp-go/connector/link/websocket"
)

// rotatedTo are the secrets after a rotation, with the old one valid for a time.
func rotatedTo(next string, old time.Duration) Secrets {
	was := OldSecret{secret, time.Now().Add(old)}
	return Secrets{Token: next, OldToken: was, Secret: next, OldSecret: was}
}

// login sends the first message of a client.
func (p *peer) login(token string) { p.send(btp.AppendAuth(nil, 1, "", token)) }

// wantRotated is our Close frame, which says that the secret has changed.
func (p *peer) wantRotated() {
	p.t.Helper()
	m, err := p.next()
	if err != nil || m.Op != websocket.Close {
		p.t.Fatalf("got %+v, %v, want a Close frame", m, err)
	}
	if code, reason, _ := websocket.ParseClose(m.Payload); code != websocket.CodePolicy || reason != string(rotated) {
		p.t.Errorf("closed with %d %q", code, reason)
	}
}

func TestBothSecretsLogInDuringTheOverlapAndOneAfterIt(t *testing.T) {
	l, url := listen(t, ilptest.Fulfilling())
	first := join(t, url, 1)
	l.SetSecrets(rotatedTo("new", time.Hour))
	first.send(prepare(2, ilptest.Prepare("test.x", 1)))
	first.wantReply(2)
	if s := l.Status(); !s.OldSecret || time.Until(s.OldSecretUntil) < 50*time.Minute {
		t.Errorf("with the old secret: %+v", s)
	}
	_ = first.conn.Close()

	second := dialPeer(t, url)
	second.login("new")
	second.want(btp.TypeResponse, 1)
	if s := l.Status(); s.OldSecret || s.OldSecretUntil.IsZero() {
		t.Errorf("with the new secret: %+v", s)
	}
	third := join(t, url, 3) // with the old one
	l.SetSecrets(Secrets{Secret: "new"})
	third.wantRotated()
	if s := l.Status(); !s.OldSecretUntil.IsZero() {
		t.Errorf("after the overlap: %+v", s)
	}
	for token, ok := range map[string]bool{secret: false, "new": true, "": false, "newer": false} {
		p := dialPeer(t, url)
		p.login(token)
		if ok {
			p.want(btp.TypeResponse, 1)
			continue
		}
		p.wantError(1, "F00", "NotAcceptedError", string(wrongSecret))
	}
}

// The time ends the overlap, without a call and without a login.
func TestConnectionWithAnOldSecretEndsAtItsTime(t *testing.T) {
	l, url := listen(t, nil)
	p := join(t, url, 1)
	l.SetSecrets(rotatedTo("new", 50*time.Millisecond))
	p.wantRotated()
	late := dialPeer(t, url)
	late.login(secret)
	late.wantError(1, "F00", "NotAcceptedError", string(wrongSecret))
}

// A link that was made after the time, as by a restart, does not know the old secret any more.
func TestOldSecretOfThePastIsNone(t *testing.T) {
	_, url := listen(t, nil, func(o *Options) {
		o.Listener.Secret, o.Listener.OldSecret = "new", OldSecret{secret, time.Now().Add(-time.Second)}
	})
	p := dialPeer(t, url)
	p.login(secret)
	p.wantError(1, "F00", "NotAcceptedError", string(wrongSecret))
}

// The secrets may change while a client logs in.
func TestConnectionThatComesWhileItsSecretEndsDoesNotStay(t *testing.T) {
	l := New(Options{Listener: &Listener{Secret: secret}})
	s := &session{secret: secret, conn: noConn{}}
	l.SetSecrets(Secrets{Secret: "new"})
	l.confirm(s, Login{Token: secret})
	if r := s.reason.Load(); r == nil || *r != error(rotated) {
		t.Error("it stays")
	}
}

func TestDialerTriesTheOldTokenWhenTheNewOneIsRefused(t *testing.T) {
	far := newServer(t, "127.0.0.1:0")
	raised, log := make(alerts, 100), make(lines, 100)
	dialing := dialWith(t, far.url(), raised, log, time.Millisecond)
	first := far.admit()
	dialing.until(true)
	dialing.SetSecrets(rotatedTo("new", time.Hour))
	first.ping() // it stays
	_ = first.conn.Close()

	far.refuseToken("new", "no such token: new")
	old := far.admitToken(secret)
	dialing.until(false)
	dialing.until(true)
	if s := dialing.Status(); !s.OldSecret {
		t.Errorf("%+v", s)
	}
	_ = old.conn.Close()
	far.admitToken("new")
	dialing.until(false)
	dialing.until(true)
	var all []string
	for len(raised) > 0 {
		all = append(all, <-raised)
	}
	got := strings.Join(all, "\n")
	for _, want := range []string{"+ the server that the account dials refuses the new token, and has taken the old one", "- " + kindOldToken} {
		i := strings.Index(got, want)
		if i < 0 {
			t.Fatalf("no %q in order:\n%s", want, strings.Join(all, "\n"))
		}
		got = got[i+len(want):]
	}
	for len(log) > 0 {
		if line := <-log; strings.Contains(line, secret) || strings.Contains(line, "token: new") {
			t.Errorf("a line shows a token: %s", line)
		}
	}
}

func TestDialerForgetsTheOldTokenAfterItsTime(t *testing.T) {
	far := newServer(t, "127.0.0.1:0")
	dialing := dialer(t, far.url(), nil, func(o *Options) {
		o.Server.Token, o.Server.OldToken = "new", OldSecret{secret, time.Now().Add(-time.Second)}
	})
	far.refuseToken("new", "no")
	far.refuseToken("new", "no")
	far.admitToken("new")
	dialing.until(true)
}

// loginOf waits for the next connection, whose token must be the one given.
func (s *server) loginOf(token string) (p *peer, id uint32) {
	s.t.Helper()
	p = s.accept()
	got := p.want(btp.TypeMessage)
	if entry, _ := got.First("auth_token"); string(entry.Data) != token {
		s.t.Errorf("it logs in with %q, want %q", entry.Data, token)
	}
	return p, got.RequestID
}

func (s *server) admitToken(token string) *peer {
	s.t.Helper()
	p, id := s.loginOf(token)
	p.send(btp.AppendResponse(nil, id))
	return p
}

func (s *server) refuseToken(token, text string) {
	s.t.Helper()
	p, id := s.loginOf(token)
	p.send(btp.AppendError(nil, id, btp.Error{Code: ilp.F00, Name: "NotAcceptedError", Data: text}))
	_, _ = p.next()
}

// noConn is a connection that only takes deadlines.
type noConn struct{ net.Conn }

func (noConn) SetReadDeadline(time.Time) error { return nil }
