package test

import (
	"fmt"
	"strconv"
	"testing"
	"time"

	interledger "github.com/ilp-go/connector/ilp" // ilp is a word of this package
	"github.com/ilp-go/connector/ilptest"
	"github.com/ilp-go/connector/ilptest/rafikipeer"
	"github.com/ilp-go/connector/ilptest/rspeer"
)

// Tokens of the link to a stand-in.
const (
	tokenToStandIn   = "token-of-ours-for-the-stand-in"
	tokenFromStandIn = "token-of-the-stand-in-for-ours"
)

// standIn is a node of ilptest that stands in for another connector.
type standIn interface {
	Pay(prepare interledger.Prepare) interledger.Reply
	Received() uint64
	Sent() uint64
}

// httpEntry is one of the ways by which packets come to our connector over HTTP.
type httpEntry struct {
	name string
	own  bool   // ilp-plugin-http, with a port of its own, instead of ilp-http
	path string // of its URL
}

// httpEntries are all of them. %s is the account.
var httpEntries = []httpEntry{{"a port of its own", true, "/any"}, {"by path", false, "/accounts/%s/ilp"}, {"by token", false, "/ilp"}}

// ourNode is our connector with a client over BTP and a neighbor over HTTP.
type ourNode struct {
	*Connector
	peers    *Peers
	client   *Peer
	neighbor string // its account
	url      string // where it takes the neighbor's packets
}

// meet returns our connector's account for a stand-in at a URL, whose packets come in by a entry at a port.
func (d httpEntry) meet(a account, port int, url string) (_ account, ours string) {
	ours = fmt.Sprintf("http://127.0.0.1:%d%s", port, d.path)
	if d.own {
		return limited(a).overHTTP(url, staticToken(tokenToStandIn), staticToken(tokenFromStandIn)), ours
	}
	if d.path != "/ilp" {
		ours = fmt.Sprintf(ours, a.id)
	}
	return limited(a).overOurHTTP(url, ourToken(tokenToStandIn), ourToken(tokenFromStandIn)), ours
}

// startOurs starts our connector with a client and a neighbor that is a stand-in. The entry is open at port.
func (d httpEntry) startOurs(t *testing.T, c config, neighbor account, port int) *ourNode {
	t.Helper()
	ports := map[string]int{clientID: freePort(t)}
	if d.own {
		ports[neighbor.id] = port
	} else {
		ports[sharedListener] = port
		c.listen(port)
	}
	c.accounts = []account{neighbor, limited(child(clientID, 9))}
	n := &ourNode{Connector: launchConnector(t, "ours", ours, c, ports, freePort(t)), peers: startPeers(t), neighbor: neighbor.id}
	n.awaitListening(t)
	n.client = n.peers.dial(t, clientID, n.URL(clientID))
	n.client.connected(t)
	n.awaitConnected(t, clientID)
	return n
}

// pay makes the client send a packet that ilptest.Preimage fulfills. Packets of different amounts are no duplicates.
func (n *ourNode) pay(t *testing.T, to string, amount uint64) (heard reply) {
	t.Helper()
	n.peers.ask(t, "prepare", n.client.name, map[string]any{"packet": map[string]any{
		"amount": strconv.FormatUint(amount, 10), "destination": to, "expiresIn": 20_000, "preimage": testPreimage,
		"data": preimageOf(strconv.FormatUint(amount, 10)),
	}}, &heard)
	return heard
}

// exchange sends packets both ways that are fulfilled, and some that are rejected, and compares the balances with what
// the stand-in has counted. Its address is there, and ours is at.
func (n *ourNode) exchange(t *testing.T, at string, s standIn, there string, unknown string) {
	t.Helper()
	const packets = 20
	n.peers.script(t, []string{n.client.name}, answer{}.with(testPreimage))
	var sent, received uint64
	for i := range uint64(packets) {
		if heard := n.pay(t, there+".bob", 1000+i); heard.Type != "fulfill" || heard.Fulfillment != testPreimage {
			t.Fatalf("packet %d to the stand-in: %s", i, inLine(t, heard))
		}
		if reply := s.Pay(ilptest.Prepare(at+"."+clientID, 70+i, ilptest.Data([]byte{byte(i)}))); !reply.Fulfilled() {
			t.Fatalf("packet %d from the stand-in: %s %s", i, reply.Code(), reply.Message())
		}
		sent, received = sent+1000+i, received+70+i
		if heard := n.pay(t, there, 5000+i); heard.Code != "F02" || heard.Message != unknown || heard.TriggeredBy != there {
			t.Errorf("packet %d to nobody at the stand-in: %s", i, inLine(t, heard))
		}
		if reply := s.Pay(ilptest.Prepare(at+".nobody", 70+i)); reply.Fulfilled() || reply.Code() != interledger.F02 || string(reply.TriggeredBy()) != at {
			t.Errorf("packet %d from the stand-in to nobody: %v", i, reply)
		}
	}
	if s.Received() != sent || s.Sent() != received {
		t.Errorf("the stand-in has received %d and sent %d, want %d and %d", s.Received(), s.Sent(), sent, received)
	}
	net := int64(sent) - int64(received)
	balances := n.Admin.balances(t)
	if balances[clientID] != times(net, 1) || balances[n.neighbor] != times(-net, 1) {
		t.Errorf("balances are %v, not %d owed to us and as much by us", balances, net)
	}
}

// TestHTTPRafiki peers with a stand-in of Rafiki. Its routes and addresses are configured. It refuses to exchange routes,
// which we try: packets go nevertheless.
func TestHTTPRafiki(t *testing.T) {
	t.Parallel()
	for _, entry := range httpEntries {
		t.Run(entry.name, func(t *testing.T) {
			t.Parallel()
			rafiki := rafikipeer.Start(t, rafikipeer.Options{Address: "test.rafiki", Incoming: tokenToStandIn, Outgoing: tokenFromStandIn})
			port := freePort(t)
			neighbor, url := entry.meet(peer("rafiki", 9), port, rafiki.URL("/ilp"))
			rafiki.Peer(url)
			n := entry.startOurs(t, configuredRoute("rafiki", "test.rafiki"), neighbor, port)
			n.awaitConnected(t, n.neighbor)
			n.exchange(t, "test.ours", rafiki, "test.rafiki", "unknown destination account")
		})
	}
}

// configuredRoute is the configuration of test.ours with a route to a neighbor that tells none, and with which no
// routes are exchanged.
func configuredRoute(id, prefix string) config {
	return config{address: "test.ours", env: map[string]string{"ROUTES": fmt.Sprintf(`[{"targetPrefix":%q,"peerId":%q}]`, prefix, id)}}
}

// TestHTTPInterledgerRS peers with a stand-in of interledger-rs. Both tell the other their routes.
func TestHTTPInterledgerRS(t *testing.T) {
	t.Parallel()
	for _, entry := range httpEntries {
		t.Run(entry.name, func(t *testing.T) {
			t.Parallel()
			port, theirs := freePort(t), freePort(t)
			neighbor, url := entry.meet(peer("rs", 9), port, rsEndpoint(theirs))
			n := entry.startOurs(t, config{address: "test.ours", env: quickRoutes()}, neighbor, port)
			node := startRS(t, rspeer.Options{Port: theirs, PeerAddress: "test.ours", Endpoint: url})
			n.awaitRoute(t, "test.rs")
			poll(t, "interledger-rs knows our route", n.exited, func() bool {
				_, known := node.Route("test.ours")
				return known
			})
			n.exchange(t, "test.ours", node, "test.rs", "")
		})
	}
}

// TestHTTPChildOfInterledgerRS has its address from a stand-in of interledger-rs, and its route.
func TestHTTPChildOfInterledgerRS(t *testing.T) {
	t.Parallel()
	for _, receives := range []bool{false, true} {
		t.Run(fmt.Sprintf("receiveRoutes %t", receives), func(t *testing.T) {
			t.Parallel()
			entry, port := httpEntries[1], freePort(t)
			above := parent("rs", 9).with("receiveRoutes", receives)
			theirs := freePort(t)
			neighbor, url := entry.meet(above, port, rsEndpoint(theirs))
			node := startRS(t, rspeer.Options{Port: theirs, Relation: rspeer.Child, Endpoint: url})
			n := entry.startOurs(t, config{env: quickRoutes()}, neighbor, port)
			n.awaitRoute(t, "test.rs.ours")
			if receives {
				n.awaitRoute(t, "test.rs")
			}
			n.exchange(t, "test.rs.ours", node, "test.rs", "")
		})
	}
}

// rsEndpoint is where startRS takes packets.
func rsEndpoint(port int) string { return fmt.Sprintf("http://127.0.0.1:%d/accounts/ours/ilp", port) }

// startRS starts a stand-in of interledger-rs whose account is called ours.
func startRS(t *testing.T, o rspeer.Options) *rspeer.Node {
	t.Helper()
	o.Address, o.Username, o.Incoming, o.Outgoing, o.Broadcast = "test.rs", "ours", tokenToStandIn, tokenFromStandIn, time.Second
	return rspeer.Start(t, o)
}

// quickRoutes are settings that exchange routes often.
func quickRoutes() map[string]string {
	return map[string]string{"ROUTE_BROADCAST_INTERVAL": fmt.Sprint(broadcastInterval.Milliseconds())}
}

// awaitRoute waits until our connector has a route.
func (n *ourNode) awaitRoute(t *testing.T, prefix string) {
	t.Helper()
	poll(t, "a route to "+prefix, n.exited, func() bool {
		var state routeState
		n.Admin.get(t, "/routing", &state)
		return state.knows(prefix)
	})
}
