package test

// bestRoutes is which of the routes to one prefix is used, and what another hears each time it is a different one.
func bestRoutes() subject {
	s := subject{
		name: "exchange-best",
		config: config{
			address: "test.conn",
			accounts: []account{
				child("alice", 9),
				child("kid", 9).with("receiveRoutes", true),
				child("kim", 9).with("receiveRoutes", true),
				peer("ben", 9), peer("anna", 9), peer("Anna", 9),
				parent("quinn", 9), parent("pat", 9),
				peer("zed", 9),
			},
			env: uncounted(map[string]string{
				"ROUTES": `[{"targetPrefix":"test.set","peerId":"ben"},
					{"targetPrefix":"test.conn.kim","peerId":"kid"},
					{"targetPrefix":"test.lost","peerId":"nobody"}]`,
			}),
		},
	}
	add := func(name string, moves ...move) { s.add(name, append(exchange{}, moves...)) }
	// Each route is followed by what is used then and what that means for others.
	follow := func(name, prefix string, tells ...tell) {
		var moves []move
		for _, t := range tells {
			moves = append(moves, t, ways{prefix}, hear{at: "zed"})
		}
		add(name, moves...)
	}
	add("asking", asks("zed"), hear{at: "zed"})
	follow("a child before a peer before a parent", "test.r",
		says("pat", "+test.r"),
		says("ben", "+test.r test.ben test.b test.c test.d"),
		says("kid", "+test.r test.conn.kid test.b test.c test.d test.e"))
	add("where packets go", lands{to: "test.r.x", at: "kid"})
	follow("the best goes", "test.r", says("kid", "-test.r"), says("ben", "-test.r"), says("pat", "-test.r"))
	follow("the worst goes first", "test.w",
		says("kid", "+test.w"), says("ben", "+test.w"), says("pat", "+test.w"),
		says("pat", "-test.w"), says("ben", "-test.w"), says("kid", "-test.w"))
	follow("the shorter path", "test.p",
		says("anna", "+test.p test.anna test.b test.c"),
		says("ben", "+test.p test.ben test.c"),
		says("zed", "+test.p"))
	follow("the best path becomes longer", "test.p", says("zed", "+test.p test.zed test.b test.c test.d"))
	follow("the second path becomes shorter", "test.p", says("anna", "+test.p"))
	follow("no path is the shortest", "test.p", tell{from: "zed", news: []string{"+test.p"}, but: func(m *updateMessage) { m.announced[0].path = nil }})
	follow("the account id", "test.i", says("ben", "+test.i"), says("zed", "+test.i"), says("anna", "+test.i"), says("Anna", "+test.i"),
		says("Anna", "-test.i"), says("ben", "-test.i"), says("anna", "-test.i"))
	follow("the account id of parents", "test.j", says("quinn", "+test.j"), says("pat", "+test.j"))
	follow("the account id of children", "test.k", says("kim", "+test.k"), says("kid", "+test.k"))
	follow("a configured route", "test.set", says("kid", "+test.set"), says("ben", "+test.set"), says("ben", "-test.set"), says("kid", "-test.set"))
	follow("a configured route to an unknown account", "test.lost", says("pat", "+test.lost"), says("pat", "-test.lost"))
	add("a configured route before a child's address", ways{"test.conn.kim"}, lands{to: "test.conn.kim.x", at: "kid"})
	add("a child's address", says("kim", "+test.conn.kid"), says("kim", "+test.conn.alice"),
		ways{"test.conn.kid test.conn.alice"}, hear{at: "zed"})
	add("the default route", ways{"test"}, says("pat", "+test"), says("anna", "+test"), ways{"test"}, hear{at: "zed"},
		lands{to: "test.somewhere", at: "quinn"})
	add("the longer prefix", says("kid", "+test.l"), says("pat", "+test.l.m"), says("anna", "+test.l.m.n"),
		lands{to: "test.l.x", at: "kid"}, lands{to: "test.l.m.x", at: "pat"}, lands{to: "test.l.m.n", at: "anna"},
		hear{at: "zed"})
	return s
}
