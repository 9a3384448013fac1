package test

// upstream is a connector with a parent, to which everything goes that is known nowhere else.
func upstream() subject {
	return subject{
		name: "upstream",
		config: config{
			address: "test.up.conn",
			accounts: []account{
				child("alice", 9),
				parent("second", 9).with("receiveRoutes", false).with("sendRoutes", false),
				parent("third", 9).with("receiveRoutes", false).with("sendRoutes", false),
			},
		},
		scenarios: []scenario{
			{name: "elsewhere", do: prepare{from: "alice", to: "test.elsewhere"}},
			{name: "beside us", do: prepare{from: "alice", to: "test.up.other"}},
			{name: "the parent itself", do: prepare{from: "alice", to: "test.up"}},
			{name: "another network", do: prepare{from: "alice", to: "g.elsewhere"}},
			{name: "down", do: prepare{from: "second", to: "test.up.conn.alice.x"}},
			{name: "down from another parent", do: prepare{from: "third", to: "test.up.conn.alice.x"}},
			{name: "up again", do: prepare{from: "second", to: "test.elsewhere"}},
			{name: "from parent to parent", do: prepare{from: "third", to: "test.elsewhere"}},
			{name: "an unknown child", do: prepare{from: "second", to: "test.up.conn.zed"},
				differs: "an unknown child is unreachable, not sent to the parent",
				better:  rejected("F02", "test.up.conn", "no route found. source=second destination=test.up.conn.zed")},
			{name: "config from below", do: prepare{from: "alice", to: "peer.config", amount: "0", condition: peerCondition}},
		},
	}
}

// inherited is a connector that has its address from its parent, the second of two, in production.
func inherited() subject {
	above := func(id string, scale int) account {
		a := parent(id, scale).with("receiveRoutes", false).with("sendRoutes", false)
		a.server, a.secret, a.gives = "btp+ws://:s3cret@127.0.0.1:PORT", "s3cret", "g."+id+".conn"
		return a
	}
	return subject{
		name: "inherited",
		config: config{
			accounts: []account{child("alice", 9), above("first", 9), above("second", 6)},
			env: map[string]string{
				"ENV": "production", "ILP_ADDRESS_INHERIT_FROM": "second", "REFLECT_PAYMENTS": "false", "DEFAULT_ROUTE": "second",
			},
		},
		scenarios: []scenario{
			{name: "the address", do: prepare{from: "alice", to: "peer.config", amount: "0", condition: peerCondition}},
			{name: "elsewhere", do: prepare{from: "alice", to: "g.elsewhere", amount: "5000"}},
			{name: "the test network", do: prepare{from: "alice", to: "test.elsewhere"}},
			{name: "down", do: prepare{from: "first", to: "g.second.conn.alice.x"}},
			{name: "down to the address of another parent", do: prepare{from: "first", to: "g.first.conn.alice.x"}},
			{name: "up again", do: prepare{from: "second", to: "g.elsewhere"}},
			{name: "back to the sender", do: prepare{from: "alice", to: "g.second.conn.alice.x"}},
			{name: "an echo back to the sender",
				do: prepare{from: "alice", to: "g.second.conn", data: echoData(0, "g.second.conn.alice.x")}},
			{name: "an echo to another", do: prepare{from: "alice", to: "g.second.conn", data: echoData(0, "g.elsewhere.x")}},
		},
	}
}
