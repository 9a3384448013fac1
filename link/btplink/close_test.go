package btplink

import (
	"strings"
	"testing"

	"github.com/ilp-go/connector/link/websocket"
)

// Operators see in the log and in the account's state with which words a peer has gone. A client
// that says goodbye is no problem. A server that does is one until we are connected again.
func TestCloseCodeOfThePeerIsToldToOperators(t *testing.T) {
	closing := func(code uint16, reason string) func(p *peer) {
		return func(p *peer) { p.raw(websocket.AppendClose(nil, p.side, code, reason)) }
	}
	longest := strings.Repeat("ä", 61) + "!" // the 123 bytes that fit
	tests := []struct {
		name  string
		leave func(p *peer)
		told  string
		bye   bool
	}{
		{"code and reason", closing(websocket.CodePolicy, "account suspended"), `peer closed the connection with code 1008: "account suspended"`, false},
		{"code", closing(websocket.CodeGoingAway, ""), "peer closed the connection with code 1001", true},
		{"private code", closing(4999, "x"), `peer closed the connection with code 4999: "x"`, false},
		{"no code", closing(websocket.CodeNone, ""), "peer closed the connection, without a code", true},
		{"longest reason", closing(websocket.CodeNormal, longest), `peer closed the connection with code 1000: "` + longest + `"`, true},
		{"not printable", closing(websocket.CodeNormal, "a\x1b[31m\r\nb\u202e"), `peer closed the connection with code 1000: "a\x1b[31m\r\nb\u202e"`, true},
		{"a code that must not be sent", func(p *peer) { p.raw(p.frame(websocket.Close, []byte{3, 0xed})) }, "malformed close (close code 1002)", false},
		{"a reason that is no text", func(p *peer) { p.raw(p.frame(websocket.Close, []byte{3, 0xe8, 0xff})) }, "not UTF-8 (close code 1007)", false},
		{"no close frame", func(p *peer) { _ = p.conn.Close() }, "peer closed the connection without a close frame", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			check := func(t *testing.T, l *running, log lines, p *peer) {
				l.until(true)
				tt.leave(p)
				p.wantGone() // and so ends it, for which the link waits
				line := log.until("disconnected")
				quoted := strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(tt.told) // by the log
				if !strings.Contains(line, tt.told) && !strings.Contains(line, quoted) {
					t.Errorf("logged %s", line)
				}
				l.until(false)
			}
			t.Run("accepted", func(t *testing.T) {
				log := make(lines, 100)
				listening, url := listen(t, nil, log.edit)
				check(t, listening, log, join(t, url, 1))
				listening.stop()
				s := listening.Status()
				if tt.bye && (s.LastError != "" || s.Closed != tt.told) || !tt.bye && (s.Closed != "" || !strings.HasSuffix(s.LastError, tt.told)) {
					t.Errorf("%+v", s)
				}
			})
			t.Run("dialed", func(t *testing.T) {
				far := newServer(t, "127.0.0.1:0")
				log := make(lines, 100)
				dialing := dialer(t, far.url(), nil, log.edit)
				check(t, dialing, log, far.admit())
				p := far.accept() // it comes back, and has not forgotten
				if s := dialing.Status(); !strings.HasSuffix(s.LastError, tt.told) || s.Closed != "" {
					t.Errorf("%+v", s)
				}
				_ = p.conn.Close()
			})
		})
	}
}

// A client that comes back has no past.
func TestGoodbyeIsForgottenWhenTheClientComesBack(t *testing.T) {
	listening, url := listen(t, nil)
	for range 2 {
		p := join(t, url, 1)
		listening.until(true)
		if s := listening.Status(); s.Closed != "" || s.LastError != "" {
			t.Errorf("connected: %+v", s)
		}
		p.raw(websocket.AppendClose(nil, p.side, websocket.CodeNormal, ""))
		p.wantGone()
		listening.until(false)
	}
}

// A server may also close before it has let us in.
func TestCloseCodeBeforeTheAnswerToAuthIsTold(t *testing.T) {
	far := newServer(t, "127.0.0.1:0")
	log := make(lines, 100)
	dialing := dialer(t, far.url(), nil, log.edit)
	p := far.accept()
	p.raw(websocket.AppendClose(nil, p.side, websocket.CodeTryAgain, "overloaded"))
	const told = `peer closed the connection with code 1013: "overloaded"`
	if line := log.until("failed"); !strings.Contains(line, strings.ReplaceAll(told, `"`, `\"`)) {
		t.Error(line)
	}
	far.accept()
	if s := dialing.Status(); s.LastError != told {
		t.Errorf("%+v", s)
	}
}
