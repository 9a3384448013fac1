package test

import (
	"maps"
	"slices"
	"strings"
)

// parser excuses the words about a malformed packet: those of the reference are its parser's.
const parser = "the reference repeats the words of its parser"

// malformed is what happens to a Prepare that is not as the RFCs have it, where ours agrees with the reference.
func malformed() subject {
	s := subject{
		name: "malformed",
		config: config{
			address:  "test.conn",
			accounts: []account{child("alice", 9).with("balance", someBalance), child("bob", 9), child("plain", 9)},
		},
	}
	spoil := func(name string, change func(p *prepareParts)) {
		s.scenarios = append(s.scenarios, spoilt("alice", name, change))
	}
	whole := func(name string, b func(good packet) []byte) {
		s.scenarios = append(s.scenarios, scenario{name: name, wording: parser, do: send{from: "plain", bytes: b}})
	}
	toLength := func(octets int) func(p *prepareParts) {
		return func(p *prepareParts) { p.destination = longForm(p.destination, octets) }
	}

	spoil("nothing", func(*prepareParts) {})
	s.scenarios = append(s.scenarios, malformedAddresses()...)

	spoil("length of the address: long form of 1", toLength(1))
	spoil("length of the address: long form of 2", toLength(2))
	spoil("length of the address: long form of 4", toLength(4))
	spoil("length of the address: 7 octets", toLength(7))
	spoil("length of the address: indefinite", func(p *prepareParts) { p.destination[0] = 0x80 })
	spoil("length of the address: 127 octets", func(p *prepareParts) { p.destination[0] = 0xff })
	spoil("length of the address: past the end", func(p *prepareParts) { p.destination[0] = 0x7f })
	spoil("length of the data: long form of 1", func(p *prepareParts) { p.data = longForm(p.data, 1) })
	spoil("length of the data: long form of 3", func(p *prepareParts) { p.data = longForm(p.data, 3) })
	spoil("length of the data: past the end", func(p *prepareParts) { p.data[0]++ })
	spoil("length of the data: 4 GiB", func(p *prepareParts) { p.data = longLength(1<<32-1, 4) })
	spoil("length of the data: 2^48-1", func(p *prepareParts) { p.data = longLength(1<<48-1, 6) })
	spoil("length of the data: absent", func(p *prepareParts) { p.data = nil })
	spoil("a byte after the data, inside", func(p *prepareParts) { p.after = []byte{0} })
	spoil("a packet after the data, inside", func(p *prepareParts) { p.after = p.contents() })
	spoil("an empty packet", func(p *prepareParts) { *p = prepareParts{} })

	for _, cut := range []struct {
		name string
		at   int
	}{
		{"in the amount", 7}, {"after the amount", 8}, {"in the expiry", 24}, {"after the expiry", 25},
		{"in the condition", 56}, {"after the condition", 57}, {"in the address", 70}, {"in the data", 80},
	} {
		whole("cut off "+cut.name, func(good packet) []byte { return envelope(12, good.parts().contents()[:cut.at]) })
	}
	whole("a type and no more", func(packet) []byte { return []byte{12} })
	whole("one byte missing at the end", func(good packet) []byte { b := good.bytes(); return b[:len(b)-1] })
	whole("a byte after the packet", func(good packet) []byte { return append(good.bytes(), 0) })
	whole("a packet after the packet", func(good packet) []byte { return append(good.bytes(), good.bytes()...) })
	whole("length of the packet: long form of 2", func(good packet) []byte {
		return append([]byte{12}, longForm(octetString(good.parts().contents()), 2)...)
	})
	whole("length of the packet: 2^48-1", func(packet) []byte { return append([]byte{12}, longLength(1<<48-1, 6)...) })
	whole("length of the packet: 0", func(packet) []byte { return []byte{12, 0} })

	s.scenarios = append(s.scenarios, malformedExpiries()...)
	return s
}

// malformedAddresses are Prepares whose destination is no address, or a strange one.
func malformedAddresses() []scenario {
	longest := "test.conn.bob." + strings.Repeat("x", 1023-len("test.conn.bob."))
	addresses := map[string]string{
		"every character that is allowed": "test.conn.bob." +
			"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_~-",
		"1023 characters":           longest,
		"1024 characters":           longest + "x",
		"a line feed at the end":    "test.conn.bob\n",
		"a zero byte at the end":    "test.conn.bob\x00",
		"not ASCII, either way":     "test.conn.bob.\u00e9", // 0xa9 is a parenthesis without its high bit
		"nothing":                   "",
		"a space before":            " test.conn.bob",
		"a space after":             "test.conn.bob ",
		"the peer scheme by itself": "peer",
	}
	for _, wrong := range []string{
		"test", "g", "test.", ".test", ".test.conn.bob", "test..bob", "test.conn..bob", "test.conn.bob.",
		"foo.bar", "test0.x", "test4.x", "TEST.conn.bob", "Test.conn.bob", "gg.x", "test.conn.b ob", "test.conn.bob+x",
		"test.conn.bob/x", "test.conn.bob*", "test.conn.bob:1", "test.conn.bob$", "test.conn.bob%20", "test,conn,bob",
	} {
		addresses[wrong] = wrong
	}
	var scenarios []scenario
	for _, name := range slices.Sorted(maps.Keys(addresses)) {
		scenarios = append(scenarios, spoilt("alice", "address: "+name, func(p *prepareParts) {
			p.destination = octetString([]byte(addresses[name]))
		}))
	}
	return scenarios
}

// malformedExpiries are Prepares whose expiry is no Interledger timestamp, or a strange one.
func malformedExpiries() []scenario {
	return []scenario{
		withExpiry("29 February", "20400229000000000"),
		withExpiry("a letter in the year", "2o400101000000000"),
		withExpiry("a letter in the milliseconds", "2040010100000000x"),
		withExpiry("an exponent", "2e30101000000.000"),
		withExpiry("zero bytes", string(make([]byte, 17))),
		withExpiry("a millisecond after the start of 1970", "19700101000000001"),
		withExpiry("the last of all", "99991231235959999"),
	}
}

func withExpiry(name, timestamp string) scenario {
	return spoilt("alice", "expiry: "+name, func(p *prepareParts) { p.expiry = []byte(timestamp) })
}

// spoilt is a good packet of which one thing is changed.
func spoilt(from, name string, change func(p *prepareParts)) scenario {
	return scenario{name: name, wording: parser, do: send{from: from, bytes: func(good packet) []byte {
		p := good.parts()
		change(&p)
		return p.bytes()
	}}}
}
