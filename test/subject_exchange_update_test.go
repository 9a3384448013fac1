package test

import (
	"slices"
	"strings"
	"time"
)

// routeUpdates is what an update may say, and what is believed of it.
func routeUpdates() subject {
	s := subject{
		diverges: "not everything is believed",
		name:     "exchange-updates",
		config: config{
			address:  "test.conn",
			accounts: []account{child("alice", 9), child("kid", 9).with("receiveRoutes", true), peer("carl", 9), peer("dave", 9)},
			env:      exchanging(map[string]string{"ROUTES": `[{"targetPrefix":"test.static","peerId":"dave"}]`}),
		},
	}
	add := func(name string, moves ...move) *scenario { return s.add(name, exchange(moves)) }
	told := func(news ...string) tell { return says("carl", news...) }
	but := func(change func(m *updateMessage), news ...string) tell {
		return tell{from: "carl", news: news, but: change}
	}

	// Prefixes.
	add("outside the global prefix", told("+g.x", "+private.x", "+tes", "+example"), ways{"g.x private.x tes example"})
	add("the whole network", told("+test"), ways{"test"})
	add("like the global prefix", told("+test1.x", "+testing"), ways{"test1.x testing"}).
		differ("a prefix is whole segments", narrated("carl tells: fulfilled", "there is no way to test1.x", "there is no way to testing"))
	add("every character", told("+test.aZ09_~-.0"), ways{"test.aZ09_~-.0"})
	add("capitals", told("+test.Case"), ways{"test.Case test.case"})
	for _, prefix := range []string{"test.", "test..a", "test.a.", "test.a!", "test.a/b", "test." + strings.Repeat("a", 1019)} {
		shown := prefix[:min(len(prefix), 9)]
		add("the prefix "+shown, told("+"+prefix), knows{prefix}).
			differ("a prefix is that of an address", narrated("carl tells: fulfilled", "it is not known"))
	}
	add("a configured prefix", told("+test.static"), ways{"test.static"})
	add("the address of the connector", told("+test.conn"), ways{"test.conn"})
	add("the address of a child", told("+test.conn.alice"), says("kid", "+test.conn.kid"), ways{"test.conn.alice test.conn.kid"})
	add("an address below that of the connector", told("+test.conn.zed"), ways{"test.conn.zed"}).
		differ("who has an address below ours is for us to say", narrated("carl tells: fulfilled", "there is no way to test.conn.zed"))
	add("good ones among bad", told("+g.y", "+test.good", "+test"), ways{"g.y test.good test"})

	// Paths.
	add("through the connector", told("+test.loop test.carl test.conn test.loop"), ways{"test.loop"})
	add("through a child of the connector", told("+test.via test.carl test.conn.alice test.via"), ways{"test.via"})
	add("first well", told("+test.turn test.carl test.turn"), ways{"test.turn"})
	add("then through the connector", told("+test.turn test.carl test.conn test.turn"), ways{"test.turn"}).
		differ("what a neighbor says replaces what it said", narrated("carl tells: fulfilled", "there is no way to test.turn"))
	add("no path", but(func(m *updateMessage) { m.announced[0].path = nil }, "+test.nopath"), ways{"test.nopath"})
	add("a path that begins with another", told("+test.other test.dave"), ways{"test.other"}).
		differ("a path begins with who tells it", narrated("carl tells: fulfilled", "there is no way to test.other"))
	add("a path with no address in it", told("+test.strange test.carl not_an_address"), ways{"test.strange"}).
		differ("a path is of addresses", narrated("carl tells: fulfilled", "there is no way to test.strange"))
	add("a path of 64", told("+test.far test.carl"+strings.Repeat(" test.hop", 63)), knows{"test.far"})
	add("a path of 65", told("+test.farther test.carl"+strings.Repeat(" test.hop", 64)), knows{"test.farther"}).
		differ("messages are bounded", narrated("carl tells: fulfilled", "it is not known"))
	add("a path through the same twice", told("+test.twice test.carl test.a test.carl"), ways{"test.twice"})

	// Speakers and epochs.
	add("another speaker", but(func(m *updateMessage) { m.speaker = "test.other" }, "+test.speaker test.other"), ways{"test.speaker"}).
		differ("a table of another speaker is a new table", narrated("carl tells: fulfilled", "there is no way to test.speaker"))
	add("another speaker with another table", begins{"carl"},
		but(func(m *updateMessage) { m.speaker = "test.other" }, "+test.others test.other"), ways{"test.others"}, begins{"carl"}, told())
	for _, speaker := range []string{"test.conn", "test.conn.alice", "test.conn.zed"} {
		add("the speaker "+speaker, begins{"carl"},
			but(func(m *updateMessage) { m.speaker = speaker }, "+test.as "+speaker), ways{"test.as"}, begins{"carl"}, told("-test.as")).
			differ("nobody speaks for us", narrated("carl tells: rejected by test.conn with F00 route update has the wrong speaker",
				"there is no way to test.as", "carl tells: fulfilled"))
	}
	for _, speaker := range []string{"", "nobody", "test..x"} {
		add("the speaker "+speaker, but(func(m *updateMessage) { m.speaker = speaker }, "-test.as")).
			differ("a speaker is an address", narrated("carl tells: rejected by test.conn with F00 ccp message contains an invalid speaker"))
	}
	impossible := narrated("carl tells: rejected by test.conn with F00 route update has impossible epochs", "there is no way to test.epochs")
	add("from after to", but(func(m *updateMessage) { m.from = m.to + 1 }, "+test.epochs"), ways{"test.epochs"}).
		differ("such epochs cannot be", impossible)
	add("to after the last", but(func(m *updateMessage) { m.to = m.current + 1 }, "+test.epochs"), ways{"test.epochs"}).
		differ("such epochs cannot be", impossible)

	// What is no update.
	for _, c := range []struct {
		name  string
		bytes func([]byte) []byte
	}{
		{"no data", func([]byte) []byte { return nil }},
		{"half a table", func(d []byte) []byte { return d[:9] }},
		{"half an epoch", func(d []byte) []byte { return d[:30] }},
		{"half a speaker", func(d []byte) []byte { return d[:37] }},
		{"no routes", func(d []byte) []byte { return d[:42] }},
		{"half a prefix", func(d []byte) []byte { return d[:48] }},
		{"a prefix with an odd length", func(d []byte) []byte { return slices.Concat(d[:44], []byte{0x81}, d[44:]) }},
		{"half an auth", func(d []byte) []byte { return d[:90] }},
		{"no withdrawn routes", func(d []byte) []byte { return d[:len(d)-2] }},
		{"an absurd number of routes", func(d []byte) []byte { return append(d[:42], 4, 0xff, 0xff, 0xff, 0xff) }},
		{"an absurd number of withdrawn routes", func(d []byte) []byte { return append(d[:len(d)-2], 6, 0, 0x1f, 0xff, 0xff, 0xff, 0xff) }},
		{"an absurd path", func(d []byte) []byte { return append(d[:len(d)-48], 4, 0xff, 0xff, 0xff, 0xff) }},
		{"absurd properties", func(d []byte) []byte { return append(d[:len(d)-4], 4, 0xff, 0xff, 0xff, 0xff) }},
		{"a number too large to be one", func(d []byte) []byte { return append(d[:42], 9, 1, 0, 0, 0, 0, 0, 0, 0, 0) }},
	} {
		s.add(c.name, tell{from: "carl", news: []string{"+test.bad"}, bytes: c.bytes}).wording = parser
	}
	add("nothing came of that", ways{"test.bad"})
	s.add("a byte after", tell{from: "carl", bytes: func(d []byte) []byte { return append(d, 0) }})
	s.add("a number with a zero in front", tell{from: "carl", news: []string{"+test.zero"}, bytes: func(d []byte) []byte {
		return slices.Concat(d[:42], []byte{2, 0, 1}, d[44:])
	}})
	properties := func(p ...byte) tell {
		return but(func(m *updateMessage) { m.announced[0].props = p }, "+test.properties")
	}
	add("properties", properties(1, 2, 0xf0, 0, 1, 2, 'h', 'i', 0x40, 0xff, 0xff, 0), ways{"test.properties"})
	add("a property that is no text", properties(1, 1, 0x90, 0, 1, 1, 0xff)).
		differ("text is UTF-8", narrated("carl tells: rejected by test.conn with F00 ccp message contains text that is not utf-8"))
	s.add("a byte after the packet", send{from: "carl", bytes: func(good packet) []byte {
		p := packet{expiresAt: good.expiresAt, condition: peerCondition, destination: "peer.route.update", data: routeUpdate}
		return append(p.bytes(), 0)
	}})
	s.add("expired", tell{from: "carl", news: []string{"+test.expired"}, prepare: prepare{expiresIn: -time.Second}})
	s.add("with an amount", tell{from: "carl", prepare: prepare{amount: "7"}})
	s.add("with another condition", tell{from: "carl", prepare: prepare{condition: conditionOf("00")}})
	add("nothing came of that either", ways{"test.expired"})
	const nine = "nine updates are refused"
	s.differs = slices.Concat(
		counter("incoming_ilp_packets", "carl", 9, "37", nine, "result", "fulfilled"),
		counter("incoming_ilp_packets", "carl", 9, "25", nine, "result", "failed"),
	)
	return s
}
