package test

import (
	"slices"
	"strings"
	"time"
)

// answers is what a next hop may answer, and what the sender hears of it.
func answers() subject {
	s := subject{
		name: "answers",
		config: config{
			address: "test.conn",
			accounts: []account{
				child("alice", 9).with("balance", someBalance), child("bob", 9).with("balance", someBalance),
			},
		},
	}
	add := func(name string, a answer) *scenario {
		c := s.add(name, prepare{from: "alice", to: "test.conn.bob.x"})
		c.answer = a
		return c
	}
	raw := func(name string, b []byte) *scenario {
		return add("bytes: "+name, answer{Do: "bytes", Hex: hexOf(b)})
	}
	large := strings.Repeat("ab", 32767)
	everyByte := make([]byte, 256)
	for i := range everyByte {
		everyByte[i] = byte(i)
	}

	add("fulfilled", answer{})
	add("fulfilled with data", answer{Do: "fulfill", Data: hexOf(everyByte)})
	add("fulfilled with 32767 bytes", answer{Do: "fulfill", Data: large})
	add("the wrong fulfillment", wrong)
	add("rejected", rejects("F99", "test.conn.bob.x", "not today", hexOf(everyByte)))
	add("rejected with 32767 bytes", rejects("F99", "test.conn.bob.x", strings.Repeat("m", 300), large))
	add("rejected by nobody", rejects("T00", "", "", ""))
	add("rejected by someone far away", rejects("R99", "g.far.away", "caf\u00e9 \u20ac \U0001f600", "00"))
	add("rejected with an unknown code", rejects("X77", "test.x", "what", ""))
	add("rejected with R00", rejects("R00", "test.x", "packet expired.", ""))
	add("rejected for want of liquidity", rejects("T04", "test.x", "out of money", ""))
	add("rejected for the maximum balance", rejects("T04", "test.x", "exceeded maximum balance.", ""))
	add("rejected for the maximum balance again", rejects("T04", "test.x", "exceeded maximum balance.", ""))
	add("rejected for the maximum balance elsewhere", rejects("T04", "test.y", "exceeded maximum balance.", ""))
	add("rejected with F08 and amounts", rejects("F08", "test.x", "too large", "00000000000003e900000000000003e8"))

	add("no ilp entry", answer{Do: "nothing"}).wording = parser
	add("an empty ilp entry", answer{Do: "bytes"}).wording = parser
	add("an error", answer{Do: "throw", Name: "Error", Message: "oh \"no\""})
	add("an error with a code of its own", answer{Do: "throw", Name: "UnreachableError", Message: "away"})
	add("an error that is not known", answer{Do: "throw", Name: "WhateverError", Message: ""})
	add("other entries only", answer{Do: "entries", Entries: []entry{note(text, "hi")}}).wording = parser

	fulfill := func(name string) []byte {
		return envelope(13, append(unhex(preimageOf(name)), octetString(nil)...))
	}
	reject := func(code, by, message string) []byte {
		return envelope(14, []byte(code+string(octetString([]byte(by)))+string(octetString([]byte(message)))+"\x00"))
	}
	entriesOf := func(name string, entries ...entry) {
		add(name, answer{Do: "entries", Entries: entries})
	}
	entriesOf("a fulfill as text", entry{Name: "ilp", Type: text, Hex: hexOf(fulfill("a fulfill as text"))})
	entriesOf("a fulfill of content type 9", entry{Name: "ilp", Type: 9, Hex: hexOf(fulfill("a fulfill of content type 9"))})
	other := ilp(reject("F99", "test.x", "the other"))
	entriesOf("two packets, the first good", ilp(fulfill("two packets, the first good")), other)
	entriesOf("two packets, the last good", other, ilp(fulfill("two packets, the last good")))
	entriesOf("a text entry before", note(text, "hi"), ilp(fulfill("a text entry before")))
	entriesOf("bad JSON before", note(inJSON, "{"), ilp(fulfill("bad JSON before")))

	asSent := []delivery{{
		At: "bob", Amount: "100", Destination: "test.conn.bob.x", Expiry: "-1s after the sender's", Condition: "as sent",
	}}
	raw("type 0", []byte{0, 0}).wording = parser
	raw("type 255", []byte{255}).wording = parser
	request := raw("a prepare", packet{condition: conditionOf("00"), destination: "test.conn.alice"}.bytes())
	request.do = prepare{from: "alice", to: "test.conn.bob.x", expiresIn: 3 * time.Second}
	request.differ("a Prepare in a Response is a request", outcome{Reply: rejected("R00", "test.conn", "packet expired.").Reply, Received: asSent})
	raw("a type and no more: fulfill", []byte{13}).wording = parser
	raw("a type and no more: reject", []byte{14}).wording = parser
	raw("a fulfill without data", envelope(13, make([]byte, 32))).wording = parser
	raw("a fulfill that is cut off", fulfill("x")[:20]).wording = parser
	raw("a fulfill with a byte after", append(fulfill("bytes: a fulfill with a byte after"), 0)).
		differ(notPassedOn, outcome{Reply: reply{Type: "fulfill", Fulfillment: "the preimage"}, Received: asSent})
	const inside = "a fulfill with a byte after, inside"
	raw(inside, envelope(13, append(unhex(preimageOf("bytes: "+inside)), 0, 0)))
	raw("a reject that is cut off", reject("F99", "test.x", "cut")[:9]).wording = parser
	raw("a reject with a byte after", append(reject("F99", "test.x", "after"), 0)).
		differ(notPassedOn, outcome{Reply: rejected("F99", "test.x", "after").Reply, Received: asSent})
	raw("a reject by no address", reject("F99", "bob", "who")).wording = parser
	const printable = "a code is three printable characters"
	garbage := outcome{Reply: rejected("F00", "test.conn", "reject has invalid code").Reply, Received: asSent}
	raw("a reject with a code of zeros", reject("\x00\x00\x00", "test.x", "zeros")).differ(printable, garbage)
	raw("a reject with a code of high bits", reject("\xc6\x39\x39", "test.x", "high")).differ(printable, garbage)
	raw("a reject with a message that is not UTF-8", reject("F99", "test.x", "\xff\xfe"))
	raw("a reject with a long form of a length",
		append([]byte{14}, longForm(reject("F99", "test.x", "long")[1:], 2)...)).wording = parser
	raw("words", []byte("I am not a packet")).wording = parser
	add("fulfilled after all", answer{})

	const results = "an answer that does not parse is none"
	s.differs = slices.Concat(
		counter("outgoing_ilp_packets", "bob", 9, "12", results, "result", "fulfilled"),
		counter("outgoing_ilp_packets", "bob", 9, "19", results, "result", "failed"),
		counter("outgoing_ilp_packets", "bob", 9, "5", results, "code", "F99", "result", "rejected"),
		counter("outgoing_ilp_packets", "bob", 9, "", printable, "code", "\x00\x00\x00", "result", "rejected")[1:],
		[]difference{{ // the text format does not escape the zeros
			fact: "/metrics ilp_connector_outgoing_ilp_packets{account=\"bob\",asset=\"XRP\"," +
				"code=\"\x00\x00\x00\",result=\"rejected\",scale=\"9\"}",
			reason: printable,
		}},
		counter("outgoing_ilp_packet_value", "bob", 9, "2000", printable, "result", "failed"),
		counter("outgoing_ilp_packet_value", "bob", 9, "1400", printable, "result", "rejected"),
		counter("incoming_ilp_packets", "alice", 9, "20", printable, "result", "failed"),
		counter("incoming_ilp_packets", "alice", 9, "14", printable, "result", "rejected"),
		counter("incoming_ilp_packet_value", "alice", 9, "2000", printable, "result", "failed"),
		counter("incoming_ilp_packet_value", "alice", 9, "1400", printable, "result", "rejected"),
	)
	return s
}

// notPassedOn is why the two of them differ on answers with more bytes than their packet.
const notPassedOn = "bytes after a packet are not passed on"
