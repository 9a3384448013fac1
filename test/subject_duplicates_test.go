package test

import (
	"slices"
	"time"
)

// duplicates is what happens to a packet that comes again.
func duplicates() subject {
	s := subject{
		name: "duplicates",
		config: config{
			address: "test.conn",
			accounts: []account{
				child("alice", 9).with("balance", someBalance),
				child("bob", 9).with("balance", someBalance),
				child("carl", 9).with("balance", someBalance),
				child("dora", 9).with("throughput", map[string]any{"refillPeriod": forever, "outgoingAmount": "150"}),
				child("erin", 9),
			},
		},
	}
	// again is a packet that is the same as others with the label, but for what is said.
	again := func(label, name string, p prepare, a answer) {
		if p.from == "" {
			p.from = "alice"
		}
		if p.to == "" {
			p.to = "test.conn.bob.x"
		}
		if p.expiresAt == 0 {
			p.expiresAt = 20 * time.Second
		}
		s.scenarios = append(s.scenarios, scenario{name: label + ": " + name, do: p, answer: a, label: label})
	}
	again("fulfilled", "first", prepare{}, answer{})
	again("fulfilled", "again", prepare{}, answer{})
	again("fulfilled", "with less", prepare{amount: "99"}, answer{})
	again("fulfilled", "with nothing", prepare{amount: "0"}, answer{})
	again("fulfilled", "sooner", prepare{expiresAt: 19 * time.Second}, answer{})
	again("fulfilled", "from someone else", prepare{from: "carl"}, answer{})
	again("fulfilled", "with other data", prepare{data: "00"}, answer{})
	again("fulfilled", "to another address", prepare{to: "test.conn.bob.y"}, answer{})
	again("fulfilled", "to another account", prepare{to: "test.conn.carl.x"}, answer{})
	again("fulfilled", "later", prepare{expiresAt: 21 * time.Second}, answer{})
	again("fulfilled", "with more", prepare{amount: "101"}, answer{})
	again("fulfilled", "with the same as that", prepare{amount: "101"}, answer{})
	again("fulfilled", "later and with less", prepare{amount: "50", expiresAt: 22 * time.Second}, answer{})
	again("fulfilled", "after that, with more", prepare{amount: "51", expiresAt: 22 * time.Second}, answer{})

	no := rejects("F99", "test.conn.bob.x", "not today", "0102")
	again("rejected", "first", prepare{}, no)
	again("rejected", "again", prepare{}, answer{})
	again("rejected", "with more", prepare{amount: "101"}, answer{})
	again("error", "first", prepare{}, answer{Do: "throw", Name: "Error", Message: "oh no"})
	again("error", "again", prepare{}, answer{})
	again("wrong fulfillment", "first", prepare{}, answer{Do: "fulfill", Preimage: hexOf(make([]byte, 32))})
	again("wrong fulfillment", "again", prepare{}, answer{})
	again("nothing", "first", prepare{amount: "0"}, answer{})
	again("nothing", "again", prepare{amount: "0"}, answer{})

	again("within the bandwidth", "first", prepare{from: "erin", to: "test.conn.dora"}, answer{})
	again("within the bandwidth", "again", prepare{from: "erin", to: "test.conn.dora"}, answer{})
	const spent = "a duplicate takes no bandwidth, because it is recognized before it is counted"
	s.scenarios[len(s.scenarios)-1].differ(spent, outcome{Reply: reply{Type: "fulfill", Fulfillment: "the preimage"}})

	const once = "the outgoing leg of a duplicate moves once"
	s.differs = slices.Concat(
		counter("incoming_ilp_packets", "erin", 9, "2", spent, "result", "fulfilled"),
		counter("incoming_ilp_packets", "erin", 9, "", spent, "result", "failed"),
		balance("bob", 9, "-703", once),
		counter("outgoing_ilp_packet_value", "bob", 9, "703", once, "result", "fulfilled"),
		counter("outgoing_ilp_packet_value", "bob", 9, "100", once, "result", "rejected"),
		counter("outgoing_ilp_packet_value", "bob", 9, "200", once, "result", "failed"),
	)
	return s
}
