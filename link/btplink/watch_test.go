package btplink

import (
	"bytes"
	"context"
	"log/slog"
	"net"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ilp-go/connector/ilp/btp"
	"github.com/ilp-go/connector/link/websocket"
)

// alerts is a link.Alerts that sends what happens to it, as "+ message", "? message" of
// strangers, and "- kind".
type alerts chan string

func (a alerts) Raise(_, message string)          { a <- "+ " + message }
func (a alerts) RaiseStrangers(_, message string) { a <- "? " + message }
func (a alerts) Resolve(kind string)              { a <- "- " + kind }

// listenWith runs a link that listens, raises its alerts with a, and logs to log.
func listenWith(t *testing.T, a alerts, log lines) (r *running, url string) {
	t.Helper()
	bound := make(chan string, 1)
	l := New(Options{
		Listener: &Listener{Address: "127.0.0.1:0", Secret: secret, Bound: func(a string) { bound <- a }},
		Log:      slog.New(slog.NewTextHandler(log, nil)),
	})
	l.Alert(a)
	r, url = run(t, l, nil), "ws://"+<-bound
	<-a // it listens, which ends an alert of the last run
	return r, url
}

// The port may be taken at the start, and be free later.
func TestListenerThatCannotListenIsReportedUntilItCan(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = taken.Close() }()
	raised, bound, log := make(alerts, 1000), make(chan string, 1), make(lines, 100)
	l := New(Options{
		Listener: &Listener{Address: taken.Addr().String(), Secret: secret, Bound: func(a string) { bound <- a }},
		Log:      slog.New(slog.NewTextHandler(log, nil)),
	})
	l.Alert(raised)
	listening := run(t, l, nil)
	const want = "+ the account cannot listen, so its peer cannot connect: listen tcp 127.0.0.1:"
	if got := <-raised; !strings.HasPrefix(got, want) || !strings.Contains(got, "another listener.port") {
		t.Error(got)
	}
	<-l.Tried()
	if s := l.Status(); !strings.Contains(s.ListenError, taken.Addr().String()) {
		t.Errorf("%+v", s)
	}
	log.until("cannot listen")
	log.until("cannot listen") // it has tried again
	_ = taken.Close()
	url := "ws://" + <-bound
	if s := l.Status(); s.ListenError != "" || s.LastError != "" || !s.NextRetry.IsZero() {
		t.Errorf("listening: %+v", s)
	}
	if got := <-raised; got != "- "+kindListener { // though it has tried more than once
		t.Error(got)
	}
	_ = join(t, url, 1).conn.Close()
	listening.until(true)
	listening.until(false)
}

// Whoever waits for a link to listen waits no longer than that, nor for one that never will.
func TestLinkSaysWhenItHasTriedToListen(t *testing.T) {
	listening := New(Options{Listener: &Listener{Address: "127.0.0.1:0", Secret: secret}})
	select {
	case <-listening.Tried():
		t.Error("it has tried before it runs")
	default:
	}
	run(t, listening, nil)
	<-listening.Tried()
	<-New(Options{Server: &Server{URL: "ws://127.0.0.1:1"}}).Tried()
	stopped := New(Options{Listener: &Listener{Address: "127.0.0.1:0", Secret: secret}})
	ctx, stop := context.WithCancel(t.Context())
	stop()
	stopped.Run(ctx, nil, nil)
	<-stopped.Tried()
}

// A link that has ended waits for no port.
func TestLinkThatHasEndedNeedNotListen(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = taken.Close() }()
	raised := make(alerts, 1000)
	l := New(Options{Listener: &Listener{Address: taken.Addr().String(), Secret: secret}})
	l.Alert(raised)
	listening := run(t, l, nil)
	<-raised
	listening.stop()
	if s := l.Status(); s.ListenError != "" {
		t.Errorf("%+v", s)
	}
}

func TestRefusedLoginIsCountedAndLoggedNowAndThen(t *testing.T) {
	log := make(lines, 100)
	listening, url := listenWith(t, make(alerts, 10), log)
	const refused = 5
	for range refused {
		p := dialPeer(t, url)
		p.send(btp.AppendAuth(nil, 9, "alice", "wrong"))
		p.wantError(9, "F00", "NotAcceptedError", "invalid auth_token")
		p.wantEnd(websocket.CodeNone)
	}
	_ = join(t, url, 1).conn.Close()
	listening.until(true)
	listening.until(false)
	listening.stop() // when all are reported
	close(log)
	warnings := 0
	for line := range log {
		if strings.Contains(line, secret) || strings.Contains(line, "wrong") {
			t.Errorf("a token is logged: %s", line)
		}
		if strings.Contains(line, "login refused") {
			warnings++
			if !strings.Contains(line, "level=WARN") || !strings.Contains(line, "remote=127.0.0.1:") || !strings.Contains(line, "sinceStart=1") {
				t.Error(line)
			}
		}
	}
	if s := listening.Status(); warnings != 1 || s.Refusals != refused || time.Since(s.RefusedAt) > time.Minute {
		t.Errorf("%d warnings, %d counted, the latest at %s; want 1 and %d", warnings, s.Refusals, s.RefusedAt, refused)
	}
}

func TestReplacedConnectionIsLoggedAndCounted(t *testing.T) {
	log := make(lines, 100)
	listening, url := listenWith(t, make(alerts, 10), log)
	old := join(t, url, 1)
	young := join(t, url, 2)
	line := log.until("connection replaced")
	if !strings.Contains(line, "remote="+old.conn.LocalAddr().String()) || !strings.Contains(line, "by="+young.conn.LocalAddr().String()) {
		t.Error(line)
	}
	if n := listening.Status().Replacements; n != 1 {
		t.Errorf("%d replacements are counted", n)
	}
}

// Two clients with one token replace each other for ever, as each of them connects again.
func TestClientsThatReplaceEachOtherRaiseAnAlert(t *testing.T) {
	raised := make(alerts, 10)
	_, url := listenWith(t, raised, make(lines, 100))
	for i := range uint32(rivalsMin + 1) {
		if len(raised) > 0 {
			t.Fatalf("raised after %d replacements: %s", i-1, <-raised)
		}
		join(t, url, i+1)
	}
	if got := <-raised; !strings.HasPrefix(got, "+ 5 connections of the account were replaced by new ones within 1m0s, the last one from 127.0.0.1:") ||
		!strings.Contains(got, "two clients use one token") {
		t.Error(got)
	}
}

func TestAlertOfRivalsEndsWhenThereIsPeace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		raised := make(alerts, 10)
		l := New(Options{})
		l.Alert(raised)
		fight := func(times int, pause time.Duration) {
			for range times {
				l.reportReplaced("old", "new", &l.connections)
				time.Sleep(pause)
			}
		}
		fight(3*rivalsMin, rivalsTime/(rivalsMin-2)) // not as often as that
		if len(raised) > 0 {
			t.Error(<-raised)
		}
		fight(4*rivalsMin, time.Second) // it is raised once, also if an operator dismisses it
		if len(raised) != 1 {
			t.Fatalf("raised %d times", len(raised))
		}
		<-raised
		fight(3, rivalsQuiet-time.Second) // rarely, but there is no peace yet
		if len(raised) > 0 {
			t.Error(<-raised)
		}
		time.Sleep(rivalsQuiet)
		if got := <-raised; got != "- "+kindRivals {
			t.Error(got)
		}
		fight(rivalsMin, time.Second)
		l.rivals.Stop()
		time.Sleep(2 * rivalsQuiet)
		if len(raised) != 1 {
			t.Errorf("%d alerts, and an end of the last one after the link's", len(raised))
		}
	})
}

// A peer that connects thousands of times fills no log.
func TestConnectionsAreFewLines(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		l := New(Options{Log: slog.New(slog.NewTextHandler(&out, nil))})
		defer l.rivals.Stop()
		for range 1000 {
			l.logConnection(&l.connections, "connected", "remote", "x")
			l.reportReplaced("old", "new", &l.connections)
		}
		if lines := strings.Count(out.String(), "\n"); lines != connectionsMax {
			t.Errorf("%d lines", lines)
		}
		time.Sleep(time.Second)
		l.logConnection(&l.connections, "connected", "remote", "x")
		if !strings.Contains(out.String(), "notLogged=1995") {
			t.Errorf("the log is\n%s", out.String())
		}
	})
}

// Replacements may be reported by many goroutines.
func TestReplacementsAreReportedFromEverywhere(t *testing.T) {
	raised := make(alerts, 100)
	l := New(Options{})
	l.Alert(raised)
	var all sync.WaitGroup
	for range 2 * rivalsMin {
		all.Go(func() { l.reportReplaced("old", "new", &l.connections) })
	}
	all.Wait()
	l.rivals.Stop()
	if n := l.Status().Replacements; n != 2*rivalsMin || len(raised) != 1 {
		t.Errorf("%d replacements, %d times raised", n, len(raised))
	}
}
