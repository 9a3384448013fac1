package test

import (
	"net/http"
	"testing"
)

// TestBalancesOfTheReferenceAreImported swaps the connectors with money between their accounts: what the reference
// answers to GET /balance is imported as it is.
func TestBalancesOfTheReferenceAreImported(t *testing.T) {
	t.Parallel()
	c := config{address: "test.middle"}
	limits := map[string]string{"minimum": "-1000000", "maximum": "1000000"}
	for _, id := range []string{"sender", "receiver"} {
		c.accounts = append(c.accounts, child(id, 9).with("balance", limits))
	}
	c.accounts = append(c.accounts, child("bank", 18).with("balance", map[string]string{"maximum": "9000000000000000000000000"}))
	before := startConnector(t, reference, c)
	peers := startPeers(t)
	sender, receiver := peers.dial(t, "sender", before.URL("sender")), peers.dial(t, "receiver", before.URL("receiver"))
	sender.connected(t)
	receiver.connected(t)
	before.awaitConnected(t, "sender", "receiver")
	sender.pay(t, receiver.payee(t), "1000", 5)
	before.Admin.exchange(t, http.MethodPost, "/balance", `{"accountId":"bank","amountDiff":"1234500000000000000000"}`)
	_, _, exported := before.Admin.exchange(t, http.MethodGet, "/balance", "")
	before.Kill()

	after := launchConnector(t, "swapped in", ours, c, before.ports, before.adminPort)
	after.awaitListening(t)
	if status, _, answer := after.Admin.exchange(t, http.MethodPost, "/balance/import", exported); status != http.StatusOK {
		t.Fatalf("%s is answered %d %s", exported, status, answer)
	}
	want := map[string]string{"sender": "5000", "receiver": "-5000", "bank": "1234500000000000000000"}
	got := after.Admin.balances(t)
	for id, balance := range want {
		if got[id] != balance {
			t.Errorf("%s stands at %s, want %s, as in %s", id, got[id], balance, exported)
		}
	}
}
