package test

import (
	"bytes"
	"fmt"
	"testing"
	"time"
)

// miniModes are the two ways in which clients of one listener are served: they share its account, or each is an
// account, which is not possible in the reference. The limits are those of the account, or of each client.
var miniModes = map[string]func(limits map[string]string) account{
	"shared": func(limits map[string]string) account { return mini("mini", 9).with("balance", limits) },
	"children": func(limits map[string]string) account {
		return mini("mini", 9).with("children", map[string]any{"perChild": map[string]any{"balance": limits}})
	},
}

// inMiniModes runs a test with each connector that can do so in each way.
func inMiniModes(t *testing.T, test func(t *testing.T, k kind, mode string)) {
	t.Parallel()
	for _, k := range kinds(t) {
		for mode := range miniModes {
			if k == reference && mode == "children" {
				continue
			}
			t.Run(fmt.Sprintf("%s, %s", k, mode), func(t *testing.T) {
				t.Parallel()
				test(t, k, mode)
			})
		}
	}
}

// TestClientsPayEachOther sends a STREAM payment from one client of a listener to another. The account that they
// share owes nothing for it, but a client that is an account owes what it has paid, and no more than it may.
func TestClientsPayEachOther(t *testing.T) {
	inMiniModes(t, func(t *testing.T, k kind, mode string) {
		const packets, amount, total = 200, "1000", "200000"
		connector := startConnector(t, k, config{
			address:  "test.middle",
			accounts: []account{miniModes[mode](map[string]string{"minimum": "-" + total, "maximum": total})},
		})
		peers := startPeers(t)
		ann, bea := dialMini(t, peers, connector, "ann"), dialMini(t, peers, connector, "bea")

		if address, asset, scale := bea.ildcp(t); address != "test.middle.mini.bea" || asset != "XRP" || scale != 9 {
			t.Errorf("the receiver is told to be %s with %s at scale %d", address, asset, scale)
		}
		done := ann.pay(t, bea.payee(t), amount, packets)

		if done.Sent != total || done.Delivered != total || done.Packets != packets {
			t.Errorf("the sender counts %+v, not %s in %d packets", done, total, packets)
		}
		if got := bea.paid(t); got != (receipts{Received: total, Packets: packets}) {
			t.Errorf("the receiver counts %+v, not %s in %d packets", got, total, packets)
		}
		if mode == "shared" {
			if got := connector.Admin.balances(t)["mini"]; got != "0" {
				t.Errorf("the balance is %s, want 0", got)
			}
			return
		}
		if got := ann.prepare(t, "test.middle.mini.bea", "1"); got.Code != "T04" || got.Message != "exceeded maximum balance." {
			t.Errorf("a client that owes all it may gets %+v", got)
		}
	})
}

// TestClientsPayThroughAPeer sends a STREAM payment from a client of a listener to a child of a peer, and another one
// back to another client.
func TestClientsPayThroughAPeer(t *testing.T) {
	inMiniModes(t, func(t *testing.T, k kind, mode string) {
		const away, back, amount = 200, 100, 1000
		far := startConnector(t, reference, config{
			address:  "test.far",
			accounts: []account{limited(peer("near", 9)), limited(child("zoe", 9)), limited(child("yan", 9))},
			env:      map[string]string{"DEFAULT_ROUTE": "near"},
		})
		peering := limited(peer("far", 9))
		peering.server = far.URL("near")
		near := startConnector(t, k, config{
			address:  "test.near",
			accounts: []account{miniModes[mode](map[string]string{"minimum": "-1000000000", "maximum": "1000000000"}), peering},
			env:      map[string]string{"ROUTES": `[{"targetPrefix":"test.far","peerId":"far"}]`},
		})
		peers := startPeers(t)
		ann, bea := dialMini(t, peers, near, "ann"), dialMini(t, peers, near, "bea")
		zoe, yan := peers.dial(t, "zoe", far.URL("zoe")), peers.dial(t, "yan", far.URL("yan"))
		zoe.connected(t)
		yan.connected(t)
		far.awaitConnected(t, "near", "zoe", "yan")
		near.awaitConnected(t, "far")

		if done := ann.pay(t, zoe.payee(t), fmt.Sprint(amount), away); done.Delivered != times(amount, away) {
			t.Errorf("away: the sender counts %+v", done)
		}
		if got := near.Admin.balances(t)["far"]; got != times(-amount, away) {
			t.Errorf("the balance of the peer is %s after the payment away", got)
		}
		if done := yan.pay(t, bea.payee(t), fmt.Sprint(amount), back); done.Delivered != times(amount, back) {
			t.Errorf("back: the sender counts %+v", done)
		}
		if got := near.Admin.balances(t)["far"]; got != times(-amount, away-back) {
			t.Errorf("the balance of the peer is %s after the payment back", got)
		}
	})
}

// TestClientComesBackDuringAPayment has the receiver of a STREAM payment leave in the middle of it. As it is an
// account, its sender is told to try again, and the payment ends well once it is back.
func TestClientComesBackDuringAPayment(t *testing.T) {
	t.Parallel()
	connector := startConnector(t, ours, config{
		address:  "test.middle",
		accounts: []account{miniModes["children"](map[string]string{"minimum": "-1000000", "maximum": "1000000"})},
	})
	peers := startPeers(t)
	ann, bea := dialMini(t, peers, connector, "ann"), dialMini(t, peers, connector, "bea")
	ann.payer(t, bea.payee(t), "1000")
	ann.sendUpTo(t, "50000")

	bea.leave(t)
	said := make(chan verdict, 1)
	ann.beginUpTo(t, "100000", said)
	ann.refused(t, "T01")
	bea.comeBack(t)
	var done payment
	peers.end(t, said, &done)

	if done.Sent != "100000" || done.Delivered != "100000" {
		t.Errorf("the sender counts %+v, not 100000", done)
	}
	if got := bea.paid(t); got.Received != "100000" {
		t.Errorf("the receiver counts %+v, not 100000", got)
	}
}

// TestPageConnects has web pages connect, as browsers do. A page that is allowed is a client as any other.
func TestPageConnects(t *testing.T) {
	t.Parallel()
	connector := startConnector(t, ours, config{
		address: "test.middle",
		accounts: []account{miniModes["children"](map[string]string{"maximum": "1000"}).
			opt("allowedOrigins", []string{"https://*.wallet.example"})},
	})
	s, err := dialSocket(connector.ports["mini"], "/", "Origin: https://beta.wallet.example")
	if err != nil {
		t.Fatal(err)
	}
	defer s.conn.Close()
	ann := packet{destination: "test.middle.mini.ann", expiresAt: time.Now().Add(10 * time.Second), condition: conditionOf("00")}
	dialMini(t, startPeers(t), connector, "ann")
	for _, message := range [][]byte{btp(btpMessage, 1, credentials("page", "token")...), btp(btpMessage, 2, ilp(ann.bytes()))} {
		if _, err := s.conn.Write(frame(binaryFrame, message)); err != nil {
			t.Fatal(err)
		}
	}
	if got, want := s.hear(), describeBTP(btp(btpResponse, 1)); got != want {
		t.Errorf("the login of a page brings %s, want %s", got, want)
	}
	if opcode, got, err := s.read(); err != nil || !bytes.Contains(got, []byte("the peer has no script")) {
		t.Errorf("a packet of a page brings %d %q, %v, not the answer of its receiver", opcode, got, err)
	}
	for _, origin := range []string{"https://wallet.example", "https://a.beta.wallet.example", "https://beta.wallet.example.evil.test", "null"} {
		if _, err := dialSocket(connector.ports["mini"], "/", "Origin: "+origin); err == nil || err.Error() != "handshake: 403 Forbidden" {
			t.Errorf("a page of %s: %v", origin, err)
		}
	}
}

// dialMini connects a client to the listener mini of a connector.
func dialMini(t *testing.T, peers *Peers, c *Connector, user string) *Peer {
	t.Helper()
	p := peers.dial(t, user, c.clientURL(client{user, "mini"}))
	p.connected(t)
	return p
}
