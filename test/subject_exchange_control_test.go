package test

import (
	"slices"
	"time"
)

// routeControls is who may ask for routes and what is said to that, from the first update to a malformed control.
func routeControls() subject {
	s := subject{
		name: "exchange-controls",
		config: config{
			address: "test.conn",
			accounts: []account{
				child("alice", 9),
				child("told", 9).with("sendRoutes", true),
				child("telling", 9).with("receiveRoutes", true),
				peer("carl", 9),
				peer("dave", 9),
				peer("mute", 9).with("sendRoutes", false),
				peer("deaf", 9).with("receiveRoutes", false),
				peer("closed", 9).with("sendRoutes", false).with("receiveRoutes", false),
				parent("pat", 9),
			},
			env: exchanging(map[string]string{
				"ROUTE_EXPIRY": "20000",
				"ROUTES": `[{"targetPrefix":"test.static","peerId":"carl"},
					{"targetPrefix":"test.static.kept","peerId":"alice"},
					{"targetPrefix":"test.conn.special","peerId":"carl"},
					{"targetPrefix":"g.elsewhere","peerId":"carl"},
					{"targetPrefix":"test.lost","peerId":"nobody"}]`,
			}),
		},
	}
	// What the connector itself asks for when it starts.
	for _, id := range []string{"telling", "carl", "mute", "pat"} {
		s.add("the first control to "+id, exchange{asked{at: id, count: 1}}).
			differ(bulk, narrated(id+` is asked for mode 1, any table from 0, features ["ilp-go/bulk"]`))
	}

	// Who may ask, and who may tell.
	for _, id := range []string{"alice", "telling", "mute", "closed"} {
		s.add(id+" may not ask", asks(id))
	}
	for _, id := range []string{"alice", "told", "deaf", "closed"} {
		s.add(id+" may not tell", says(id, "+test.x"))
	}
	s.add("nobody has told anything", exchange{ways{"test.x test.static test.conn.special g.elsewhere test.lost test"}})

	// The first update and what follows.
	for _, id := range []string{"carl", "told", "pat", "deaf", "dave"} {
		s.add("everything for "+id, exchange{asks(id), hear{at: id, exact: true}})
	}
	s.add("everything once more", exchange{asks("carl"), hear{at: "carl", exact: true}, status{"carl", "send"}})
	s.add("only the last epochs", exchange{control{from: "carl", mode: modeSync, known: true, back: 2}, hear{at: "carl", exact: true}})
	s.add("nothing that is known", exchange{resumes("carl"), beats{"carl", 2}, status{"carl", "send"}})
	s.add("another table", exchange{control{from: "dave", mode: modeSync, table: "11111111111141118111111111111111"}, hear{at: "dave", exact: true}})
	s.add("no more updates", exchange{
		control{from: "carl", mode: modeIdle, known: true}, status{"carl", "send"},
		says("pat", "+test.pat.a"), hear{at: "dave"}, quiet{"carl"},
	})
	s.add("updates again", exchange{resumes("carl"), hear{at: "carl"}, status{"carl", "send"}})
	s.add("an unknown mode", exchange{
		control{from: "carl", mode: 2, known: true}, says("pat", "+test.pat.b"), hear{at: "dave"}, quiet{"carl"},
	})
	s.add("an unknown mode, by name", exchange{status{"carl", "send"}}).
		differ("the reference has no name for it", narrated(`carl send: {"epoch":4,"mode":"MODE 2"}`))
	s.add("after an unknown mode", exchange{resumes("carl"), hear{at: "carl"}})
	s.add("features", exchange{control{from: "carl", mode: modeSync, known: true, features: []string{"", "x", "caf\u00e9"}}})
	s.add("many features", control{from: "carl", mode: modeSync, known: true, features: make([]string, 32)})
	s.add("more features than anybody has", control{from: "carl", mode: modeSync, known: true, features: make([]string, 33)}).
		differ("messages are bounded", rejected("F00", "test.conn", "ccp message contains too many features"))
	s.add("a feature that is no text", control{from: "carl", mode: modeSync, known: true, features: []string{"\xff"}}).
		differ("features are UTF-8", rejected("F00", "test.conn", "ccp message contains text that is not utf-8"))

	// What is no control.
	add := func(name string, c control) { s.add(name, c) }
	spoilt := func(name string, bytes func([]byte) []byte) {
		s.add(name, control{from: "carl", mode: modeSync, bytes: bytes}).wording = parser
	}
	spoilt("no data", func([]byte) []byte { return nil })
	spoilt("no table", func(d []byte) []byte { return d[:1] })
	spoilt("half a table", func(d []byte) []byte { return d[:9] })
	spoilt("half an epoch", func(d []byte) []byte { return d[:19] })
	spoilt("no features", func(d []byte) []byte { return d[:21] })
	spoilt("a feature less than it says", func(d []byte) []byte { return append(d[:21], 1, 1) })
	spoilt("an absurd number of features", func(d []byte) []byte { return append(d[:21], 4, 0xff, 0xff, 0xff, 0xff) })
	spoilt("a number of features without digits", func(d []byte) []byte { return append(d[:21], 0) })
	spoilt("a feature with an odd length", func(d []byte) []byte { return append(d[:21], 1, 1, 0x81, 1, 'x') })
	s.add("a byte after", control{from: "carl", mode: modeIdle, bytes: func(d []byte) []byte { return append(d, 0) }})
	add("expired", control{from: "carl", mode: modeSync, prepare: prepare{expiresIn: -time.Second}})
	add("with an amount", control{from: "carl", prepare: prepare{amount: "7"}})
	add("with another condition", control{from: "carl", mode: modeSync, prepare: prepare{condition: conditionOf("00")}})
	all := "+test.conn by test.conn with auth of its own, +test.pat.a by test.conn test.pat with auth of pat, " +
		"+test.pat.b by test.conn test.pat with auth of pat, +test.static by test.conn with auth of its own, " +
		"+test.static.kept by test.conn with auth of its own"
	s.add("meanwhile", exchange{hear{at: "told"}})
	s.add("epochs that have not been", exchange{
		control{from: "told", mode: modeSync, known: true, back: -9}, beats{"dave", 3}, gather{"told"},
	}).differ(anew, narrated("told asks: fulfilled", "dave hears 3 heartbeats in time", "told hears "+all+", table 2"))
	s.add("no more after that", control{from: "told"})
	s.add("for the others", exchange{hear{at: "dave deaf pat"}, quiet{"carl"}})
	s.add("all the while", exchange{quiet{"alice telling mute closed"}})
	for _, id := range []string{"alice", "told", "deaf", "closed"} {
		s.add("no control to "+id, exchange{asked{at: id}})
	}
	const two = "two controls are refused"
	s.differs = slices.Concat(
		counter("incoming_ilp_packets", "carl", 9, "12", two, "result", "fulfilled"),
		counter("incoming_ilp_packets", "carl", 9, "13", two, "result", "failed"),
	)
	for id, controls := range map[string]string{"alice": "2", "closed": "2", "deaf": "1", "mute": "1", "telling": "1", "told": "1"} {
		s.differs = append(s.differs, counter("incoming_ilp_packets", id, 9, "", declined, "result", "failed")...)
		s.differs = append(s.differs, counter("incoming_ilp_packets", id, 9, controls, declined, "result", "rejected")...)
	}
	return s
}

// declined is why a control that we are configured to decline is counted in another place.
const declined = "a request that is declined by configuration is no failure"

// anew is what becomes of a neighbor that says it is where nobody has been.
const anew = "who cannot be told the rest is told everything under another table id"

// bulk is why our controls are not those of the reference.
const bulk = "we ask for larger updates, which only our own kind knows"
