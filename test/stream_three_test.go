package test

import (
	"maps"
	"math/big"
	"testing"
)

// The payment of TestStreamThroughThree, packet by packet, on its way through four assets of different scale;
// each connector rounds down.
//
//	sender -9-> first -6-> middle -4-> last -5-> receiver
const (
	amountAt9 = 1_234_567_891
	amountAt6 = 1_234_567
	amountAt4 = 12_345
	amountAt5 = 123_450
)

// TestStreamThroughThree sends 1,000 packets through a line of three connectors of which the middle one is under
// test. It inherits its address from the first, as its child, and peers with the last; the routes that no address
// implies are configured.
func TestStreamThroughThree(t *testing.T) {
	t.Parallel()
	const packets = 1000
	for _, k := range kinds(t) {
		t.Run(string(k), func(t *testing.T) {
			t.Parallel()
			first := startConnector(t, reference, config{
				address:  "test.first",
				accounts: []account{limited(child("sender", 9)), limited(child("middle", 6))},
				env:      map[string]string{"ROUTES": `[{"targetPrefix":"test.last","peerId":"middle"}]`},
			})
			upwards := limited(parent("first", 6))
			upwards.server = first.URL("middle")
			middle := startConnector(t, k, config{
				accounts: []account{upwards, limited(peer("last", 4))},
				env:      map[string]string{"ROUTES": `[{"targetPrefix":"test.last","peerId":"last"}]`},
			})
			backwards := limited(peer("middle", 4))
			backwards.server = middle.URL("last")
			last := startConnector(t, reference, config{
				address:  "test.last",
				accounts: []account{backwards, limited(child("receiver", 5))},
				env:      map[string]string{"DEFAULT_ROUTE": "middle"},
			})
			peers := startPeers(t)
			sender := peers.dial(t, "sender", first.URL("sender"))
			receiver := peers.dial(t, "receiver", last.URL("receiver"))
			sender.connected(t)
			receiver.connected(t)
			first.awaitConnected(t, "sender", "middle")
			middle.awaitConnected(t, "first", "last")
			last.awaitConnected(t, "middle", "receiver")

			done := sender.pay(t, receiver.payee(t), times(amountAt9, 1), packets)

			want := payment{
				Sent:      times(amountAt9, packets),
				Delivered: times(amountAt5, packets),
				Packets:   packets,
				Amounts:   map[string]int{times(amountAt9, 1): packets},
			}
			if done.Sent != want.Sent || done.Delivered != want.Delivered || done.Packets != want.Packets ||
				!maps.Equal(done.Amounts, want.Amounts) {
				t.Errorf("the sender counts %+v, want %+v", done, want)
			}
			if got := receiver.paid(t); got != (receipts{Received: want.Delivered, Packets: packets}) {
				t.Errorf("the receiver counts %+v, want %s in %d packets", got, want.Delivered, packets)
			}
			for _, leg := range []struct {
				connector *Connector
				want      map[string]string
			}{
				{first, map[string]string{"sender": times(amountAt9, packets), "middle": times(-amountAt6, packets)}},
				{middle, map[string]string{"first": times(amountAt6, packets), "last": times(-amountAt4, packets)}},
				{last, map[string]string{"middle": times(amountAt4, packets), "receiver": times(-amountAt5, packets)}},
			} {
				if got := leg.connector.Admin.balances(t); !maps.Equal(got, leg.want) {
					t.Errorf("the balances are %v, want %v", got, leg.want)
				}
			}
		})
	}
}

// limited gives an account a balance that these payments cannot exhaust.
func limited(a account) account {
	return a.with("balance", map[string]string{"minimum": "-1000000000000000", "maximum": "1000000000000000"})
}

// times is the decimal text of a product.
func times(amount, count int64) string {
	return new(big.Int).Mul(big.NewInt(amount), big.NewInt(count)).String()
}
