package test

import "fmt"

// ilp is the entry of protocol data that carries a packet.
func ilp(b []byte) entry { return entry{Name: "ilp", Type: octets, Hex: hexOf(b)} }

// note is an entry of protocol data that means nothing to a connector.
func note(contentType int, contents string) entry {
	return entry{Name: "note", Type: contentType, Hex: hexOf([]byte(contents))}
}

// entries is what may stand in a BTP request: packets that are no Prepare, and all sorts of protocol data.
func entries() subject {
	s := subject{
		name: "entries",
		config: config{
			address: "test.conn",
			accounts: []account{
				child("alice", 9).with("balance", someBalance), child("bob", 9).with("balance", someBalance),
			},
		},
	}
	add := func(name string, entries func(good packet) []entry) *scenario {
		return s.add(name, call{from: "alice", entries: entries})
	}
	packetOf := func(name string, b []byte) *scenario {
		return add(name, func(packet) []entry { return []entry{ilp(b)} })
	}
	// An answer that no request waits for says nothing.
	answerOf := func(name string, b []byte) {
		packetOf(name, b).differ("an answer in a Message is an answer", outcome{Reply: reply{Type: "response"}})
	}
	typed := func(name string, contentType int, contents string) {
		add(name, func(packet) []entry {
			return []entry{{Name: "ilp", Type: contentType, Hex: hexOf([]byte(contents))}}
		})
	}

	answerOf("a fulfill", envelope(13, append(make([]byte, 32), octetString(nil)...)))
	answerOf("a reject", envelope(14, []byte("F00\x06test.x\x02no\x00")))
	answerOf("a fulfill that is cut off", []byte{13})
	packetOf("type 0", []byte{0, 0})
	packetOf("type 1", []byte{1, 0})
	packetOf("type 11", []byte{11, 0})
	packetOf("type 15", []byte{15, 0})
	packetOf("type 99", []byte{99, 0})
	packetOf("type 255", []byte{255})
	packetOf("an empty packet", nil)

	for _, contentType := range []int{0, 3, 99, 255} {
		add(fmt.Sprint("content type ", contentType), func(good packet) []entry {
			return []entry{{Name: "ilp", Type: contentType, Hex: hexOf(good.bytes())}}
		})
	}
	typed("a packet as text", text, "hello")
	typed("an empty text", text, "")
	typed("a packet as JSON: object", inJSON, `{"a":1}`)
	typed("a packet as JSON: array", inJSON, `[]`)
	typed("a packet as JSON: string", inJSON, `"x"`)
	typed("a packet as JSON: empty string", inJSON, `""`)
	typed("a packet as JSON: number", inJSON, `5`)
	typed("a packet as JSON: zero", inJSON, `0`)
	typed("a packet as JSON: true", inJSON, `true`)
	typed("a packet as JSON: false", inJSON, `false`)
	typed("a packet as JSON: null", inJSON, `null`)

	add("two packets, the last good", func(good packet) []entry { return []entry{ilp([]byte{99}), ilp(good.bytes())} })
	add("two packets, the first good", func(good packet) []entry { return []entry{ilp(good.bytes()), ilp([]byte{99})} })
	add("an octet entry before", func(good packet) []entry { return []entry{note(octets, "\x00\xff"), ilp(good.bytes())} })
	add("a text entry before", func(good packet) []entry { return []entry{note(text, "hi"), ilp(good.bytes())} })
	add("a text entry after", func(good packet) []entry { return []entry{ilp(good.bytes()), note(text, "hi")} })
	add("a JSON entry before", func(good packet) []entry { return []entry{note(inJSON, `{"a":[1]}`), ilp(good.bytes())} })
	add("bad JSON before", func(good packet) []entry { return []entry{note(inJSON, `{`), ilp(good.bytes())} }).
		wording = "the reference repeats the words of its JSON parser"
	add("bad JSON after", func(good packet) []entry { return []entry{ilp(good.bytes()), note(inJSON, ``)} }).
		wording = "the reference repeats the words of its JSON parser"
	add("bad JSON alone", func(packet) []entry { return []entry{note(inJSON, `{'a':1}`)} }).
		wording = "the reference repeats the words of its JSON parser"
	add("no packet", func(packet) []entry { return []entry{note(text, "hi")} })
	add("no entries", func(packet) []entry { return nil })
	add("a name in capitals", func(good packet) []entry { return []entry{{Name: "ILP", Hex: hexOf(good.bytes())}} })
	add("many entries", func(good packet) []entry {
		var all []entry
		for range 300 {
			all = append(all, note(text, "hi"))
		}
		return append(all, ilp(good.bytes()))
	})

	money := func(name, amount string, entries ...entry) {
		s.add(name, call{from: "alice", transfer: amount, entries: func(packet) []entry { return entries }})
	}
	money("a transfer", "100")
	money("a transfer of nothing", "0")
	money("a transfer of everything", "18446744073709551615")
	money("a transfer with an entry", "100", note(text, "hi"))
	const unmatched = "an answer in a Message counts with those that no request waits for"
	s.differs = append(counter("incoming_ilp_packets", "alice", 9, "14", unmatched, "result", "failed"),
		difference{fact: "/alerts alerts.[]", better: "1 entries", reason: lateIsMoney})
	return s
}
