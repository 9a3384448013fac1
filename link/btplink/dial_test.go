package btplink

import (
	"bytes"
	"crypto/tls"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/ilp-go/connector/ilp"
	"github.com/ilp-go/connector/ilp/btp"
	"github.com/ilp-go/connector/ilptest"
	"github.com/ilp-go/connector/link"
	"github.com/ilp-go/connector/link/websocket"
)

// lines are what a link logs, line by line.
type lines chan string

func (l lines) Write(b []byte) (int, error) {
	l <- string(bytes.TrimSpace(b))
	return len(b), nil
}

// edit is an edit that makes a link log to l.
func (l lines) edit(o *Options) { o.Log = slog.New(slog.NewTextHandler(l, nil)) }

// until waits for a line that contains text.
func (l lines) until(text string) string {
	for {
		if line := <-l; strings.Contains(line, text) {
			return line
		}
	}
}

func TestClientIntroducesItselfAsTheReferenceDoes(t *testing.T) {
	far := newServer(t, "127.0.0.1:0")
	dialing := dialer(t, far.url(), nil)
	p := far.accept()
	got := p.want(btp.TypeMessage)
	want := btp.AppendAuth(nil, got.RequestID, "us", secret)
	if first := btp.Append(nil, btp.TypeMessage, got.RequestID, entries(&got)); string(first) != string(want) {
		t.Errorf("first message %q", first)
	}
	if dialing.Connected() || dialing.Status().State != link.Authenticating {
		t.Errorf("before the answer: %+v", dialing.Status())
	}
	p.send(btp.AppendResponse(nil, got.RequestID+1)) // an answer to something else
	p.send(btp.AppendResponse(nil, got.RequestID))
	dialing.until(true)
	if s := dialing.Status(); s.State != link.Established || s.Remote != p.conn.LocalAddr().String() {
		t.Errorf("after it: %+v", s)
	}
}

func entries(p *btp.Packet) (all []btp.Entry) {
	for e := range p.Entries() {
		all = append(all, e)
	}
	return all
}

func TestClientComesBack(t *testing.T) {
	far := newServer(t, "127.0.0.1:0")
	dialing := dialer(t, far.url(), nil)
	leave := map[string]func(p *peer){
		"a hang-up":         func(p *peer) { _ = p.conn.Close() },
		"a goodbye":         func(p *peer) { p.raw(p.frame(websocket.Close, nil)); p.wantEnd(websocket.CodeNone) },
		"a malformed frame": func(p *peer) { p.raw([]byte{0xff, 0xff}); p.wantEnd(websocket.CodeProtocol) },
		"no BTP":            func(p *peer) { p.send([]byte("garbage")); p.wantEnd(websocket.CodeProtocol) },
		"a text message":    func(p *peer) { p.raw(p.frame(websocket.Text, nil)); p.wantEnd(websocket.CodeUnsupported) },
	}
	for after, leave := range leave {
		p := far.admit()
		dialing.until(true)
		leave(p)
		dialing.until(false)
		// Refused, unheard, and not even spoken to: it tries on.
		p = far.accept()
		id := p.want(btp.TypeMessage).RequestID
		p.send(btp.AppendError(nil, id, btp.Error{Code: ilp.F00, Name: "NotAcceptedError", Data: "invalid auth_token"}))
		_, _ = p.next()
		_ = far.accept().conn.Close()
		t.Log("came back after", after)
	}
	p := far.admit()
	dialing.until(true)
	_ = p.conn.Close()
}

func TestClientFindsARestartedServer(t *testing.T) {
	listening, url := listen(t, ilptest.Fulfilling())
	dialing := dialer(t, url, nil)
	dialing.until(true)
	listening.stop()
	dialing.until(false)
	_, again := listen(t, ilptest.Fulfilling(), func(o *Options) { o.Listener.Address = url[len("ws://"):] })
	if again != url {
		t.Fatalf("listens at %s", again)
	}
	dialing.until(true)
	if reply := ask(dialing); !reply.Fulfilled() {
		t.Errorf("%s %s", reply.Code(), reply.Message())
	}
}

// A server may answer a wrong token with the token in the text.
func TestTokenIsNotLogged(t *testing.T) {
	far := newServer(t, "127.0.0.1:0")
	log := make(lines, 100)
	dialing := dialer(t, far.url(), nil, log.edit)
	p := far.accept()
	id := p.want(btp.TypeMessage).RequestID
	p.send(btp.AppendError(nil, id, btp.Error{Code: ilp.F00, Name: "NotAcceptedError", Data: "incorrect token. token=" + secret}))
	line := log.until("failed")
	if !strings.Contains(line, "incorrect token") || strings.Contains(line, secret) {
		t.Error(line)
	}
	if s := dialing.Status(); strings.Contains(s.LastError, secret) {
		t.Errorf("%+v", s)
	}
}

// A peer may give the token as the reason of its Close frame, on either side.
func TestTokenInACloseFrameIsNotTold(t *testing.T) {
	reason := append([]byte{0x03, 0xf0}, "bad token "+secret...) // code 1008
	far := newServer(t, "127.0.0.1:0")
	log := make(lines, 100)
	dialer(t, far.url(), nil, log.edit)
	p := far.admit()
	p.raw(p.frame(websocket.Close, reason))
	if line := log.until("disconnected"); strings.Contains(line, secret) || !strings.Contains(line, "bad token (token)") {
		t.Error(line)
	}
	listening, url := listen(t, nil, log.edit)
	in := join(t, url, 1)
	listening.until(true)
	in.raw(in.frame(websocket.Close, reason))
	listening.until(false)
	if line := log.until("disconnected"); strings.Contains(line, secret) || !strings.Contains(line, "bad token (token)") {
		t.Error(line)
	}
	in.wantGone()
	listening.stop()
	if s := listening.Status(); strings.Contains(s.LastError, secret) {
		t.Errorf("%+v", s)
	}
}

// A peer that is away for long is away since its connection was lost.
func TestAttemptsToConnectDoNotChangeSinceWhenAPeerIsAway(t *testing.T) {
	far := newServer(t, "127.0.0.1:0")
	log := make(lines, 1000)
	dialing := dialer(t, far.url(), nil, log.edit)
	p := far.admit()
	dialing.until(true)
	_ = p.conn.Close()
	dialing.until(false)
	lost := dialing.Status().Since
	for range 3 { // each with another end
		_ = far.accept().conn.Close()
		log.until("failed")
	}
	_ = far.listener.Close()
	for range 3 {
		log.until("refused")
	}
	s := dialing.Status()
	if !s.Since.Equal(lost) || s.LastError == "" || s.Failures < 6 {
		t.Errorf("lost at %v, yet %+v", lost, s)
	}
}

// Backing off begins anew after a connection that was up, not after a try that
// took long to fail.
func TestServerThatNeverAnswersIsTriedLessAndLess(t *testing.T) {
	far := newServer(t, "127.0.0.1:0")
	log := make(lines, 100)
	dialing := dialer(t, far.url(), nil, log.edit, func(o *Options) {
		o.AuthTimeout = 20 * time.Millisecond
		o.ReconnectSteps = []time.Duration{time.Millisecond, time.Hour}
	})
	log.until("failed")
	log.until("failed")
	if wait := time.Until(dialing.Status().NextRetry); wait < time.Minute {
		t.Errorf("next retry in %v", wait)
	}
}

func TestServerThatHangsUpAtOnceIsTriedLessAndLess(t *testing.T) {
	far := newServer(t, "127.0.0.1:0")
	log := make(lines, 100)
	dialing := dialer(t, far.url(), nil, log.edit, func(o *Options) {
		o.ReconnectSteps = []time.Duration{time.Millisecond, time.Hour}
	})
	for range 2 {
		_ = far.admit().conn.Close()
		log.until("failed")
	}
	if wait := time.Until(dialing.Status().NextRetry); wait < time.Minute {
		t.Errorf("next retry in %v", wait)
	}
}

func TestServerThatWasUpIsTriedAtOnce(t *testing.T) {
	far := newServer(t, "127.0.0.1:0")
	dialing := dialer(t, far.url(), nil, func(o *Options) {
		o.AuthTimeout = 200 * time.Millisecond
		o.ReconnectSteps = []time.Duration{time.Millisecond, 2 * time.Millisecond, time.Hour}
	})
	for range 2 {
		_ = far.accept().conn.Close()
	}
	up := far.admit()
	dialing.until(true)
	for began := time.Now(); time.Since(began) < 300*time.Millisecond; {
		up.ping()
	}
	_ = up.conn.Close()
	dialing.until(false)
	far.admit()
	dialing.until(true)
}

func TestUntrustedServerIsNotSpokenTo(t *testing.T) {
	_, url := listen(t, nil, secure)
	log := make(lines, 100)
	dialer(t, url, nil, log.edit, func(o *Options) { o.Server.TLS = func() *tls.Config { return new(tls.Config) } })
	if line := log.until("failed"); !strings.Contains(line, "certificate") {
		t.Error(line)
	}
}

// The query of an address may be a key.
func TestQueryOfTheServersAddressIsNotTold(t *testing.T) {
	log := make(lines, 100)
	dialing := New(Options{
		Server: &Server{URL: "ws://127.0.0.1:1/path?apikey=planted"}, Log: slog.New(slog.NewTextHandler(log, nil)),
	})
	run(t, dialing, nil)
	if line := log.until("failed"); strings.Contains(line, "planted") || !strings.Contains(line, "127.0.0.1:1/path") {
		t.Error(line)
	}
	if s := dialing.Status(); strings.Contains(fmt.Sprint(s), "planted") {
		t.Errorf("%+v", s)
	}
}
