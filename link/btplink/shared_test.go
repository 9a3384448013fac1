package btplink

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ilp-go/connector/ilptest"
)

// share runs a link whose connections come by ServeHTTP.
func share(t *testing.T, secret string) *running {
	t.Helper()
	bound := make(chan struct{})
	r := run(t, New(Options{Listener: &Listener{Shared: true, Secret: secret, Bound: func(string) { close(bound) }}}), ilptest.Fulfilling())
	<-bound
	return r
}

// serveShared serves a handler, and returns its URL for clients.
func serveShared(t *testing.T, h http.Handler) string {
	t.Helper()
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	return "ws" + strings.TrimPrefix(server.URL, "http")
}

func TestConnectionsOfASharedListener(t *testing.T) {
	far := share(t, secret)
	url := serveShared(t, far)
	near := dialer(t, url+"/any/path", ilptest.NewLink())
	near.until(true)
	far.until(true)
	r := ilptest.NewRecorder()
	near.HandlePrepare(r, ilptest.Prepare("test.far", 1))
	if reply := r.Reply(); !reply.Fulfilled() {
		t.Errorf("answered with %s", reply.Code())
	}
	far.stop() // ends the connection
	near.until(false)
	w := httptest.NewRecorder()
	if far.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/", nil)); w.Code != http.StatusServiceUnavailable {
		t.Errorf("a link that has ended answers %d", w.Code)
	}
}

// The first message says whose the connection is. That link checks the token, and its end ends the
// connection.
func TestByLoginFindsTheLinkOfAConnection(t *testing.T) {
	alice, bob := share(t, "a"), share(t, "b")
	y := NewByLogin(Options{})
	y.Put("alice", alice.Link)
	y.Put("bob", bob.Link)
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { y.Run(ctx) })
	defer running.Wait()
	defer cancel()
	url := serveShared(t, y)
	dial := func(user, token string) *loggedIn {
		return &loggedIn{dialer(t, url, ilptest.NewLink(), func(o *Options) {
			o.Server.Account, o.Server.Token, o.ReconnectSteps = user, token, []time.Duration{time.Hour}
		})}
	}
	asAlice := dial("", "a")
	asAlice.until(true)
	alice.until(true)
	asBob := dial("bob", "b")
	asBob.until(true)
	bob.until(true)
	for _, wrong := range []*loggedIn{dial("bob", "a"), dial("carol", "x"), dial("", "x"), dial("", "")} {
		wrong.awaitRefused(t)
	}
	for end := time.Now().Add(time.Minute); bob.Status().Refusals != 1; {
		if time.Now().After(end) {
			t.Fatalf("%+v has refused the login in its name", bob.Status())
		}
	}
	if n := alice.Status().Refusals; n != 0 {
		t.Errorf("a link has refused %d logins of others", n)
	}
	if !alice.Connected() || !bob.Connected() {
		t.Error("a refused login has ended a connection")
	}
	alice.stop()
	asAlice.until(false)
	dial("alice", "a").awaitRefused(t)
	if !bob.Connected() {
		t.Error("the end of a link has ended the connection of another")
	}
	cancel()
	running.Wait()
	if !bob.Connected() {
		t.Error("its end has ended a connection that belongs to a link")
	}
}

// loggedIn is a client of a ByLogin.
type loggedIn struct{ *running }

// awaitRefused waits until the server has refused the client.
func (r *loggedIn) awaitRefused(t *testing.T) {
	t.Helper()
	for end := time.Now().Add(time.Minute); r.Status().LastError == ""; {
		if time.Now().After(end) {
			t.Fatal("it is not refused")
		}
	}
	if text := r.Status().LastError; !strings.Contains(text, "refused us") && !strings.Contains(text, "503") {
		t.Errorf("refused with %q", text)
	}
}
