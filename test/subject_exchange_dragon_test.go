package test

// filteredRoutes is which routes are not told because a shorter one covers them, as DRAGON has it.
func filteredRoutes() subject {
	s := neighborhood("exchange-dragon", map[string]string{"ROUTES": `[{"targetPrefix":"test.set","peerId":"anna"}]`})
	s.diverges = "what a route has covered is told when that goes"
	add := func(name string, moves ...move) *scenario { return s.add(name, exchange(moves)) }
	everybody := hear{at: "kid ben pat"}
	add("asking", asks("kid"), asks("ben"), asks("pat"), everybody)

	add("a peer's below a child's", says("kid", "+test.a"), everybody, says("anna", "+test.a.x"), everybody, ways{"test.a.x"})
	add("a parent's below a child's", says("quinn", "+test.a.y"), everybody)
	add("a child's below a child's", says("kid", "+test.a.z.z"), everybody)
	add("a child's below a peer's", says("anna", "+test.b"), everybody, says("kid", "+test.b.x"), everybody)
	add("a peer's below another peer's", says("ben", "+test.b.y"), everybody)
	add("a parent's below a peer's", says("quinn", "+test.b.z"), everybody)
	add("a peer's below a parent's", says("quinn", "+test.c"), everybody, says("anna", "+test.c.x"), everybody)
	add("a parent's below another parent's", says("pat", "+test.c.y"), everybody)
	add("a peer's below a configured route to a peer", says("ben", "+test.set.x"), everybody)
	add("a child's below a configured route to a peer", says("kid", "+test.set.y"), everybody)
	add("alike, but not below", says("ben", "+test.bb", "+test.set2"), everybody)

	add("the shorter one later", says("ben", "+test.d.x"), everybody, says("anna", "+test.d"), everybody)
	add("the shorter one later, of a worse neighbor", says("kid", "+test.e.x"), everybody, says("anna", "+test.e"), everybody)
	add("the shorter one later, of those alike", says("ben", "+test.f.x", "+test.ff.x"), everybody, says("anna", "+test.f"), everybody)
	add("both in one", says("ben", "+test.h", "+test.h.x"), everybody)
	add("both in one, the longer one first", says("ben", "+test.g.x", "+test.g"), everybody).
		differ("what nobody has heard of is not withdrawn", narrated("ben tells: fulfilled",
			"kid hears +test.g by test.conn test.ben with auth of ben", "ben hears -test.g", "pat hears -test.g"))
	add("the longer one becomes better", says("kid", "+test.b.y"), everybody)
	add("the longer one goes", says("ben", "-test.d.x"), everybody)
	add("the shorter one goes with it", says("anna", "-test.d"), everybody)

	add("the shorter one goes", says("anna", "-test.f"), ways{"test.f.x"}, everybody).
		differ("what it has covered is told again", narrated("anna tells: fulfilled", "test.f.x is behind ben by test.ben",
			"kid hears +test.f.x by test.conn test.ben with auth of ben, -test.f",
			"ben hears -test.f, -test.f.x", "pat hears -test.f, -test.f.x"))
	add("a better shorter one goes", says("kid", "-test.a"), everybody).
		differ("what it has covered is told again", narrated("kid tells: fulfilled",
			"kid hears +test.a.x by test.conn test.anna with auth of anna, +test.a.y by test.conn test.quinn with auth of quinn, "+
				"-test.a, -test.a.z.z",
			"ben hears +test.a.x by test.conn test.anna with auth of anna, +test.a.y by test.conn test.quinn with auth of quinn, "+
				"+test.a.z.z by test.conn test.conn.kid with auth of kid, -test.a",
			"pat hears +test.a.z.z by test.conn test.conn.kid with auth of kid, -test.a, -test.a.x, -test.a.y"))
	add("a worse shorter one comes", says("pat", "+test.a"), everybody).
		differ("it covers only what was told again and is no better", narrated("pat tells: fulfilled",
			"kid hears +test.a by test.conn test.pat with auth of pat, -test.a.y",
			"ben hears +test.a by test.conn test.pat with auth of pat, -test.a.y",
			"pat hears -test.a, -test.a.y"))
	return s
}
