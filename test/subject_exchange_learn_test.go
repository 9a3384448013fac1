package test

// learnedRoutes is what a peer tells in good order and in bad, what becomes of packets, and what another peer hears.
func learnedRoutes() subject {
	s := subject{
		diverges: "what an old table said does not hold any more",
		name:     "exchange-learned",
		config: config{
			address:  "test.conn",
			accounts: []account{child("alice", 9), peer("carl", 9), peer("dave", 9)},
			env:      uncounted(nil),
		},
	}
	add := func(name string, moves ...move) *scenario { return s.add(name, exchange(moves)) }
	add("asking", asks("dave"), hear{at: "dave"}, asked{at: "carl", count: 1}, asked{at: "dave", count: 1}).
		differ(bulk, narrated("dave asks: fulfilled", "dave hears table 1, +test.conn by test.conn with auth of its own",
			`carl is asked for mode 1, any table from 0, features ["ilp-go/bulk"]`,
			`dave is asked for mode 1, any table from 0, features ["ilp-go/bulk"]`))

	// In good order.
	add("a route",
		lands{to: "test.x.y"}, says("carl", "+test.x"), lands{to: "test.x.y", at: "carl"}, lands{to: "test.x", at: "carl"},
		lands{to: "test.xy"}, ways{"test.x"}, hear{at: "dave"}, status{"carl", "receive"})
	add("a heartbeat", says("carl"), ways{"test.x"}, hear{at: "dave"}, status{"carl", "receive"})
	add("a longer route of another", says("dave", "+test.x.y test.dave test.far"),
		lands{to: "test.x.y.z", at: "dave"}, lands{to: "test.x.z", at: "carl"}, hear{at: "dave"},
		says("dave", "-test.x.y"), lands{to: "test.x.y.w", at: "carl"})
	add("a withdrawal", says("carl", "-test.x"), lands{to: "test.x.z"}, hear{at: "dave"})
	add("withdrawn again", says("carl", "-test.x", "-test.never"), ways{"test.x test.never"}, hear{at: "dave"})
	add("the same once more", says("carl", "+test.x"), says("carl", "+test.x"), ways{"test.x"}, hear{at: "dave"})
	add("many at once", says("carl", "+test.a", "+test.b test.carl test.b", "-test.x", "+test.c"),
		ways{"test.a test.b test.c test.x"}, hear{at: "dave"})
	add("withdrawn and told in one", says("carl", "-test.a", "+test.a"), ways{"test.a"}, hear{at: "dave"})
	add("told twice in one", says("carl", "+test.two", "+test.two test.carl test.far"), ways{"test.two"}, hear{at: "dave"})

	add("asking twice", asks("carl"), hear{at: "carl"}, asks("carl"), hear{at: "carl"})
	add("asked again", asked{at: "carl", count: 1}).
		differ("who begins anew has probably forgotten what it was asked for",
			narrated(`carl is asked for mode 1, its table from 14, features ["ilp-go/bulk"]`))

	// In bad order. The peer is at 14 by now.
	epochs := func(from, to uint32, news ...string) tell {
		return tell{from: "carl", news: news, but: func(m *updateMessage) { m.from, m.to, m.current = from, to, max(m.current, to) }}
	}
	add("so far", status{"carl", "receive"})
	add("old", epochs(0, 1, "+test.old"), epochs(2, 12, "-test.a"), ways{"test.old test.a"}, status{"carl", "receive"})
	add("up to where we are", epochs(3, 14, "+test.here"), ways{"test.here"}, status{"carl", "receive"}, hear{at: "dave"})
	add("overlapping", epochs(5, 15, "+test.more"), ways{"test.more"}, status{"carl", "receive"}, hear{at: "dave"})
	add("behind a gap", epochs(20, 21, "+test.gap"), ways{"test.gap"}, status{"carl", "receive"})
	add("after a gap", asked{at: "carl", count: 1}).
		differ("what is missing is asked for", narrated(`carl is asked for mode 1, its table from 15, features ["ilp-go/bulk"]`))
	add("a heartbeat behind a gap", epochs(22, 22), status{"carl", "receive"})
	add("after another gap", asked{at: "carl", count: 1}).
		differ("what is missing is asked for", narrated(`carl is asked for mode 1, its table from 15, features ["ilp-go/bulk"]`))
	add("what was missing", epochs(15, 22, "+test.gap"), ways{"test.gap"}, status{"carl", "receive"}, hear{at: "dave"})
	add("not all there is", tell{from: "carl", news: []string{"+test.part"}, but: func(m *updateMessage) { m.current += 9 }},
		ways{"test.part"}, status{"carl", "receive"})

	// Another table.
	add("another table", hear{at: "dave"}, begins{"carl"}, says("carl", "+test.new"), ways{"test.new"}, status{"carl", "receive"})
	add("the routes of the table before", ways{"test.a test.two test.gap"}).
		differ("what an old table said does not hold any more", narrated(
			"there is no way to test.a", "there is no way to test.two", "there is no way to test.gap"))
	add("told on", hear{at: "dave"}).
		differ("what an old table said does not hold any more", narrated("dave hears +test.new by test.conn test.carl with auth of carl, "+
			"-test.a, -test.b, -test.c, -test.gap, -test.here, -test.more, -test.part, -test.two"))
	add("another table behind a gap", begins{"carl"}, epochs(3, 4, "+test.late"), ways{"test.late"}, status{"carl", "receive"})
	add("after another table", asked{at: "carl", count: 1}).
		differ("what is missing is asked for", narrated(`carl is asked for mode 1, its table from 0, features ["ilp-go/bulk"]`))
	return s
}
