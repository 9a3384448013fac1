package test

import "fmt"

// neighborhood is a connector with neighbors of each kind, all of whom speak the routing protocol.
func neighborhood(name string, more map[string]string) subject {
	return subject{
		name: name,
		config: config{
			address: "test.conn",
			accounts: []account{
				child("alice", 9),
				child("kid", 9).with("receiveRoutes", true).with("sendRoutes", true),
				peer("anna", 9), peer("ben", 9),
				parent("pat", 9), parent("quinn", 9),
			},
			env: exchanging(more),
		},
	}
}

// toldRoutes is what each neighbor is told of what another has said.
func toldRoutes() subject {
	s := neighborhood("exchange-told", nil)
	s.diverges = "changes of a path are told on"
	add := func(name string, moves ...move) *scenario { return s.add(name, exchange(moves)) }
	everybody := hear{at: "kid anna ben pat quinn"}
	for _, id := range []string{"kid", "anna", "ben", "pat", "quinn"} {
		add("asking for "+id, asks(id), hear{at: id})
	}
	add("of a peer", says("anna", "+test.p test.anna test.p"), everybody)
	add("of a parent", says("pat", "+test.q"), everybody)
	add("of a child", says("kid", "+test.c"), everybody)
	add("a child is better", says("kid", "+test.p test.conn.kid test.p"), everybody)
	add("the peer is best again", says("kid", "-test.p"), everybody)
	add("another peer is better", says("ben", "+test.p"), everybody)
	add("nobody has it", says("ben", "-test.p"), everybody, says("anna", "-test.p"), everybody)
	add("on a path through whom it is told", says("anna", "+test.v test.anna test.ben test.v"), everybody)
	add("of a parent, withdrawn", says("pat", "-test.q"), everybody)
	add("everything once more", asks("quinn"), hear{at: "quinn", exact: true})

	add("heartbeats", beats{"pat", 2}, quiet{"kid anna ben pat quinn"})
	add("a quick succession", says("anna", "+test.s.a"), says("anna", "+test.s.b"), says("ben", "+test.s.c"), says("ben", "+test.s.d"),
		gather{"kid anna ben pat quinn"}, spaced{"kid"}, spaced{"anna"})

	add("another path", says("ben", "+test.t test.ben test.far"), everybody, says("ben", "+test.t test.ben test.near"))
	add("another path is used", ways{"test.t"}).
		differ("changes of a path are told on", narrated("test.t is behind ben by test.ben test.near"))
	add("another path is told on", everybody).
		differ("changes of a path are told on", narrated(
			"kid hears +test.t by test.conn test.ben test.near with auth of ben",
			"anna hears +test.t by test.conn test.ben test.near with auth of ben",
			"ben hears -test.t", "pat hears -test.t", "quinn hears -test.t"))
	auth := says("ben", "+test.t test.ben test.near")
	auth.but = func(m *updateMessage) { m.announced[0].auth = authBy("anna", "test.t") }
	add("another auth", auth, everybody).
		differ("changes of a path are told on", narrated("ben tells: fulfilled",
			"kid hears +test.t by test.conn test.ben test.near with auth of anna",
			"anna hears +test.t by test.conn test.ben test.near with auth of anna",
			"ben hears -test.t", "pat hears -test.t", "quinn hears -test.t"))

	add("many routes", says("kid", many(120)...), portions{"kid"}, portions{"anna"}, portions{"ben"}, portions{"pat"}, portions{"quinn"})
	// There are 129 of them besides our own, and some epochs whose routes have been replaced since.
	add("many epochs", asks("anna"), portions{"anna"}, spaced{"anna"}).
		differ("epochs without news take no room", narrated("anna asks: fulfilled", "anna hears updates of 50, 50, 30",
			"anna hears updates with pauses"))
	add("in one update", control{from: "anna", mode: modeSync, features: []string{"ilp-go/bulk"}}, portions{"anna"}).
		differ("who asks for larger updates gets them", narrated("anna asks: fulfilled", "anna hears updates of 130"))
	return s
}

// many are words about so many new prefixes.
func many(count int) (news []string) {
	for i := range count {
		news = append(news, fmt.Sprint("+test.m", i))
	}
	return news
}
