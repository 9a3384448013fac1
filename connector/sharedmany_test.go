package connector_test

import (
	"bytes"
	"fmt"
	"runtime"
	"runtime/pprof"
	"strings"
	"testing"

	"github.com/ilp-go/connector/connector"
	"github.com/ilp-go/connector/ilptest"
	"github.com/ilp-go/connector/ilptest/btppeer"
)

// accepting counts the goroutines that wait for connections.
func accepting(t *testing.T) int {
	t.Helper()
	var all bytes.Buffer
	if err := pprof.Lookup("goroutine").WriteTo(&all, 2); err != nil {
		t.Fatal(err)
	}
	return strings.Count(all.String(), "(*TCPListener).Accept(")
}

// Any number of accounts over BTP cost one socket that listens, and no goroutine without a connection.
func TestManyAccountsShareOneListeningGoroutine(t *testing.T) {
	const many = 100
	await(t, "the listeners of the tests before have ended", func() bool { return accepting(t) == 0 })
	all, port := runtime.NumGoroutine(), freePort(t)
	var accounts strings.Builder
	for i := range many {
		fmt.Fprintf(&accounts, "\n  child%d: {relation: child, plugin: ilp-plugin-btp, assetCode: USD, assetScale: 2, options: {listener: {secret: secret-of-child-%d}}}", i, i)
	}
	c, _ := start(t, fmt.Sprintf(`
ilpAddress: test.us
backend: one-to-one
listen: {host: 127.0.0.1, port: %d}
accounts:%s
`, port, accounts.String()))
	awaitReady(t, c)
	if n := accepting(t); n != 1 {
		t.Errorf("%d goroutines listen", n)
	}
	if n := runtime.NumGoroutine() - all; n > many/2 {
		t.Errorf("%d goroutines run for %d accounts without a connection", n, many)
	}
	for i := range many {
		url, user := fmt.Sprintf("ws://127.0.0.1:%d", port), ""
		switch i % 3 {
		case 0:
			url += fmt.Sprintf("/accounts/child%d/ilp/btp", i)
		case 1:
			user = fmt.Sprintf("child%d", i)
		}
		p := btppeer.Join(t, url, user, fmt.Sprintf("secret-of-child-%d", i))
		p.Send(btppeer.Request(2, ilptest.Prepare("test.nobody", 1)))
		p.WantReply(2)
		awaitConnected(t, c, fmt.Sprintf("child%d", i))
	}
	if n := accepting(t); n != 1 {
		t.Errorf("%d goroutines listen", n)
	}
	if l := connector.LinkOf(c, "child1"); l.Listener != fmt.Sprintf("ws://127.0.0.1:%d/accounts/child1/ilp/btp", port) {
		t.Errorf("%+v", l)
	}
}

// A child may only take packets, and another one only send them.
func TestAccountsOverHTTPOfOneDirection(t *testing.T) {
	far, port := newFar(t), freePort(t)
	c, _ := start(t, fmt.Sprintf(`
ilpAddress: test.us
backend: one-to-one
listen: {host: 127.0.0.1, port: %d}
accounts:
  takes: {relation: child, plugin: ilp-http, assetCode: USD, assetScale: 2, options: {outgoing: {url: '%s', token: token-for-the-child}}}
  sends: {relation: child, plugin: ilp-http, assetCode: USD, assetScale: 2, options: {incoming: {tokens: [token-of-the-child]}}}
`, port, far.url))
	awaitReady(t, c)
	awaitConnected(t, c, "takes")
	awaitConnected(t, c, "sends")
	base := fmt.Sprintf("http://127.0.0.1:%d/accounts/", port)
	for _, p := range []struct{ account, destination, want string }{
		{"sends", "test.us.takes", "fulfilled"}, {"sends", "test.us.sends.x", "F02"}, {"takes", "test.us.takes", "404"},
	} {
		if got := posts(t, base+p.account+"/ilp", "token-of-the-child", p.destination); got != p.want {
			t.Errorf("%s to %s: %s, want %s", p.account, p.destination, got, p.want)
		}
	}
	if far.token() != "Bearer token-for-the-child" {
		t.Errorf("the child got %q", far.token())
	}
	if l := connector.LinkOf(c, "takes"); l.Listener != "" || l.Server != far.url {
		t.Errorf("%+v", l)
	}
}
