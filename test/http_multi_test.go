package test

import (
	"fmt"
	"maps"
	"testing"
)

// TestHTTPMulti is one account of ilp-plugin-http with several children: npm plugins of their own, which are known by
// their names. The name of a child is its port here, as the URL of the account wants it.
//
//	alice --BTP-- connector --HTTP--+-- one
//	                                +-- two
func TestHTTPMulti(t *testing.T) {
	t.Parallel()
	for _, k := range kinds(t) {
		t.Run(string(k), func(t *testing.T) {
			t.Parallel()
			const packets, amount, total = 50, "1000", "50000"
			up, down := staticToken("token-of-all-the-children"), staticToken("token-for-all-the-children")
			many := limited(child("many", 9)).overHTTP("http://127.0.0.1:%", down, up).opt("multi", true)
			c := startConnector(t, k, config{address: "test.conn", accounts: []account{limited(child("alice", 9)), many}})
			peers := startPeers(t)
			alice := peers.dial(t, "alice", c.URL("alice"))
			alice.connected(t)
			c.awaitConnected(t, "alice", "many")
			one, two := peers.childOf(t, "one", c, "many", up, down), peers.childOf(t, "two", c, "many", up, down)

			for _, p := range []*Peer{one, two} {
				want := fmt.Sprintf("test.conn.many.%d", p.port)
				if address, asset, scale := p.ildcp(t); address != want || asset != "XRP" || scale != 9 {
					t.Errorf("%s is told to be %s with %s at scale %d, want %s", p.name, address, asset, scale, want)
				}
			}
			for _, pay := range []struct{ from, to *Peer }{{one, two}, {alice, one}, {two, alice}, {alice, two}} {
				done := pay.from.pay(t, pay.to.payee(t), amount, packets)
				if done.Sent != total || done.Delivered != total || done.Packets != packets {
					t.Errorf("%s counts %+v, not %s in %d packets", pay.from.name, done, total, packets)
				}
				if got := pay.to.paid(t); got != (receipts{Received: total, Packets: packets}) {
					t.Errorf("%s counts %+v, not %s in %d packets", pay.to.name, got, total, packets)
				}
			}
			want := map[string]string{"alice": total, "many": "-" + total}
			if got := c.Admin.balances(t); !maps.Equal(got, want) {
				t.Errorf("the balances are %v, want %v", got, want)
			}
		})
	}
}

// childOf opens an account of the npm plugin that is a child of a connector's account. It is known by its port.
func (p *Peers) childOf(t *testing.T, name string, c *Connector, id string, up, down keys) *Peer {
	t.Helper()
	port := freePort(t)
	return p.open(t, name, map[string]any{"http": true, "options": map[string]any{
		"incoming": joined(down.incoming, map[string]any{"port": port}),
		"outgoing": joined(up.outgoing, map[string]any{"url": fmt.Sprintf("http://127.0.0.1:%d", c.ports[id])}),
	}})
}

// TestHTTPMultiOfTheReference makes connectors the children of one account of the reference, from which they have their
// addresses.
//
//	client -- left --HTTP--+-- root, one account
//	client -- right --HTTP-+
func TestHTTPMultiOfTheReference(t *testing.T) {
	t.Parallel()
	eachCast(t, []string{"rrr", "roo"}, func(t *testing.T, cast cast) {
		n := newTopology(t, cast, "root", "left", "right")
		root := n.node("root")
		up, down := staticToken("token-of-all-the-children"), staticToken("token-for-all-the-children")
		many := child("many", 9).overHTTP("http://127.0.0.1:%", down, up).opt("multi", true)
		root.listen(t, many)
		url := fmt.Sprintf("http://127.0.0.1:%d", root.ports["many"])
		for _, s := range n.nodes[1:] {
			port := s.listen(t, parent("root", 9).overHTTP(url, up, down))
			s.address, s.config.address = fmt.Sprintf("test.root.many.%d", port), ""
			s.neighbors = []*station{root}
		}
		n.client("left", "right")
		n.startInTurn()
		n.awaitAll("its own address", n.nodes[1:], func(s *station, r routeState) bool { return r.knows(s.address) })

		n.mustPay("left", "right", "500", "500")
		n.mustPay("right", "left", "300", "300")
		n.mustReject("left", "right")
		n.mustStream("left", "right", 20)
		net := int64(20*streamAmount + 500 - 300)
		n.mustOwe("left", map[string]string{clientID: times(net, 1), "root": times(-net, 1)})
		n.mustOwe("right", map[string]string{"root": times(net, 1), clientID: times(-net, 1)})
		n.mustOwe("root", map[string]string{"many": "0"})
	})
}
