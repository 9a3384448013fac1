package test

import (
	"slices"
	"time"
)

// miniPackets is packets to and from the clients of an account that takes many, and what a client may answer.
func miniPackets() subject {
	s := subject{
		name: "mini-packets",
		config: config{
			address: "test.conn",
			accounts: []account{
				child("alice", 9).with("balance", someBalance),
				mini("mini", 9).with("balance", someBalance),
				peer("carl", 6).with("receiveRoutes", false).with("sendRoutes", false),
			},
			env: map[string]string{"MIN_MESSAGE_WINDOW": "200", "ROUTES": `[{"targetPrefix":"test.peer","peerId":"carl"}]`},
		},
		clients: []client{{"ann", "mini"}, {"bea", "mini"}},
	}
	to := func(name, from, to string) *scenario {
		return s.add(name, prepare{from: from, to: "test.conn" + to, data: "00ff"})
	}
	to("client to client", "ann", ".mini.bea")
	to("below a client", "ann", ".mini.bea.wallet.x")
	to("client to itself", "ann", ".mini.ann")
	to("client to account", "ann", ".alice")
	to("account to client", "alice", ".mini.bea")
	s.add("client to peer", prepare{from: "ann", to: "test.peer.x", amount: "5000"})
	to("peer to client", "carl", ".mini.ann")
	to("to an unknown client", "alice", ".mini.zed")
	to("client to an unknown client", "ann", ".mini.zed")
	to("to the bare prefix", "alice", ".mini")
	to("client to the bare prefix", "ann", ".mini")
	to("to an account that is like it", "alice", ".minix.ann").
		differ("an unknown child is unreachable", noRoute("alice", "test.conn.minix.ann"))
	to("to a part of a name", "alice", ".mini.an")
	to("to a name in capitals", "alice", ".mini.ANN")
	to("client to nowhere", "ann", "ections.x")
	s.add("an echo", prepare{from: "ann", to: "test.conn", data: echoData(0, "test.conn.mini.ann.x")})
	s.add("an echo to another client", prepare{from: "ann", to: "test.conn", data: echoData(0, "test.conn.mini.bea.x")})
	s.add("after the expiry", prepare{from: "ann", to: "test.conn.mini.bea", expiresIn: -time.Second})
	s.add("everything", prepare{from: "ann", to: "test.conn.mini.bea", amount: most})
	s.add("nothing", prepare{from: "ann", to: "test.conn.mini.bea", amount: "0"})

	// What a client answers.
	answered := func(name string, a answer) *scenario {
		c := s.add("answer: "+name, prepare{from: "alice", to: "test.conn.mini.bea"})
		c.answer = a
		return c
	}
	fulfill := func(name string) []byte {
		return envelope(13, append(unhex(preimageOf("answer: "+name)), octetString(nil)...))
	}
	answered("fulfilled with data", answer{Do: "fulfill", Data: "00ff"})
	unfit := func(code, message string) outcome {
		o := rejected(code, "test.conn", message)
		o.Received = []delivery{{
			At: "bea", Amount: "100", Destination: "test.conn.mini.bea", Expiry: "-200ms after the sender's", Condition: "as sent",
		}}
		return o
	}
	// The words are those of parsers, and forgiven.
	unread := func(c *scenario) {
		c.wording = parser
		c.differ(noAnswer, unfit("F00", "failed to send packet: Packet has invalid type"))
	}
	answered("the wrong fulfillment", wrong).differ(engineWords, unfit("F05", "fulfillment did not match expected value."))
	answered("rejected", rejects("F99", "test.conn.mini.bea", "not today", "00ff"))
	answered("rejected by nobody", rejects("T00", "", "", ""))
	answered("an error", answer{Do: "throw", Name: "Error", Message: `oh "no"`})
	unread(answered("no ilp entry", answer{Do: "nothing"}))
	unread(answered("an empty ilp entry", answer{Do: "entries", Entries: []entry{ilp(nil)}}))
	unread(answered("other entries only", answer{Do: "entries", Entries: []entry{note(text, "hi")}}))
	answered("a text entry before", answer{Do: "entries", Entries: []entry{note(text, "hi"), ilp(fulfill("a text entry before"))}})
	answered("a fulfill as text", answer{Do: "entries", Entries: []entry{{Name: "ilp", Type: text, Hex: hexOf(fulfill("a fulfill as text"))}}})
	other := ilp(envelope(14, []byte("F99\x06test.x\x05other\x00")))
	answered("two packets", answer{Do: "entries", Entries: []entry{ilp(fulfill("two packets")), other}})
	unread(answered("garbage", answer{Do: "bytes", Hex: hexOf([]byte("garbage"))}))
	answered("a fulfill that is cut off", answer{Do: "bytes", Hex: hexOf(fulfill("")[:20])}).wording = parser
	answered("a prepare", answer{Do: "bytes", Hex: hexOf(packet{condition: conditionOf("00"), destination: "test.conn.alice"}.bytes())}).
		differ("a Prepare in a Response is a request", unfit("R00", "packet expired."))
	none := s.add("answer: none", prepare{from: "alice", to: "test.conn.mini.bea", expiresIn: 2 * time.Second})
	none.answer = silent
	none.differ(engineWords, unfit("R00", "packet expired."))
	to("answered again", "alice", ".mini.bea")
	s.scenarios = slices.Concat(s.scenarios, miniRequests())
	s.differs = miniPacketsFacts()
	return s
}

// miniPacketsFacts are the facts on which ours differs.
func miniPacketsFacts() []difference {
	const own = "the plugin of the reference rejects in the name of the client, where our connector refuses"
	return slices.Concat(
		counter("incoming_ilp_packets", "mini", 9, "11", counted, "result", "fulfilled"),
		counter("incoming_ilp_packets", "mini", 9, "2", declined, "result", "rejected"),
		counter("incoming_ilp_packets", "alice", 9, "2", own, "result", "rejected"),
		counter("incoming_ilp_packet_value", "alice", 9, "200", own, "result", "rejected"),
		counter("incoming_ilp_packets", "alice", 9, "14", own, "result", "failed"),
		counter("incoming_ilp_packet_value", "alice", 9, "1400", own, "result", "failed"),
		counter("outgoing_ilp_packet_value", "mini", 9, "200", own, "result", "rejected"),
		counter("outgoing_ilp_packet_value", "mini", 9, "1500", own, "result", "failed"),
		counter("outgoing_ilp_packets", "mini", 9, "14", own, "result", "failed"),
		counter("outgoing_ilp_packets", "mini", 9, "", own, "result", "rejected", "code", "F05"),
		counter("outgoing_ilp_packets", "mini", 9, "", own, "result", "rejected", "code", "R00"),
		counter("outgoing_ilp_packets", "mini", 9, "14", "a wrong fulfillment counts as the client sent it, as that of any peer",
			"result", "fulfilled"),
		[]difference{{fact: "/alerts alerts.[]", better: "1 entries", reason: lateIsMoney}},
	)
}

// miniRequests is what else a client, ann, may ask.
func miniRequests() []scenario {
	var s subject
	raw := func(name string, bytes []byte) {
		s.add("packet: "+name, send{from: "ann", bytes: func(packet) []byte { return bytes }}).wording = parser
	}
	answerOf := func(name string, bytes []byte) {
		s.add("packet: "+name, send{from: "ann", bytes: func(packet) []byte { return bytes }}).
			differ("an answer in a Message is an answer", outcome{Reply: reply{Type: "empty"}})
	}
	raw("empty", nil)
	raw("type 99", []byte{99, 0})
	raw("a prepare that is cut off", []byte{12, 1, 1})
	answerOf("a fulfill", envelope(13, append(make([]byte, 32), octetString(nil)...)))
	answerOf("a reject", envelope(14, []byte("F00\x06test.x\x02no\x00")))
	spoil := func(name string, change func(p *prepareParts)) {
		c := spoilt("ann", "packet: "+name, change)
		c.wording = parser
		s.scenarios = append(s.scenarios, c)
	}
	spoil("a bad address", func(p *prepareParts) { p.destination = octetString([]byte("test..x")) })
	spoil("a bad expiry", func(p *prepareParts) { p.expiry = []byte("2040010100000000x") })
	spoil("bytes after the data", func(p *prepareParts) {
		p.destination, p.after = octetString([]byte("test.conn.alice")), []byte{1, 2, 3}
	})

	entries := func(name string, entries func(good packet) []entry) *scenario {
		return s.add("entries: "+name, call{from: "ann", entries: func(good packet) []entry {
			good.destination = "test.conn.alice"
			return entries(good)
		}})
	}
	only := func(name string, e ...entry) *scenario { return entries(name, func(packet) []entry { return e }) }
	only("none")
	only("text", note(text, "hi"))
	only("info", entry{Name: "info", Type: octets, Hex: "02"})
	only("info as text", entry{Name: "info", Type: text, Hex: hexOf([]byte("hi"))})
	only("custom", entry{Name: "custom", Type: inJSON, Hex: hexOf([]byte(`{"a":1}`))})
	only("bad JSON", note(inJSON, "{")).wording = "the reference repeats the words of its JSON parser"
	only("a packet as text", entry{Name: "ilp", Type: text, Hex: hexOf([]byte("hello"))}).wording = parser
	only("a packet as JSON", entry{Name: "ilp", Type: inJSON, Hex: hexOf([]byte(`{"a":1}`))}).wording = parser
	entries("a note before the packet", func(good packet) []entry { return []entry{note(text, "hi"), ilp(good.bytes())} })
	entries("two packets, the last good", func(good packet) []entry { return []entry{ilp([]byte{99}), ilp(good.bytes())} })
	s.add("a transfer", call{from: "ann", transfer: "100", entries: func(packet) []entry { return nil }})
	s.add("a transfer with an entry", call{from: "ann", transfer: "0", entries: func(packet) []entry { return []entry{note(text, "hi")} }})

	routes := func(name, to, data string) {
		s.add("routes: "+name, prepare{from: "ann", to: to, amount: "0", condition: peerCondition, data: data})
	}
	routes("control", "peer.route.control", routeControl)
	routes("update", "peer.route.update", routeUpdate)
	routes("an unknown message", "peer.route.unknown", "")
	routes("an unknown protocol", "peer.unknown", "")
	return s.scenarios
}
