package btplink

import (
	"errors"
	"io"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ilp-go/connector/ilp"
	"github.com/ilp-go/connector/ilp/btp"
	"github.com/ilp-go/connector/link"
	"github.com/ilp-go/connector/link/websocket"
)

// dialWith runs a link that dials, raises its alerts with a, and logs to log.
func dialWith(t *testing.T, url string, a alerts, log lines, steps ...time.Duration) *running {
	t.Helper()
	l := New(Options{
		Server: &Server{URL: url, Account: "us", Token: secret}, ReconnectSteps: steps,
		Log: slog.New(slog.NewTextHandler(log, nil)),
	})
	l.Alert(a)
	return run(t, l, nil)
}

// refuse answers the login of the next connection with an error.
func (s *server) refuse(text string) {
	s.t.Helper()
	p := s.accept()
	id := p.want(btp.TypeMessage).RequestID
	p.send(btp.AppendError(nil, id, btp.Error{Code: ilp.F00, Name: "NotAcceptedError", Data: text}))
	_, _ = p.next() // until it has read that
}

func TestServerThatRefusesUsIsAlertedUntilItLetsUsIn(t *testing.T) {
	far := newServer(t, "127.0.0.1:0")
	raised := make(alerts, 100)
	dialing := dialWith(t, far.url(), raised, make(lines, 100), time.Millisecond)
	for range 3 {
		far.refuse("invalid auth_token")
	}
	far.refuse("account is closed")
	_ = far.accept().conn.Close() // away for a moment: it refuses us all the same
	far.admit()
	dialing.until(true)
	const text = "+ the server that the account dials refuses our login: server refused us: "
	for _, want := range []string{text + "invalid auth_token; ask its operator", text + "account is closed; ", "- " + kindRefusedUs, "- " + kindOldToken} {
		if got := <-raised; !strings.HasPrefix(got, want) {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
	if len(raised) > 0 {
		t.Error(<-raised)
	}
}

// Nothing authenticates between two attempts.
func TestLinkThatWaitsForTheNextTryIsNotAuthenticating(t *testing.T) {
	far := newServer(t, "127.0.0.1:0")
	log := make(lines, 100)
	dialing := dialWith(t, far.url(), make(alerts, 100), log, time.Hour)
	far.refuse("invalid auth_token")
	log.until("failed")
	s := dialing.Status()
	if s.State != link.Connecting || s.Remote != far.url() || s.LastError != "server refused us: invalid auth_token" ||
		time.Until(s.NextRetry) < time.Minute || s.Failures != 1 || s.Since.IsZero() {
		t.Errorf("%+v", s)
	}
}

// Servers refuse a login in several ways, and are away in others.
func TestWhatIsARefusal(t *testing.T) {
	closing := func(code uint16) func(*peer) {
		return func(p *peer) {
			p.want(btp.TypeMessage)
			p.raw(websocket.AppendClose(nil, p.side, code, ""))
			p.wantGone()
		}
	}
	for name, tt := range map[string]struct {
		do      func(*peer)
		refused bool
	}{
		"a close frame":               {closing(websocket.CodeNormal), true},
		"a violation of its policy":   {closing(websocket.CodePolicy), true},
		"a code of its own":           {closing(4001), true},
		"a server that stops":         {closing(websocket.CodeGoingAway), false},
		"a server in trouble":         {closing(websocket.CodeInternal), false},
		"a server that starts anew":   {closing(websocket.CodeRestart), false},
		"no close frame":              {func(p *peer) { p.want(btp.TypeMessage); _ = p.conn.Close() }, false},
		"a malformed message of ours": {func(p *peer) { p.want(btp.TypeMessage); p.send([]byte("no BTP")); p.wantGone() }, false},
	} {
		t.Run(name, func(t *testing.T) {
			far := newServer(t, "127.0.0.1:0")
			raised, log := make(alerts, 100), make(lines, 100)
			dialWith(t, far.url(), raised, log, time.Hour)
			tt.do(far.accept())
			if line := log.until("failed"); tt.refused != (len(raised) == 1) {
				t.Errorf("%d alerts after %s", len(raised), line)
			}
		})
	}
	for status, refused := range map[string]bool{"401 Unauthorized": true, "403 Forbidden": true, "404 Not Found": false, "503 Service Unavailable": false} {
		t.Run(status, func(t *testing.T) {
			far := newServer(t, "127.0.0.1:0")
			raised, log := make(alerts, 100), make(lines, 100)
			dialWith(t, far.url(), raised, log, time.Hour)
			conn, err := far.listener.Accept()
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = conn.Close() }()
			_, _ = io.WriteString(conn, "HTTP/1.1 "+status+"\r\nContent-Length: 0\r\n\r\n")
			if line := log.until("failed"); refused != (len(raised) == 1) {
				t.Errorf("%d alerts after %s", len(raised), line)
			}
		})
	}
}

// A client with a wrong token tries again and again. Strangers can do the same.
func TestRefusedLoginsThatGoOnRaiseAnAlertOfStrangers(t *testing.T) {
	raised := make(alerts, 10)
	listening, url := listenWith(t, raised, make(lines, 100))
	var from []string // reported in any order
	for i := range refusedMin {
		if len(raised) > 0 {
			t.Fatalf("raised after %d refused logins: %s", i, <-raised)
		}
		p := dialPeer(t, url)
		from = append(from, p.conn.LocalAddr().String())
		p.send(btp.AppendAuth(nil, 9, "alice", "wrong"))
		p.wantError(9, "F00", "NotAcceptedError", "invalid auth_token")
		p.wantEnd(websocket.CodeNone)
	}
	const want = "? 5 logins at the account's listener were refused within 10m0s, the last one from "
	got := <-raised
	named, _, found := strings.Cut(strings.TrimPrefix(got, want), ": invalid auth_token; ")
	if !strings.HasPrefix(got, want) || !found || !slices.Contains(from, named) {
		t.Errorf("got  %s\nwant %s and one of %q", got, want, from)
	}
	if s := listening.Status(); !slices.Contains(from, s.RefusedFrom) {
		t.Errorf("the last refused login came from %q, want one of %q", s.RefusedFrom, from)
	}
}

func TestAlertOfRefusedLoginsIsRaisedOnceAndEndsWhenItIsQuiet(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		raised := make(alerts, 100)
		l := New(Options{})
		l.Alert(raised)
		for range 20 { // mistakes now and then
			l.reportRefused("x:1", wrongSecret)
			time.Sleep(refusedTime / 3)
		}
		for range 1000 { // nobody speaks BTP
			l.reportRefused("x:1", errors.New("not HTTP"))
		}
		if len(raised) > 0 {
			t.Fatal(<-raised)
		}
		for range 10_000 {
			l.reportRefused("x:1", wrongSecret)
			time.Sleep(time.Second)
		}
		if len(raised) != 1 {
			t.Fatalf("raised %d times", len(raised))
		}
		<-raised
		time.Sleep(refusedTime)
		synctest.Wait()
		if got := <-raised; got != "- "+kindRefused {
			t.Error(got)
		}
		for range refusedMin {
			l.reportRefused("x:1", wrongSecret)
		}
		l.refused.Stop()
		time.Sleep(2 * refusedTime)
		if len(raised) != 1 {
			t.Errorf("%d alerts, and an end of the last one after the link's", len(raised))
		}
	})
}
