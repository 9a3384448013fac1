package test

import (
	"strings"
	"testing"
	"time"

	interledger "github.com/ilp-go/connector/ilp" // ilp is a word of this package
	"github.com/ilp-go/connector/ilptest"
	"github.com/ilp-go/connector/ilptest/rafikipeer"
)

// linkState is what GET /accounts/ID tells of a link.
type linkState struct {
	Connected bool      `json:"connected"`
	State     string    `json:"state"`
	Server    string    `json:"server"`
	LastError string    `json:"lastError"`
	NextRetry time.Time `json:"nextRetry"`
}

// linkOf asks a connector for the state of an account's link.
func (c *Connector) linkOf(t *testing.T, id string) (s linkState) {
	t.Helper()
	c.Admin.get(t, "/accounts/"+id, &s)
	return s
}

// awaitState waits until the link of an account has a state, and returns what else is told of it.
func (c *Connector) awaitState(t *testing.T, id, state string) (s linkState) {
	t.Helper()
	poll(t, "the link to "+id+" is "+state, c.exited, func() bool {
		s = c.linkOf(t, id)
		return s.State == state
	})
	return s
}

// awaitAway waits until operators are told that a neighbor does not answer, why, and when it is asked again.
func (c *Connector) awaitAway(t *testing.T, id, server string) {
	t.Helper()
	s := c.awaitState(t, id, "connecting")
	if s.Connected || !strings.Contains(s.LastError, "refused") || s.Server != server {
		t.Errorf("the link is %+v, want the server %s, and why it cannot be reached", s, server)
	}
	poll(t, "a time of the next try", c.exited, func() bool { return !c.linkOf(t, id).NextRetry.IsZero() })
}

// TestHTTPPeerRestarts stops a neighbor that has a configured route, and starts it again. Packets that cannot reach it
// meanwhile get T01, so that senders try again.
func TestHTTPPeerRestarts(t *testing.T) {
	t.Parallel()
	rafiki, n := startRafiki(t, rafikipeer.Options{})
	if heard := n.pay(t, "test.rafiki.bob", 100); heard.Type != "fulfill" {
		t.Fatalf("before: %s", inLine(t, heard))
	}
	rafiki.Stop()
	if heard := n.pay(t, "test.rafiki.bob", 1); heard.Code != "T01" {
		t.Errorf("the first packet after the stop: %s", inLine(t, heard))
	}
	n.awaitAway(t, "rafiki", rafiki.URL("/ilp"))
	for i := range uint64(5) {
		if heard := n.pay(t, "test.rafiki.bob", 2+i); heard.Code != "T01" {
			t.Errorf("while the neighbor is away: %s", inLine(t, heard))
		}
	}
	rafiki.Start()
	if s := n.awaitState(t, "rafiki", "established"); !s.Connected || s.LastError != "" {
		t.Errorf("the link is %+v when the neighbor is back", s)
	}
	if heard := n.pay(t, "test.rafiki.bob", 200); heard.Type != "fulfill" {
		t.Errorf("after: %s", inLine(t, heard))
	}
	if got := n.Admin.balances(t)["rafiki"]; got != "-300" || rafiki.Received() != 300 {
		t.Errorf("the balance is %s, and the neighbor has received %d, not 300", got, rafiki.Received())
	}
}

// TestHTTPAnswerIsLost stops a neighbor between a packet and its answer. The sender is told T01, the packet is not sent
// again, and its hold is released. What the neighbor has booked is lost: a link over HTTP cannot know it.
func TestHTTPAnswerIsLost(t *testing.T) {
	t.Parallel()
	came, goOn := make(chan uint64, 10), make(chan bool)
	rafiki, n := startRafiki(t, rafikipeer.Options{Receive: func(p interledger.Prepare) interledger.Reply {
		came <- p.Amount()
		<-goOn
		return ilptest.Fulfill()
	}})
	said := make(chan verdict, 1)
	n.peers.begin(t, "prepare", n.client.name, map[string]any{"packet": map[string]any{
		"amount": "100", "destination": "test.rafiki.bob", "expiresIn": 20_000, "preimage": testPreimage,
	}}, said)
	if amount := <-came; amount != 100 {
		t.Fatalf("a packet of %d came", amount)
	}
	stopped := make(chan bool)
	go func() {
		defer close(stopped)
		rafiki.Stop()
	}()
	var heard reply
	n.peers.end(t, said, &heard)
	if heard.Code != "T01" {
		t.Errorf("the sender hears %s", inLine(t, heard))
	}
	close(goOn)
	<-stopped
	if len(came) > 0 {
		t.Error("the packet was sent again")
	}
	if got := n.Admin.balances(t); got["rafiki"] != "0" || got[clientID] != "0" {
		t.Errorf("the balances are %v", got)
	}
}

// TestHTTPReferenceRestarts kills a reference that is our neighbor over npm's plugin, and starts it again.
func TestHTTPReferenceRestarts(t *testing.T) {
	t.Parallel()
	eachCast(t, []string{"or"}, func(t *testing.T, cast cast) {
		n := newTopology(t, cast, "a", "b")
		n.peerHTTP("a", "b", httpLink{keys: staticToken})
		n.client("a", "b")
		a, b := n.node("a"), n.node("b")
		a.config.env["ROUTES"] = `[{"targetPrefix":"test.b","peerId":"b"}]`
		n.startInTurn()
		n.awaitRoutes()
		n.mustPay("a", "b", "100", "100")
		n.mustPay("b", "a", "30", "30")

		b.Kill()
		if heard := a.client.prepare(t, "test.b.client", "1"); heard.Code != "T01" {
			t.Errorf("the first packet after the kill: %s", inLine(t, heard))
		}
		if s := a.awaitState(t, "b", "connecting"); s.Connected {
			t.Errorf("the link is %+v", s)
		}
		if heard := a.client.prepare(t, "test.b.client", "2"); heard.Code != "T01" {
			t.Errorf("while the neighbor is away: %s", inLine(t, heard))
		}
		b.launch(t)
		b.awaitListening(t)
		a.awaitState(t, "b", "established")
		b.awaitConnected(t, clientID)
		n.awaitRoutes()
		n.mustPay("a", "b", "200", "200")
		n.mustPay("b", "a", "60", "60")
		n.mustOwe("a", map[string]string{clientID: "210", "b": "-210"})
		n.mustOwe("b", map[string]string{"a": "140", clientID: "-140"}) // it has forgotten what was before
	})
}

// TestHTTPPeerClosesIdleConnections pauses after each packet until the neighbor has closed the connection, as servers of
// Node.js do after 5 s. No packet is lost.
func TestHTTPPeerClosesIdleConnections(t *testing.T) {
	t.Parallel()
	const packets = 20
	rafiki, n := startRafiki(t, rafikipeer.Options{Idle: 50 * time.Millisecond})
	for i := range uint64(packets) {
		poll(t, "the neighbor has closed all connections", n.exited, func() bool { return rafiki.Expired() == rafiki.Opened() })
		n.Admin.balances(t) // in this time our connector hears of it
		if heard := n.pay(t, "test.rafiki.bob", 1+i); heard.Type != "fulfill" {
			t.Errorf("packet %d: %s", i, inLine(t, heard))
		}
	}
	if rafiki.Received() != packets*(packets+1)/2 || rafiki.Opened() < packets {
		t.Errorf("the neighbor has received %d over %d connections", rafiki.Received(), rafiki.Opened())
	}
}

// startRafiki starts our connector with a client, and a stand-in of Rafiki as its neighbor on the shared listener.
func startRafiki(t *testing.T, o rafikipeer.Options) (*rafikipeer.Node, *ourNode) {
	t.Helper()
	o.Address, o.Incoming, o.Outgoing = "test.rafiki", tokenToStandIn, tokenFromStandIn
	rafiki := rafikipeer.Start(t, o)
	entry, port := httpEntries[1], freePort(t)
	without := peer("rafiki", 9).with("sendRoutes", false).with("receiveRoutes", false) // Rafiki would refuse to exchange routes
	neighbor, url := entry.meet(without, port, rafiki.URL("/ilp"))
	rafiki.Peer(url)
	n := entry.startOurs(t, configuredRoute("rafiki", "test.rafiki"), neighbor, port)
	n.awaitConnected(t, "rafiki")
	return rafiki, n
}
