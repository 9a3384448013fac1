package test

import "slices"

// sockets is what a listener says to those who connect to it.
func sockets() subject {
	s := subject{
		name: "sockets",
		config: config{
			address:  "test.conn",
			accounts: []account{child("alice", 9), child("door", 9)},
			env:      map[string]string{"INITIAL_CONNECT_TIMEOUT": "300"},
		},
		absent: []string{"door"},
	}
	const token = "secret-of-door"
	add := func(name string, steps ...step) {
		s.add(name, converse{with: "door", steps: steps})
	}
	asText := func(s string) entry { return entry{Name: "auth_token", Type: text, Hex: hexOf([]byte(s))} }
	asOctets := func(s string) entry { return entry{Name: "auth_token", Hex: hexOf([]byte(s))} }
	in := func(entries ...entry) step { return sends(btp(btpMessage, 4711, entries...)) }
	first := func(name string, entries ...entry) { add(name, in(entries...)) }
	// refused is a first packet after which the connector closes.
	refused := func(name string, message []byte) { add(name, step{write: frame(binaryFrame, message), hear: 2}) }
	nothing := btp(btpMessage, 7)

	// The first packet.
	first("a login", authEntries("", asOctets(token))...)
	first("the token as text", authEntries("", asText(token))...)
	first("a user name", authEntries("someone", asText(token))...)
	first("the token before the user name", entry{Name: "auth"}, asOctets(token), entry{Name: "auth_username"})
	first("no user name", entry{Name: "auth"}, asOctets(token))
	first("more entries", append(authEntries("", asOctets(token)), note(text, "hi"), note(octets, "\x00"))...)
	first("something in auth", entry{Name: "auth", Type: text, Hex: hexOf([]byte("hi"))}, asOctets(token))
	refused("another token", login(4711, "secret-of-dooR"))
	refused("a shorter token", login(4711, "secret"))
	refused("a longer token", login(4711, token+"x"))
	refused("an empty token", login(4711, ""))
	refused("no token", btp(btpMessage, 4711, authEntries("x")...))
	refused("auth alone", btp(btpMessage, 4711, entry{Name: "auth"}))
	refused("no entries", btp(btpMessage, 4711))
	refused("auth in the second place", btp(btpMessage, 4711, asOctets(token), entry{Name: "auth"}))
	refused("a packet before the login", btp(btpMessage, 4711, ilp([]byte{12}), note(text, "hi")))
	refused("a response", btp(btpResponse, 4711, authEntries("", asOctets(token))...))
	refused("a transfer", btpOf(btpTransfer, 4711, append(make([]byte, 8), protocolData(authEntries("", asOctets(token)))...)))
	for name, message := range map[string][]byte{
		"nothing at all":            nil,
		"one byte":                  {6},
		"zeros":                     make([]byte, 64),
		"an unknown type":           btp(99, 4711, authEntries("", asOctets(token))...),
		"a type of BTP 1":           btp(3, 4711, authEntries("", asOctets(token))...),
		"a login that is cut off":   login(4711, token)[:30],
		"a length of 4 GiB":         append(login(4711, token)[:5], longLength(1<<32-1, 4)...),
		"more entries than are":     btpOf(btpMessage, 4711, append([]byte{1, 200}, protocolData(authEntries(""))[2:]...)),
		"a count of a billion":      btpOf(btpMessage, 4711, []byte{4, 0x40, 0, 0, 0}),
		"a count without an octet":  btpOf(btpMessage, 4711, []byte{0}),
		"a count of seven octets":   btpOf(btpMessage, 4711, []byte{7, 0, 0, 0, 0, 0, 0, 0}),
		"a length in the long form": slices.Concat(login(4711, token)[:5], longForm(login(4711, token)[5:], 3)),
	} {
		add("first, "+name, step{write: frame(binaryFrame, message), hear: 1})
	}
	add("first, a text frame", step{write: frame(textFrame, []byte("hello")), hear: 1})
	add("first, a login in a text frame", step{write: frame(textFrame, login(4711, token)), hear: 1})
	add("first, a ping", step{write: frame(pingFrame, []byte("hi")), hear: 1}, sends(login(4711, token)))
	add("a byte after the entries", sends(btpOf(btpMessage, 4711, append(protocolData(authEntries("", asOctets(token))), 0))))
	add("a byte after the packet", sends(append(login(4711, token), 0)), sends(nothing))

	// And those that follow.
	loggedIn := func(name string, steps ...step) { add(name, slices.Concat([]step{sends(login(1, token))}, steps)...) }
	loggedIn("a message", sends(nothing))
	loggedIn("a second login", sends(login(2, token)))
	loggedIn("a second login with another token", sends(login(2, "x")), sends(nothing))
	loggedIn("a ping", step{write: frame(pingFrame, []byte("hello")), hear: 1}, sends(nothing))
	loggedIn("a pong", step{write: frame(pongFrame, nil)}, sends(nothing))
	loggedIn("fragments", step{write: slices.Concat(
		frameOf(false, binaryFrame, true, nothing[:3]), frame(pingFrame, nil),
		frameOf(false, continuation, true, nothing[3:4]), frameOf(true, continuation, true, nothing[4:]),
	), hear: 2})
	eight := btp(btpMessage, 8)
	loggedIn("two messages at once", atOnce(nothing, eight))
	add("a message with the login", atOnce(login(1, token), nothing))
	loggedIn("a response that nobody waits for", step{write: frame(binaryFrame, btp(btpResponse, 99))}, sends(nothing))
	loggedIn("an error that nobody waits for", step{write: frame(binaryFrame, btpOf(btpError, 99, slices.Concat([]byte("F00"),
		octetString([]byte("Error")), octetString([]byte("20400101000000.000Z")), octetString(nil), []byte{1, 0})))},
		sends(nothing))
	loggedIn("a transfer, later", sends(btpOf(btpTransfer, 9, append(make([]byte, 8), 1, 0))), sends(nothing))
	loggedIn("garbage", step{write: frame(binaryFrame, []byte("garbage")), hear: 1})
	loggedIn("an empty message", step{write: frame(binaryFrame, nil), hear: 1})
	loggedIn("an unknown type", step{write: frame(binaryFrame, btp(99, 7)), hear: 1})
	loggedIn("a text frame", step{write: frame(textFrame, nothing), hear: 1})
	loggedIn("a frame without a mask", step{write: frameOf(true, binaryFrame, false, nothing), hear: 1})
	s.scenarios[len(s.scenarios)-1].differ("RFC 6455 has a server close the connection (section 5.1)",
		outcome{Reply: reply{Type: "frames", Frames: []string{"0: response to 1 with []", "0: closed"}}})
	loggedIn("an unknown opcode", step{write: frame(3, nothing), hear: 1})
	loggedIn("a reserved bit", step{write: append([]byte{0xc0 | binaryFrame}, frame(binaryFrame, nothing)[1:]...), hear: 1})
	loggedIn("a close", step{write: frame(closeFrame, []byte{3, 232}), hear: 1})
	add("a new socket takes over",
		step{socket: 0, write: frame(binaryFrame, login(1, token)), hear: 1},
		step{socket: 1, write: frame(binaryFrame, login(2, token)), hear: 1},
		step{socket: 1, write: frame(binaryFrame, nothing), hear: 1},
		step{socket: 0, write: frame(binaryFrame, eight), hear: 2},
		step{socket: 1, write: frame(binaryFrame, nothing), hear: 1},
	)
	s.add("any path", converse{with: "door", path: "/some/path?x=1", steps: []step{sends(login(1, token))}})
	s.add("another account goes on", prepare{from: "alice", to: "test.conn.alice"})
	s.differs = append(s.differs, difference{fact: "/alerts alerts.[]", better: "1 entries", reason: refusedLogins})
	return s
}

// refusedLogins is why ours has an alert that the reference lacks.
const refusedLogins = "logins that are refused again and again raise an alert"
