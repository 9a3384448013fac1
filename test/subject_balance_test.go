package test

import (
	"slices"
	"time"
)

// balances is what the limits of a balance refuse, and what moves it.
func balances() subject {
	s := subject{
		name: "balances",
		config: config{
			address: "test.conn",
			accounts: []account{
				child("alice", 9).with("balance", map[string]string{"maximum": "1000"}),
				child("bob", 9).with("balance", map[string]string{"minimum": "-1000", "maximum": "1000"}),
				child("carl", 9),
				child("rich", 9).with("balance", map[string]string{"maximum": "Infinity", "minimum": "-Infinity"}),
				child("poor", 9).with("balance", map[string]string{"maximum": "-1"}),
				child("strict", 9).with("balance", map[string]string{"minimum": "0", "maximum": "0"}),
			},
			env: map[string]string{"MIN_MESSAGE_WINDOW": "200"},
		},
	}
	add := func(name, from, to, amount string) *scenario {
		return s.add(name, prepare{from: from, to: "test.conn." + to, amount: amount})
	}
	// minimum is where the reference finds out that it could not afford a packet when it is fulfilled.
	const reserved = "the minimum is reserved before a packet is sent"
	minimum := func(c *scenario, better outcome) {
		c.differs, c.better = reserved, better
		c.wording = "the reference has no words for it"
	}

	add("up to the maximum", "alice", "carl", "1000")
	add("past the maximum", "alice", "carl", "1")
	add("nothing at the maximum", "alice", "carl", "0")
	add("past the maximum to nowhere", "alice", "zed", "1")
	add("down again", "carl", "alice", "400")
	add("past the maximum from below", "alice", "carl", "401")
	add("rejected", "alice", "carl", "400").answer = rejects("F99", "test.conn.carl", "no", "")
	add("failed", "alice", "carl", "400").answer = answer{Do: "throw", Name: "Error", Message: "no"}
	add("wrong fulfillment", "alice", "carl", "400").answer = wrong
	s.add("unanswered", prepare{from: "alice", to: "test.conn.carl", amount: "400", expiresIn: 2 * time.Second}).
		answer = silent
	add("fulfilled after all refunds", "alice", "carl", "400")
	add("below zero", "carl", "alice", "5000")
	s.add("held against the maximum", overlap{
		first:  prepare{from: "alice", to: "test.conn.carl", amount: "3000"},
		second: prepare{from: "alice", to: "test.conn.carl", amount: "2001"}, at: "carl",
	})

	add("down to the minimum", "carl", "bob", "1000")
	minimum(add("past the minimum", "carl", "bob", "1"), rejected("T04", "test.conn", ""))
	add("nothing at the minimum", "carl", "bob", "0")
	add("up from the minimum", "bob", "carl", "500")
	add("rejected past the minimum", "carl", "bob", "500").answer = rejects("F99", "test.conn.bob", "no", "")
	minimum(s.add("held against the minimum", overlap{
		first:  prepare{from: "carl", to: "test.conn.bob", amount: "300"},
		second: prepare{from: "carl", to: "test.conn.bob", amount: "201"}, at: "bob",
	}), outcome{Reply: reply{Type: "overlap", Entries: []replyEntry{
		{Name: "first", Reply: reply{Type: "fulfill", Fulfillment: "the preimage"}},
		{Name: "second", Reply: rejected("T04", "test.conn", "").Reply},
	}}})

	add("everything from an account without a maximum", "rich", "carl", most)
	add("everything back", "carl", "rich", most)
	add("above a maximum that is negative", "poor", "carl", "1")
	add("below a maximum that is negative", "carl", "poor", "2")
	add("up to a maximum that is negative", "poor", "carl", "1")
	add("no credit at all", "strict", "carl", "1")
	add("nothing without credit", "strict", "carl", "0")
	s.differs = slices.Concat(
		balance("bob", 9, "-800", reserved),
		counter("outgoing_ilp_packets", "carl", 9, "2", failedAtOnce, "result", "failed"),
		counter("outgoing_ilp_packets", "bob", 9, "3", reserved, "result", "fulfilled"),
		counter("outgoing_ilp_packet_value", "bob", 9, "1300", reserved, "result", "fulfilled"),
	)
	return s
}
