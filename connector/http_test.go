package connector_test

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ilp-go/connector/connector"
	"github.com/ilp-go/connector/ilp"
	"github.com/ilp-go/connector/ilptest"
)

// Tokens of the tests, long enough for no warning.
const (
	tokenUp   = "token-from-child-to-parent"
	tokenDown = "token-from-parent-to-child"
)

// amounts makes packets differ: a connector answers a duplicate as it has answered the packet.
var amounts atomic.Uint64

// sends sends a packet and returns the answer in words.
func sends(t *testing.T, c *connector.Connector, destination string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	reply, err := c.Send(ctx, ilp.Draft{
		Destination: destination, Amount: amounts.Add(1), Expiry: time.Now().Add(20 * time.Second).UnixMilli(), Condition: ilptest.Condition,
	})
	switch {
	case err != nil:
		return err.Error()
	case reply.Fulfilled():
		return "fulfilled"
	}
	return fmt.Sprintf("%s %s", reply.Code(), reply.Message())
}

// awaitFulfilled waits until packets to a destination are fulfilled.
func awaitFulfilled(t *testing.T, c *connector.Connector, destination string) {
	t.Helper()
	last := ""
	ticker := time.NewTicker(10 * time.Millisecond)
	defer ticker.Stop()
	for end := time.Now().Add(30 * time.Second); ; <-ticker.C {
		if last = sends(t, c, destination); last == "fulfilled" {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("%s: %s", destination, last)
		}
	}
}

// A child learns its address and routes of its parent, and the parent those of the child, all over
// HTTP. Packets pass both ways.
func TestParentAndChildOverHTTP(t *testing.T) {
	for plugin, options := range map[string]func(ours, theirs int, in, out string) string{
		"ilp-plugin-http": func(ours, theirs int, in, out string) string {
			return fmt.Sprintf(`{incoming: {host: 127.0.0.1, port: %d, staticToken: %s}, outgoing: {url: 'http://127.0.0.1:%d/any', staticToken: %s}}`, ours, in, theirs, out)
		},
		"ilp-http": func(_, theirs int, in, out string) string {
			return fmt.Sprintf(`{incoming: {tokens: [%s]}, outgoing: {url: 'http://127.0.0.1:%d/ilp', token: %s}}`, in, theirs, out)
		},
	} {
		t.Run(plugin, func(t *testing.T) {
			above, below := freePort(t), freePort(t)
			listens := func(port int) string {
				if plugin == "ilp-http" {
					return fmt.Sprintf("listen: {host: 127.0.0.1, port: %d}", port)
				}
				return ""
			}
			fulfilling := func() connector.Option {
				return links(map[string]*testLink{"alice": newTestLink(ilptest.Fulfilling()), "bob": newTestLink(ilptest.Fulfilling())})
			}
			parent, _ := start(t, fmt.Sprintf(`
ilpAddress: test.p
backend: one-to-one
%s
accounts:
  alice: {relation: peer, plugin: test, assetCode: USD, assetScale: 2, sendRoutes: false, receiveRoutes: false}
  kid: {relation: child, plugin: %s, assetCode: USD, assetScale: 2, sendRoutes: true, receiveRoutes: true, options: %s}
routes: [{targetPrefix: test.above, peerId: alice}]
`, listens(above), plugin, options(above, below, tokenUp, tokenDown)), fulfilling())
			child, _ := start(t, fmt.Sprintf(`
backend: one-to-one
defaultRoute: ""
%s
accounts:
  up: {relation: parent, plugin: %s, assetCode: USD, assetScale: 2, sendRoutes: true, receiveRoutes: true, options: %s}
  bob: {relation: child, plugin: test, assetCode: USD, assetScale: 2, sendRoutes: false, receiveRoutes: false}
routes: [{targetPrefix: test.below, peerId: bob}]
`, listens(below), plugin, options(below, above, tokenDown, tokenUp)), fulfilling())
			awaitReady(t, child)
			if got := child.Address(); got != "test.p.kid" {
				t.Errorf("the child is %q", got)
			}
			awaitConnected(t, parent, "kid")
			awaitFulfilled(t, parent, "test.below.x") // by a route that the child has announced
			awaitFulfilled(t, child, "test.above.x")
			await(t, "the parent to be established", func() bool { return connector.LinkOf(child, "up").State == "established" }) // its routes may still come
			if l := connector.LinkOf(child, "up"); l.Server != fmt.Sprintf("http://127.0.0.1:%d%s", above, map[bool]string{true: "/ilp", false: "/any"}[plugin == "ilp-http"]) {
				t.Errorf("%+v", l)
			}
		})
	}
}
