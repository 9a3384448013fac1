package test

import (
	"testing"
	"time"
)

// memoryMore is how much more memory a connector may have in use after an attack than before it. The reference
// collects its garbage when it likes.
var memoryMore = map[kind]int64{reference: 256 << 20, ours: 64 << 20}

// TestGarbage attacks the listener of one account in all ways that need no knowledge, and some that need its
// token, while two others have business with each other. They must not notice, and the connector not grow.
func TestGarbage(t *testing.T) {
	t.Parallel()
	const frames, packets, connections = 10_000, 2_000, 300
	for _, k := range kinds(t) {
		t.Run(string(k), func(t *testing.T) {
			t.Parallel()
			unthrottled := map[string]any{"refillPeriod": 1000, "refillCount": 1_000_000}
			connector := startConnector(t, k, config{
				address:  "test.conn",
				accounts: []account{child("alice", 9), child("bob", 9), child("mallory", 9).with("rateLimit", unthrottled)},
				env:      map[string]string{"INITIAL_CONNECT_TIMEOUT": "300"},
			})
			peers := startPeers(t)
			alice := peers.dial(t, "alice", connector.URL("alice"))
			bob := peers.dial(t, "bob", connector.URL("bob"))
			alice.connected(t)
			bob.connected(t)
			connector.awaitConnected(t, "alice", "bob")
			alice.pays(t, bob, "before")
			before := resident(t, connector)

			a := newAttack(t, connector, "mallory")
			a.foreign()
			alice.pays(t, bob, "after foreign protocols")
			a.garbageFrames(frames)
			alice.pays(t, bob, "after garbage frames")
			a.malformedPackets(packets, packet{
				amount: 1, expiresAt: time.Now().Add(time.Minute), condition: conditionOf("00"), destination: "test.conn.bob.x",
			})
			alice.pays(t, bob, "after malformed packets")
			a.giants()
			a.halfOpen(connections)
			alice.pays(t, bob, "while the attack is on")

			if !connector.Alive() {
				t.Fatal("the connector is gone")
			}
			more := resident(t, connector) - before
			t.Logf("the connector takes %d MiB more than before", more>>20)
			if more > memoryMore[k] {
				t.Errorf("which is more than %d", memoryMore[k]>>20)
			}
			a.close()
			mallory := peers.dial(t, "mallory", connector.URL("mallory"))
			mallory.connected(t)
			mallory.pays(t, bob, "from the account itself, when it is over")
		})
	}
}

// pays sends a packet to another child of test.conn and fails the test unless it is fulfilled.
func (p *Peer) pays(t *testing.T, to *Peer, when string) {
	t.Helper()
	preimage := preimageOf(p.name + when)
	p.peers.script(t, []string{to.name}, answer{}.with(preimage))
	var got reply
	p.peers.ask(t, "prepare", p.name, map[string]any{"packet": map[string]any{
		"amount":      "100",
		"destination": "test.conn." + to.name + ".wallet",
		"expiresIn":   10_000,
		"preimage":    preimage,
	}}, &got)
	if got.Type != "fulfill" || got.Fulfillment != preimage {
		t.Fatalf("a good packet %s: %s", when, inLine(t, got))
	}
}

// resident is how much memory the connector has in use.
func resident(t *testing.T, c *Connector) int64 {
	t.Helper()
	size, err := residentBytes(c.PID())
	if err != nil {
		t.Fatal(err)
	}
	return size
}
