package test

import "slices"

// miniLimits is what the limits of an account that takes many clients allow them: all of them together.
func miniLimits() subject {
	few := map[string]any{"refillPeriod": forever, "refillCount": 5}
	money := func(key string) map[string]any { return map[string]any{"refillPeriod": forever, key: "1000"} }
	s := subject{
		name: "mini-limits",
		config: config{
			address: "test.conn",
			accounts: []account{
				child("alice", 9),
				mini("mini", 9).with("balance", map[string]string{"minimum": "-2000", "maximum": "1000"}),
				mini("few", 9).with("rateLimit", few),
				mini("in", 9).with("throughput", money("incomingAmount")),
				mini("out", 9).with("throughput", money("outgoingAmount")).with("maxPacketAmount", "1500"),
			},
		},
		clients: []client{
			{"ann", "mini"}, {"bea", "mini"}, {"cat", "few"}, {"dan", "few"}, {"eve", "in"}, {"fay", "in"}, {"gus", "out"}, {"hal", "out"},
		},
	}
	add := func(name, from, to, amount string) *scenario {
		return s.add(name, prepare{from: from, to: "test.conn." + to, amount: amount})
	}
	add("balance: up", "ann", "alice", "700")
	add("balance: past the maximum by another client", "bea", "alice", "301")
	add("balance: up to the maximum by another client", "bea", "alice", "300")
	add("balance: past the maximum by the first", "ann", "alice", "1")
	add("balance: between two clients at the maximum", "ann", "mini.bea", "1")
	add("balance: nothing between two clients at the maximum", "ann", "mini.bea", "0")
	add("balance: down by another client", "alice", "mini.bea", "500")
	add("balance: between two clients", "ann", "mini.bea", "500")
	add("balance: between two clients, rejected", "ann", "mini.bea", "500").answer = rejects("F99", "test.x", "no", "")
	add("balance: to a client that is not connected", "alice", "mini.zed", "100")
	s.add("balances", look{})

	add("rate: 2", "cat", "alice", "1")
	s.add("rate: config is not counted", prepare{from: "cat", to: "peer.config", amount: "0", condition: peerCondition})
	s.add("rate: garbage is not counted", send{from: "cat", bytes: func(packet) []byte { return []byte{99, 0} }}).wording = parser
	add("rate: 3, by another client", "dan", "alice", "1")
	s.add("rate: 4, to nowhere", prepare{from: "cat", to: "test.nowhere"})
	throttled := rejected("T05", "test.conn", "too many requests, throttling.")
	add("rate: 5, to another client", "cat", "few.dan", "1").differ(counted, throttled)
	add("rate: 6", "cat", "alice", "1")
	add("rate: 6, by another client", "dan", "alice", "1")
	s.add("rate: config is answered all the same", prepare{from: "dan", to: "peer.config", amount: "0", condition: peerCondition}).
		differ(counted, throttled)
	add("rate: what goes out is not counted", "alice", "few.dan", "1")

	add("throughput: in", "eve", "alice", "700")
	add("throughput: too much in by another client", "fay", "alice", "301")
	add("throughput: in by another client", "fay", "alice", "300")
	add("throughput: out", "alice", "out.gus", "700")
	add("throughput: too much out to another client", "alice", "out.hal", "301")
	add("throughput: out to another client", "alice", "out.hal", "300")
	add("the maximum of a packet", "gus", "alice", "1500")
	add("past the maximum of a packet", "hal", "alice", "1501")
	s.differs = miniLimitsFacts()
	return s
}

// miniLimitsFacts are the facts on which ours differs: requests for an address count, and the start makes none.
func miniLimitsFacts() []difference {
	s := slices.Concat(
		counter("incoming_ilp_packets", "few", 9, "3", counted, "result", "fulfilled"),
		counter("incoming_ilp_packets", "few", 9, "2", counted, "result", "failed"),
		counter("outgoing_ilp_packets", "few", 9, "1", counted, "result", "fulfilled"),
		counter("rate_limited_ilp_packets", "few", 9, "4", counted),
	)
	for id, fulfilled := range map[string]string{"mini": "4", "in": "2", "out": "1"} {
		s = append(s, counter("incoming_ilp_packets", id, 9, fulfilled, counted, "result", "fulfilled")...)
	}
	return s
}
