package httplink_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ilp-go/connector/ilp"
	"github.com/ilp-go/connector/ilptest"
	"github.com/ilp-go/connector/link/httplink"
	"github.com/ilp-go/connector/listen"
)

// Addresses that clients of a sharedListener come from, so that what one of them does is not laid to another.
const (
	home    = "127.0.0.1"
	foreign = "127.0.0.2"
)

// sharedListener is a shared listener with the accounts of mallory, who misuses it, and of alice.
type sharedListener struct {
	t       testing.TB
	address string
	mallory *httplink.Link
	far     *ilptest.Link // fulfills mallory's packets
	log     *journal
	kept    *http.Client // alice's, with a connection from before the attack
}

// journal is a log that tests read.
type journal struct {
	mu    sync.Mutex
	lines bytes.Buffer
}

func (j *journal) Write(b []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.lines.Write(b)
}

func (j *journal) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.lines.String()
}

// newSharedListener returns a sharedListener that is open until the test ends.
func newSharedListener(t testing.TB, edits ...func(*listen.Options)) *sharedListener {
	t.Helper()
	d := &sharedListener{t: t, far: ilptest.Fulfilling(), log: new(journal), kept: clientFrom(t, home)}
	log := slog.New(slog.NewTextHandler(d.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	o := listen.Options{Address: "127.0.0.1:0", Log: log}
	for _, edit := range edits {
		edit(&o)
	}
	s := listen.New(o)
	d.mallory = d.serve(s, "mallory", token, d.far, log)
	d.serve(s, "alice", "Bearer alice", ilptest.Fulfilling(), log)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		s.Run(ctx)
	}()
	t.Cleanup(func() {
		d.kept.CloseIdleConnections()
		cancel()
		<-done
	})
	<-s.Tried()
	var err error
	if d.address, err = s.Address(); err != nil {
		t.Fatal(err)
	}
	d.alicePays("at the start")
	return d
}

// serve serves an account at its path.
func (d *sharedListener) serve(s *listen.Server, account, token string, far ilp.Handler, log *slog.Logger) *httplink.Link {
	d.t.Helper()
	l := httplink.New(httplink.Options{Log: log.With("account", account), Authorize: func(r *http.Request) error {
		if r.Header.Get("Authorization") != token {
			listen.Failed(r.Context())
			return errors.New("wrong token")
		}
		listen.Known(r.Context())
		return nil
	}})
	run(d.t, l, far)
	if _, err := s.Handle("/accounts/"+account+"/ilp", l); err != nil {
		d.t.Fatal(err)
	}
	await(d.t, l.Connected)
	return l
}

// clientFrom returns a client whose connections come from an address of this machine.
func clientFrom(t testing.TB, address string) *http.Client {
	dialer := &net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(address)}}
	c := &http.Client{Transport: &http.Transport{DialContext: dialer.DialContext}, Timeout: time.Minute}
	t.Cleanup(c.CloseIdleConnections)
	return c
}

// alicePays fails the test unless alice's packets are fulfilled, on a connection that she has and
// on a new one.
func (d *sharedListener) alicePays(when string) {
	d.t.Helper()
	fresh := clientFrom(d.t, home)
	defer fresh.CloseIdleConnections()
	for what, client := range map[string]*http.Client{"her connection": d.kept, "a new connection": fresh} {
		r, err := http.NewRequest(http.MethodPost, "http://"+d.address+"/accounts/alice/ilp", bytes.NewReader(goodPacket))
		if err != nil {
			d.t.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer alice")
		w, err := client.Do(r)
		if err != nil {
			d.t.Fatalf("alice pays on %s %s: %v", what, when, err)
		}
		b, err := io.ReadAll(w.Body)
		_ = w.Body.Close()
		if reply, fault := ilp.ParseReply(b); err != nil || fault != nil || !reply.Fulfilled() {
			d.t.Fatalf("alice pays on %s %s: %d %.100q, %v", what, when, w.StatusCode, b, err)
		}
	}
}

// goodPacket is a Prepare in whose time each test ends.
var goodPacket = bytesOf(ilptest.Prepare("test.far", 5, ilptest.ExpiresIn(time.Hour)))

// dial opens a connection as mallory.
func (d *sharedListener) dial() net.Conn {
	d.t.Helper()
	conn, err := (&net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(foreign)}}).Dial("tcp", d.address)
	if err != nil {
		d.t.Fatal(err)
	}
	d.t.Cleanup(func() { _ = conn.Close() })
	_ = conn.SetDeadline(time.Now().Add(time.Minute))
	return conn
}

// said writes bytes to a new connection and ends it. It returns the statuses of the responses, as
// text, and all that came. The connection must be closed then.
func (d *sharedListener) said(request string) (statuses, whole string) {
	d.t.Helper()
	conn := d.dial()
	defer func() { _ = conn.Close() }()
	go func() { // it may not be read to its end
		_, _ = io.WriteString(conn, request)
		_ = conn.(*net.TCPConn).CloseWrite()
	}()
	b, err := io.ReadAll(conn)
	if timeout, ok := errors.AsType[net.Error](err); ok && timeout.Timeout() {
		d.t.Fatalf("the connection stays open after %.80q", b)
	}
	var all []string
	for from := bufio.NewReader(bytes.NewReader(b)); ; {
		r, err := http.ReadResponse(from, nil)
		if err != nil {
			break
		}
		_, _ = io.Copy(io.Discard, r.Body)
		all = append(all, fmt.Sprint(r.StatusCode))
	}
	return strings.Join(all, " "), string(b)
}
