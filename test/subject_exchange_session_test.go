package test

// routeSessions is what becomes of routes when neighbors go, are silent, or refuse what they are sent.
func routeSessions() subject {
	s := subject{
		name: "exchange-sessions",
		config: config{
			address:  "test.conn",
			accounts: []account{child("alice", 9), peer("carl", 9), peer("dave", 9), peer("zed", 9)},
			env:      uncounted(nil),
		},
	}
	add := func(name string, moves ...move) *scenario { return s.add(name, exchange(moves)) }
	again := `carl is asked for mode 1, any table from 0, features ["ilp-go/bulk"]`
	add("asked", asked{at: "carl", count: 1}).differ(bulk, narrated(again))
	add("asking", asks("dave"), asks("zed"), hear{at: "dave zed"}, says("carl", "+test.x", "+test.y"), hear{at: "dave zed"})

	// The one who tells goes and comes back.
	add("gone", hangup{"carl"}, becomes{"test.x", ""}, becomes{"test.y", ""}, lands{to: "test.x.y"}, hear{at: "dave zed"})
	add("gone and back", redial{at: "carl"}, ways{"test.x"}, status{"carl", "receive"}, status{"carl", "send"})
	add("gone and back, asked", asked{at: "carl", count: 1}).differ(bulk, narrated(again))
	add("telling again", says("carl", "+test.x"), becomes{"test.x", "carl"}, hear{at: "dave zed"})
	// The one who is told goes and comes back.
	add("gone meanwhile", hangup{"dave"}, says("carl", "+test.z"), hear{at: "zed"})
	add("back", redial{at: "dave"}, status{"dave", "send"}).
		differ("how far a neighbor was is remembered", narrated(`dave send: {"epoch":6,"mode":"IDLE"}`))
	add("back, not asking", says("carl", "-test.z"), hear{at: "zed"}, quiet{"dave"})
	add("back, asking for the rest", resumes("dave"), hear{at: "dave", exact: true})
	// A new connection takes the place of the old one.
	add("taken over", redial{at: "carl"}, lands{to: "test.x.1", at: "carl"}, ways{"test.x"}, status{"carl", "receive"})
	add("telling over the new one", says("carl", "+test.over"), ways{"test.over"}, hear{at: "dave zed"})
	add("taken over while listening", redial{at: "zed"}, says("carl", "-test.over"), hear{at: "dave zed"}, status{"zed", "send"})

	add("not asked again", asked{at: "carl"}, asked{at: "zed"})
	// What the neighbors refuse.
	no := rejects("F00", "test.carl", "not now", "")
	add("refusing", hangup{"carl"}, becomes{"test.x", ""}, redial{"carl", no})
	add("a refused control", asked{at: "carl", count: 2}).
		differ("a control that is refused is sent again soon", narrated(again, again))
	add("answering wrongly", hangup{"carl"}, redial{"carl", answer{Do: "fulfill", Preimage: preimageOf("wrong")}})
	add("a control that is answered wrongly", asked{at: "carl", count: 2}).
		differ("a fulfillment of something else is none", narrated(again, again))
	add("a refused update", hear{at: "dave zed"}, replies{"carl", answer{}}, replies{"dave", no}, begins{"carl"}, says("carl", "+test.r"), hear{at: "zed"})
	add("heard twice", news{"dave", 2}).
		differ("an update that is refused is told again", narrated(
			"dave hears +test.r by test.conn test.carl with auth of carl", "dave hears +test.r by test.conn test.carl with auth of carl"))
	add("not refusing any more", replies{"dave", answer{}}, resumes("dave"), gather{"dave"})
	return s
}

// heldRoutes is how long routes stay whose neighbor is silent.
func heldRoutes() subject {
	s := subject{
		name:     "exchange-hold-down",
		diverges: "the hold-down time is kept",
		config: config{
			address:  "test.conn",
			accounts: []account{child("alice", 9), peer("brief", 9), peer("steady", 9), peer("zed", 9)},
			env:      uncounted(map[string]string{"ROUTE_EXPIRY": "1000", "ROUTE_CLEANUP_INTERVAL": "100"}),
		},
	}
	add := func(name string, moves ...move) *scenario { return s.add(name, exchange(moves)) }
	briefly := func(t tell) tell {
		t.but = func(m *updateMessage) { m.hold = 1000 }
		return t
	}
	again := `brief is asked for mode 1, any table from 0, features ["ilp-go/bulk"]`
	add("asking", asks("zed"), hear{at: "zed"})
	add("telling and heartbeats", briefly(says("steady", "+test.kept")), says("steady"), ways{"test.kept"}, hear{at: "zed"})
	add("telling and no more", briefly(says("brief", "+test.short")), ways{"test.short"}, hear{at: "zed"})
	add("silent for too long", becomes{"test.short", ""}).
		differ("the hold-down time is kept", narrated("there is no way to test.short"))
	add("told on", hear{at: "zed"}).differ("the hold-down time is kept", narrated("zed hears -test.short"))
	add("asked again", asked{at: "brief", count: 2}).
		differ("who is silent is asked again", narrated(again, again))
	add("not silent", beats{"zed", 2}, ways{"test.kept"}, lands{to: "test.kept", at: "steady"})
	add("telling again", says("brief", "+test.short"), becomes{"test.short", "brief"})
	return s
}

// routeReconnects is what becomes of routes when a neighbor is back at once.
func routeReconnects() subject {
	const stay = "routes of a neighbor that is gone stay for a moment, after all others"
	s := subject{
		name:     "exchange-reconnects",
		diverges: stay,
		config: config{
			address:  "test.conn",
			accounts: []account{child("alice", 9), peer("carl", 9), peer("dave", 9), peer("zed", 9)},
			env:      uncounted(map[string]string{"ROUTE_BROADCAST_INTERVAL": "6000"}),
		},
	}
	add := func(name string, moves ...move) *scenario { return s.add(name, exchange(moves)) }
	add("asked", asked{at: "carl", count: 1}).
		differ(bulk, narrated(`carl is asked for mode 1, any table from 0, features ["ilp-go/bulk"]`))
	add("asking", asks("zed"), hear{at: "zed"}, says("carl", "+test.x", "+test.y"), hear{at: "zed"}, says("dave", "+test.y test.dave test.far"))
	add("gone", hangup{"carl"}, becomes{"test.y", "dave"}, lands{to: "test.y.1", at: "dave"})
	add("back", redial{at: "carl"}, ways{"test.x test.y"}).
		differ(stay, narrated("test.x is behind carl by test.carl", "test.y is behind dave by test.dave test.far"))
	add("asked again", asked{at: "carl", count: 1}).
		differ(stay, narrated(`carl is asked for mode 1, its table from 2, features ["ilp-go/bulk"]`))
	add("confirming", says("carl"), becomes{"test.x", "carl"}, becomes{"test.y", "carl"}).
		differ(stay, narrated("carl tells: fulfilled", "test.x is behind carl by test.carl", "test.y is behind carl by test.carl"))
	return s
}
