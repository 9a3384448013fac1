package test

import (
	"testing"

	"github.com/ilp-go/connector/ilptest/rspeer"
)

// TestHTTPWeRestart kills our connector and starts it again with a further route. Its neighbor, which sees no connection
// end over HTTP, does not ask for our routes again, and learns that one nevertheless.
func TestHTTPWeRestart(t *testing.T) {
	t.Parallel()
	eachCast(t, []string{"or", "oo"}, func(t *testing.T, cast cast) {
		n := newTopology(t, cast, "a", "b")
		n.peerHTTP("a", "b", httpLink{keys: staticToken})
		n.client("a", "b")
		a, b := n.node("a"), n.node("b")
		n.startInTurn()
		n.awaitRoutes()
		n.mustPay("b", "a", "100", "100")

		a.Kill()
		a.config.env["ROUTES"] = `[{"targetPrefix":"test.customer","peerId":"client"}]`
		a.launch(t)
		a.awaitListening(t)
		a.awaitConnected(t, clientID, "b")
		n.awaitAll("the new route", []*station{b}, func(_ *station, r routeState) bool { return r.knows("test.a", "test.customer") })
		n.mustPay("b", "a", "200", "200")
	})
}

// TestHTTPInterledgerRSAsksInVain starts interledger-rs before us. It asks for our routes when it starts, which nobody
// hears, and never again.
func TestHTTPInterledgerRSAsksInVain(t *testing.T) {
	t.Parallel()
	entry, port, theirs := httpEntries[1], freePort(t), freePort(t)
	neighbor, url := entry.meet(peer("rs", 9), port, rsEndpoint(theirs))
	node := startRS(t, rspeer.Options{Port: theirs, PeerAddress: "test.ours", Endpoint: url})
	n := entry.startOurs(t, config{address: "test.ours", env: quickRoutes()}, neighbor, port)
	n.awaitRoute(t, "test.rs")
	poll(t, "interledger-rs knows our route", n.exited, func() bool {
		_, known := node.Route("test.ours")
		return known
	})
	n.exchange(t, "test.ours", node, "test.rs", "")
}
