package test

import (
	"fmt"
)

// clientID is the account of a connector's test client.
const clientID = "client"

// client gives a connector a child that sends and receives packets.
func (n *topology) client(names ...string) {
	n.t.Helper()
	if n.peers == nil {
		n.peers = startPeers(n.t)
	}
	for _, name := range names {
		s := n.node(name)
		s.listen(n.t, child(clientID, 9))
		s.hasClient = true
	}
}

// connectClients connects the clients when the connectors run.
func (n *topology) connectClients() {
	n.t.Helper()
	for _, s := range n.nodes {
		if s.hasClient {
			s.client = n.peers.dial(n.t, "client of "+s.name, s.URL(clientID))
			s.client.connected(n.t)
			s.awaitConnected(n.t, clientID)
		}
	}
}

// pay sends a packet from the client of one connector to that of another, who would fulfill it, and tells what
// the sender heard and the amount that arrived, empty if nothing did.
func (n *topology) pay(from, to, amount string) (heard reply, arrived string) {
	n.t.Helper()
	n.sent++
	preimage := preimageOf(fmt.Sprintf("packet %d of %s", n.sent, n.t.Name()))
	sender, receiver := n.node(from).client, n.node(to).client
	n.peers.script(n.t, []string{receiver.name}, answer{}.with(preimage))
	n.peers.ask(n.t, "prepare", sender.name, map[string]any{"packet": map[string]any{
		"amount":      amount,
		"destination": n.node(to).address + "." + clientID + ".wallet",
		"expiresIn":   10_000,
		"preimage":    preimage,
	}}, &heard)
	if heard.Type == "fulfill" && heard.Fulfillment != preimage {
		n.t.Errorf("%s paid %s and got the fulfillment of another packet", from, to)
	}
	if received := n.peers.received(n.t, []string{receiver.name})[0]; len(received) > 0 {
		arrived = received[0].Amount
	}
	return heard, arrived
}

// mustPay is pay of a packet that has to be fulfilled, with that amount at the end.
func (n *topology) mustPay(from, to, amount, arrives string) {
	n.t.Helper()
	heard, arrived := n.pay(from, to, amount)
	if heard.Type != "fulfill" || arrived != arrives {
		n.t.Errorf("%s from %s to %s: %q arrived, not %s, and the sender heard %s", amount, from, to, arrived, arrives, inLine(n.t, heard))
	}
}

// mustNotPay is pay to an address that nobody knows.
func (n *topology) mustNotPay(from, to string) {
	n.t.Helper()
	heard, _ := n.pay(from, to, "100")
	if heard.Type != "reject" || heard.Code != "F02" {
		n.t.Errorf("from %s to %s, which is gone: %s, not F02", from, to, inLine(n.t, heard))
	}
}
