package test

// inheritedRoutes is the exchange of routes by a connector that has its address from its parent, in production.
func inheritedRoutes() subject {
	above := parent("above", 9)
	above.server, above.secret, above.gives = "btp+ws://:s3cret@127.0.0.1:PORT", "s3cret", "g.above.conn"
	s := subject{
		name: "exchange-inherited",
		config: config{
			accounts: []account{child("alice", 9), above, peer("carl", 9)},
			env:      uncounted(map[string]string{"ENV": "production", "ILP_ADDRESS_INHERIT_FROM": "above"}),
		},
	}
	add := func(name string, moves ...move) *scenario { return s.add(name, exchange(moves)) }
	for _, id := range []string{"above", "carl"} {
		add("the control to "+id, asked{at: id, count: 1}).
			differ(bulk, narrated(id+` is asked for mode 1, any table from 0, features ["ilp-go/bulk"]`))
		add("everything for "+id, asks(id), hear{at: id, exact: true})
	}
	as := func(speaker string, t tell) tell {
		t.but = func(m *updateMessage) { m.speaker = speaker }
		return t
	}
	add("of the parent", as("g.above", says("above", "+g.above g.above", "+g g.above", "+g.far g.above g.far", "+test.x g.above")),
		ways{"g.above g g.far test.x"}, hear{at: "carl above"}, lands{to: "g.far.x", at: "above"}, lands{to: "g.farther", at: "above"})
	add("of a peer", as("g.carl", says("carl", "+g.carl g.carl", "+g.far g.carl g.x g.far", "+g.loop g.carl g.above.conn g.loop")),
		ways{"g.carl g.far g.loop"}, hear{at: "carl above"}, lands{to: "g.far.x", at: "carl"})
	add("not asked again", asked{at: "above"}, asked{at: "carl"})
	return s
}

// disabledRoutes is a connector that does not exchange routes.
func disabledRoutes() subject {
	s := subject{
		name:     "exchange-disabled",
		diverges: "only the exchange of routes is disabled",
		config: config{
			address: "test.conn",
			accounts: []account{
				child("alice", 9), child("kid", 9).with("receiveRoutes", true).with("sendRoutes", true), peer("carl", 9), parent("pat", 9),
			},
			env: uncounted(map[string]string{
				"ROUTE_BROADCAST_ENABLED": "false",
				"ROUTES":                  `[{"targetPrefix":"test.set","peerId":"carl"}]`,
			}),
		},
	}
	for _, id := range []string{"alice", "kid", "carl", "pat"} {
		s.add(id+" may not ask", asks(id))
		s.add(id+" may not tell", says(id, "+test.x"))
	}
	for _, c := range []struct{ name, to, at string }{
		{"a child", "test.conn.kid.x", "kid"}, {"a configured route", "test.set.x", "carl"}, {"the default route", "test.far", "pat"},
	} {
		s.add(c.name, exchange{lands{to: c.to, at: c.at}}).
			differ("only the exchange of routes is disabled", narrated(c.to+" is received by "+c.at))
	}
	s.add("the connector", exchange{ways{"test.conn"}}).differ("only the exchange of routes is disabled", narrated("test.conn is here"))
	s.add("nobody is asked", exchange{asked{at: "kid"}, asked{at: "carl"}, asked{at: "pat"}, quiet{"kid carl pat"}, status{"carl", "send"}})
	return s
}
