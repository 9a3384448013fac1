package test

import "strings"

// echoData is the payload of an echo request: the prefix, the type and the address to answer to.
func echoData(echoType byte, source string) string {
	return hexOf(append(append([]byte("ECHOECHOECHOECHO"), echoType), octetString([]byte(source))...))
}

// echo is what the connector does with packets for itself.
func echo() subject {
	s := subject{
		name: "echo",
		config: config{
			address: "test.conn",
			accounts: []account{
				child("alice", 9).with("balance", someBalance),
				child("bob", 6).with("balance", someBalance),
			},
		},
	}
	add := func(name, data string) *scenario {
		return s.add(name, prepare{from: "alice", to: "test.conn", amount: "5000", data: data})
	}
	add("to the sender", echoData(0, "test.conn.alice.x"))
	add("to another account", echoData(0, "test.conn.bob.x"))
	add("rejected", echoData(0, "test.conn.alice.x")).answer = rejects("F99", "test.conn.alice.x", "no", "0102")
	add("the wrong fulfillment", echoData(0, "test.conn.alice.x")).answer = wrong
	add("bytes after the address", echoData(0, "test.conn.alice.x")+"ffff")
	add("to nowhere", echoData(0, "test.nowhere.x"))
	add("to ourselves", echoData(0, "test.conn")).
		differ("our own address has no next hop", noRoute("alice", "test.conn"))
	add("to an unknown child", echoData(0, "test.conn.zed.x")).
		differ("an unknown child is unreachable", noRoute("alice", "test.conn.zed.x"))
	add("to no address", echoData(0, "not an address")).wording = parser
	add("to an empty address", echoData(0, "")).wording = parser
	add("to a peer protocol", echoData(0, "peer.config"))
	add("a long address", echoData(0, "test.conn.alice."+strings.Repeat("x", 300)))
	add("an answer", echoData(1, "test.conn.alice.x"))
	add("an answer as it should be", hexOf([]byte("ECHOECHOECHOECHO\x01")))
	add("type 2", echoData(2, "test.conn.alice.x"))
	add("type 255", echoData(255, "test.conn.alice.x"))
	add("no data", "")
	add("too short by a byte", hexOf([]byte("ECHOECHOECHOECHO")))
	add("no address", hexOf([]byte("ECHOECHOECHOECHO\x00"))).wording = parser
	add("an address that is cut off", hexOf([]byte("ECHOECHOECHOECHO\x00\x09test"))).wording = parser
	add("another prefix", hexOf([]byte("echoechoechoecho\x00\x11test.conn.alice.x")))
	add("another prefix and too short", hexOf([]byte("hello")))
	toAlice := echoData(0, "test.conn.alice.x")
	s.add("an amount of 0", prepare{from: "alice", to: "test.conn", amount: "0", data: toAlice})
	s.add("from another account", prepare{from: "bob", to: "test.conn", data: toAlice})
	return s
}
