package test

import (
	"maps"
	"testing"
)

// TestHTTPPeers links two connectors as peers over HTTP, with each way to prove who sends. They learn each other's
// routes over it. A STREAM payment comes in over BTP, crosses the link and goes out over BTP.
//
//	client --BTP-- a --HTTP-- b --BTP-- client
func TestHTTPPeers(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name           string
		cast           string
		link           httpLink
		there, andBack int // packets
	}{
		{"static token", "or", httpLink{keys: staticToken}, 1000, 20},
		{"JWT", "or", httpLink{keys: jwtSecret}, 20, 20},
		{"bare token", "or", httpLink{keys: bareToken}, 20, 20},
		{"bare JWT", "or", httpLink{keys: bareJWT}, 20, 20},
		{"HTTP 2", "or", httpLink{keys: staticToken, more: map[kind]map[string]any{reference: {"http2": true, "http2MaxRequestsPerSession": 7}}}, 20, 100},
		{"shared listener, HTTP 2", "or", httpLink{keys: staticToken, shared: ourToken, more: map[kind]map[string]any{reference: {"http2": true}}}, 20, 20},
		{"shared listener, JWT", "or", httpLink{keys: jwtSecret, shared: ourJWT}, 20, 20},
		{"shared listener", "or", httpLink{keys: staticToken, shared: ourToken}, 20, 100},
		{"shared listener, both ours, HTTP 2", "oo", httpLink{shared: ourJWT, more: map[kind]map[string]any{ours: {"http2": true}}}, 20, 20},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			eachCast(t, []string{c.cast}, func(t *testing.T, cast cast) {
				n := newTopology(t, cast, "a", "b")
				n.peerHTTP("a", "b", c.link)
				n.client("a", "b")
				n.startInTurn()
				n.awaitRoutes()

				burst := n.mustBurst("a", "b", 100)
				n.mustStream("a", "b", c.there)
				n.mustStream("b", "a", c.andBack)
				n.mustReject("a", "b")
				n.mustReject("b", "a")
				net := burst + int64(c.there-c.andBack)*streamAmount
				n.mustOwe("a", map[string]string{clientID: times(net, 1), "b": times(-net, 1)})
				n.mustOwe("b", map[string]string{"a": times(net, 1), clientID: times(-net, 1)})
			})
		})
	}
}

// TestHTTPParent gives a connector its address over HTTP, and its parent routes to it.
func TestHTTPParent(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		casts []string
		link  httpLink
	}{
		{"a port of its own", []string{"rr", "or", "ro", "oo"}, httpLink{keys: staticToken}},
		{"shared listener", []string{"or"}, httpLink{keys: staticToken, shared: ourToken}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			eachCast(t, c.casts, func(t *testing.T, cast cast) {
				n := newTopology(t, cast, "root", "leaf")
				n.parentHTTP("root", "leaf", c.link)
				n.client("root", "leaf")
				n.startInTurn()
				n.awaitAll("its own address", []*station{n.node("leaf")}, func(s *station, r routeState) bool { return r.knows(s.address) })

				n.mustPay("leaf", "root", "300", "300")
				n.mustStream("root", "leaf", 20)
				if address, _, _ := n.node("leaf").client.ildcp(t); address != "test.root.leaf.client" {
					t.Errorf("the client of the leaf is told to be %s", address)
				}
				net := int64(20*streamAmount - 300)
				n.mustOwe("root", map[string]string{clientID: times(net, 1), "leaf": times(-net, 1)})
				n.mustOwe("leaf", map[string]string{"root": times(net, 1), clientID: times(-net, 1)})
			})
		})
	}
}

// TestHTTPChildTells is a child over HTTP that exchanges routes with its parent, as both want in so many words.
func TestHTTPChildTells(t *testing.T) {
	t.Parallel()
	eachCast(t, []string{"or", "oo"}, func(t *testing.T, cast cast) {
		n := newTopology(t, cast, "root", "leaf")
		n.parentHTTP("root", "leaf", httpLink{keys: staticToken})
		n.node("root").adjust("leaf", func(a account) account { return a.with("sendRoutes", true).with("receiveRoutes", true) })
		n.node("leaf").adjust("root", func(a account) account { return a.with("sendRoutes", true).with("receiveRoutes", true) })
		n.client("root", "leaf")
		n.node("leaf").config.env["ROUTES"] = `[{"targetPrefix":"test.customer","peerId":"client"}]`
		n.startInTurn()
		n.awaitAll("the routes of the child", []*station{n.node("root")}, func(_ *station, r routeState) bool { return r.knows("test.customer") })
		n.awaitAll("the routes of the parent", []*station{n.node("leaf")}, func(_ *station, r routeState) bool { return r.knows("test.root") })
		n.mustPay("root", "leaf", "100", "100")
		n.mustPay("leaf", "root", "300", "300")
	})
}

// streamAmount is the amount of each packet of mustStream.
const streamAmount = 1000

// mustStream sends a STREAM payment of that many packets from the client of one connector to that of another.
func (n *topology) mustStream(from, to string, packets int) {
	n.t.Helper()
	sender, receiver := n.node(from), n.node(to)
	total := times(streamAmount, int64(packets))
	done := sender.client.pay(n.t, receiver.client.payee(n.t), times(streamAmount, 1), packets)
	if done.Sent != total || done.Delivered != total || done.Packets != packets {
		n.t.Errorf("the client of %s counts %+v, not %s in %d packets", from, done, total, packets)
	}
	if got := receiver.client.paid(n.t); got != (receipts{Received: total, Packets: packets}) {
		n.t.Errorf("the client of %s counts %+v, not %s in %d packets", to, got, total, packets)
	}
}

// mustBurst sends that many packets each way, all of them at once, and returns how much more went there than back.
func (n *topology) mustBurst(a, b string, packets int) (net int64) {
	n.t.Helper()
	there, back := n.node(a), n.node(b)
	n.peers.script(n.t, []string{there.client.name, back.client.name}, answer{}.with(testPreimage))
	said := make(chan verdict, 2*packets)
	send := func(from, to *station, amount int) {
		n.peers.begin(n.t, "prepare", from.client.name, map[string]any{"packet": map[string]any{
			"amount": times(int64(amount), 1), "destination": to.address + "." + clientID, "expiresIn": 20_000, "preimage": testPreimage,
			"data": preimageOf(times(int64(amount), 1)), // or they would be duplicates
		}}, said)
	}
	for i := range packets {
		send(there, back, 10_000+i)
		send(back, there, 1+i)
		net += 10_000 - 1
	}
	for range 2 * packets {
		var heard reply
		if n.peers.end(n.t, said, &heard); heard.Type != "fulfill" {
			n.t.Errorf("one of %d packets at once: %s", 2*packets, inLine(n.t, heard))
		}
	}
	return net
}

// mustReject sends a packet to a client that the other connector does not have.
func (n *topology) mustReject(from, to string) {
	n.t.Helper()
	code := "F02"
	if n.node(to).kind == reference {
		code = "F00" // a difference that docs/compatibility.md has
	}
	heard := n.node(from).client.prepare(n.t, n.node(to).address+".nobody", "7")
	if heard.Type != "reject" || heard.Code != code || heard.TriggeredBy != n.node(to).address {
		n.t.Errorf("from %s to nobody at %s: %s, not %s", from, to, inLine(n.t, heard), code)
	}
}

// mustOwe compares the balances of a connector.
func (n *topology) mustOwe(name string, want map[string]string) {
	n.t.Helper()
	if got := n.node(name).Admin.balances(n.t); !maps.Equal(got, want) {
		n.t.Errorf("the balances of %s are %v, want %v", name, got, want)
	}
}
