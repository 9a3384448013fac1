package test

import "testing"

// TestStreamPayment sends a payment of 1,000 packets from one STREAM end to the other, through the connector, and
// counts it on all three. The connector listens to its accounts, or dials them.
func TestStreamPayment(t *testing.T) {
	t.Parallel()
	const packets, amount, total = 1000, "1000", "1000000"
	for _, k := range kinds(t) {
		t.Run(string(k), func(t *testing.T) {
			t.Parallel()
			for _, role := range []string{"connector listens", "connector dials"} {
				t.Run(role, func(t *testing.T) {
					peers := startPeers(t)
					sender, receiver, connector := streamEnds(t, k, peers, role == "connector dials")

					address, asset, scale := receiver.ildcp(t)
					if address != "test.middle.receiver" || asset != "XRP" || scale != 9 {
						t.Errorf("the receiver is told to be %s with %s at scale %d", address, asset, scale)
					}
					done := sender.pay(t, receiver.payee(t), amount, packets)

					if done.Sent != total || done.Delivered != total || done.Packets != packets {
						t.Errorf("the sender counts %+v, not %s in %d packets", done, total, packets)
					}
					if got := receiver.paid(t); got != (receipts{Received: total, Packets: packets}) {
						t.Errorf("the receiver counts %+v, not %s in %d packets", got, total, packets)
					}
					balances := connector.Admin.balances(t)
					if balances["sender"] != total || balances["receiver"] != "-"+total {
						t.Errorf("balances are %v, not %s owed to us and as much by us", balances, total)
					}
				})
			}
		})
	}
}

// streamEnds starts a connector with two children and connects the two.
func streamEnds(t *testing.T, k kind, peers *Peers, dials bool) (sender, receiver *Peer, connector *Connector) {
	t.Helper()
	limits := map[string]string{"minimum": "-1000000", "maximum": "1000000"}
	ends := map[string]*Peer{"sender": nil, "receiver": nil}
	c := config{address: "test.middle"}
	for _, id := range []string{"sender", "receiver"} {
		account := child(id, 9).with("balance", limits)
		if dials {
			ends[id] = peers.listenAs(t, id, secretOf(id))
			account.server = ends[id].URL("", secretOf(id))
		}
		c.accounts = append(c.accounts, account)
	}
	connector = startConnector(t, k, c)
	for id := range ends {
		if !dials {
			ends[id] = peers.dial(t, id, connector.URL(id))
		}
		ends[id].connected(t)
	}
	connector.awaitConnected(t, "sender", "receiver")
	return ends["sender"], ends["receiver"], connector
}
