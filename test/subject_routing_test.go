package test

// routing is which account a packet goes to, and what is said when it goes nowhere.
func routing() subject {
	return subject{
		name: "routing",
		config: config{
			address: "test.conn",
			accounts: []account{
				child("alice", 9).with("balance", someBalance),
				child("bob", 9).with("balance", someBalance),
				child("gone", 9),
				child("shadow", 9),
				child("named", 9).with("ilpAddressSegment", "nickname"),
				peer("carl", 9),
			},
			env: map[string]string{
				"INITIAL_CONNECT_TIMEOUT": "300",
				"ROUTES": `[{"targetPrefix":"test.static","peerId":"bob"},
					{"targetPrefix":"test.static.deep","peerId":"carl"},
					{"targetPrefix":"test.conn.shadow","peerId":"carl"},
					{"targetPrefix":"test.lost","peerId":"nobody"}]`,
			},
		},
		absent: []string{"gone", "shadow"},
		scenarios: []scenario{
			{name: "a child's own address", do: prepare{from: "alice", to: "test.conn.bob"}},
			{name: "below a child", do: prepare{from: "alice", to: "test.conn.bob.wallet"}},
			{name: "far below a child", do: prepare{from: "alice", to: "test.conn.bob.a.b.c.d.e~f_-9"}},
			{name: "a child with a segment of its own", do: prepare{from: "alice", to: "test.conn.nickname.x"}},
			{name: "the name of a child with another segment", do: prepare{from: "alice", to: "test.conn.named.x"},
				differs: "an unknown child is unreachable", better: noRoute("alice", "test.conn.named.x")},
			{name: "a peer to a child", do: prepare{from: "carl", to: "test.conn.bob.wallet"}},
			{name: "a child that is not there", do: prepare{from: "alice", to: "test.conn.zed.x"},
				differs: "an unknown child is unreachable", better: noRoute("alice", "test.conn.zed.x")},
			{name: "a child whose name begins like another's", do: prepare{from: "alice", to: "test.conn.bobby"},
				differs: "an unknown child is unreachable", better: noRoute("alice", "test.conn.bobby")},
			{name: "an address that begins like our own", do: prepare{from: "alice", to: "test.connx.bob"}},
			{name: "another network", do: prepare{from: "alice", to: "g.conn.bob"}},
			{name: "no default route", do: prepare{from: "alice", to: "test.elsewhere"}},
			{name: "scheme private", do: prepare{from: "alice", to: "private.x"}},
			{name: "scheme example", do: prepare{from: "alice", to: "example.x"}},
			{name: "scheme self", do: prepare{from: "alice", to: "self.x"}},
			{name: "scheme local", do: prepare{from: "alice", to: "local.x"}},
			{name: "scheme test1", do: prepare{from: "alice", to: "test1.conn.bob"}},
			{name: "a child that is not connected", do: prepare{from: "alice", to: "test.conn.gone.x"}},
			{name: "back to the sender", do: prepare{from: "alice", to: "test.conn.alice.x"}},
			{name: "a configured route", do: prepare{from: "alice", to: "test.static.x"}},
			{name: "a configured prefix itself", do: prepare{from: "alice", to: "test.static"}},
			{name: "a longer configured route", do: prepare{from: "alice", to: "test.static.deep.x"}},
			{name: "an address that begins like a configured route", do: prepare{from: "alice", to: "test.staticx"}},
			{name: "a configured route before a child's address", do: prepare{from: "alice", to: "test.conn.shadow.x"}},
			{name: "a configured route to an unknown account", do: prepare{from: "alice", to: "test.lost.x"}},
			{name: "no account has the name of a property", do: prepare{from: "alice", to: "test.conn.constructor"},
				differs: "an unknown child is unreachable", better: noRoute("alice", "test.conn.constructor")},
		},
	}
}

// someBalance is a balance that no scenario exhausts.
var someBalance = map[string]string{"minimum": "-1000000000", "maximum": "1000000000"}

// noRoute is what test.conn says to a packet without a route.
func noRoute(from, to string) outcome {
	return rejected("F02", "test.conn", "no route found. source="+from+" destination="+to)
}
