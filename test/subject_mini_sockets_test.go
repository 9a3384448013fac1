package test

import (
	"fmt"
	"slices"
	"time"
)

// miniSockets is what becomes of packets when clients have several sockets, come and go, and answer for others.
func miniSockets() subject {
	s := subject{
		name: "mini-sockets",
		config: config{
			address:  "test.conn",
			accounts: []account{child("alice", 9).with("balance", someBalance), mini("mini", 9).with("balance", someBalance)},
			env:      map[string]string{"MIN_MESSAGE_WINDOW": "200"},
		},
	}
	pay := func(user string) prepare { return prepare{from: "alice", to: "test.conn.mini." + user} }
	soon := func(user string) prepare {
		p := pay(user)
		p.expiresIn = 2 * time.Second
		return p
	}

	s.add("one socket", on("mini").login("x", "ann1").begin(pay("ann1")).receive("x").fulfill("x").end().drain("x"))
	s.add("a request", on("mini").login("x", "ann2").send("x", "test.conn.alice").hear("x"))
	s.add("two messages at once", on("mini").login("x", "ann4").
		writeFrames("x", slices.Concat(frame(binaryFrame, btp(btpMessage, 7)), frame(binaryFrame, btp(btpMessage, 8)))).hear("x", "x"))

	// What ours says when two sockets are there, and what then comes of the packet.
	both := func(second string, heard ...string) outcome {
		return talked(append([]string{"x: response to 1: nothing", second + ": response to 2: nothing"}, heard...)...)
	}
	paid := reply{Type: "fulfill", Fulfillment: "the preimage"}
	expired := rejected("R00", "test.conn", "packet expired.").Reply
	refused := reply{Type: "reject", Code: "F99", TriggeredBy: "test.x", Message: "no"}
	asked := func(socket, user string) string {
		return fmt.Sprintf(`%s: message: Prepare of 100 to test.conn.mini.%s with ""`, socket, user)
	}

	// Two sockets of one client. The one that answers last is too late, unless the other may not answer.
	two := func(user string) *talk { return on("mini").login("x", user).login("y", user) }
	s.add("two sockets: the first answers", two("bea1").begin(pay("bea1")).receive("x", "y").fulfill("x").drain("x").reject("y").
		drain("y").end()).
		differ(oneSocket, both("y", asked("y", "bea1"), "x: has no request to answer", "x: no more", "y: no more").meanwhile("alice", refused))
	s.add("two sockets: the second answers", two("bea2").begin(pay("bea2")).receive("x", "y").fulfill("y").drain("y").reject("x").
		drain("x").end()).
		differ(oneSocket, both("y", asked("y", "bea2"), "y: no more", "x: has no request to answer", "x: no more").meanwhile("alice", paid))
	s.add("two sockets: one answers what the other heard", two("bea3").begin(pay("bea3")).receive("x", "y").
		fulfillOf("y", "x").drain("y").reject("x").drain("x").reject("y").end()).
		differ(oneSocket, both("y", asked("y", "bea3"), "y: has no request to answer", "y: no more", "x: has no request to answer",
			"x: no more").meanwhile("alice", refused))
	s.add("two sockets: an answer to a request", two("bea4").config("x").hear("x").drain("x", "y")).
		differ("an answer goes where the request came from", both("y", `x: response to 3: address "test.conn.mini.bea4" in XRP of scale 9`,
			"x: no more", "y: no more"))
	s.add("two sockets: an error", two("bea5").say("x", note(text, "hi")).hear("x").drain("x", "y"))
	s.add("two sockets: one leaves", two("bea6").leave("x", 1000).begin(pay("bea6")).receive("y").fulfill("y").end().drain("y"))
	s.add("two sockets: the first leaves with a request", two("bea7").begin(pay("bea7")).receive("x", "y").leave("x", 1000).
		fulfill("y").end().drain("y")).
		differ(oneSocket, both("y", asked("y", "bea7"), `x: closed with 1000 ""`, "y: no more").meanwhile("alice", paid))

	// Clients that are not who they say.
	victim := func(user string) *talk { return on("mini").login("x", user).login("z", "mallory") }
	s.add("another client fulfills", victim("cat1").begin(pay("cat1")).receive("x").fulfillOf("z", "x").drain("z").reject("x").
		end().drain("x")).
		differ(ownAnswers, both("z", asked("x", "cat1"), "z: no more", "x: no more").meanwhile("alice", refused))
	s.add("another client rejects", victim("cat2").begin(pay("cat2")).receive("x").rejectOf("z", "x").drain("z").fulfill("x").
		end().drain("x")).
		differ(ownAnswers, both("z", asked("x", "cat2"), "z: no more", "x: no more").meanwhile("alice", paid))
	s.add("after a refused login", on("mini").login("x", "cat3").enter("z", credentials("cat3", "wrong")...).
		begin(pay("cat3")).receive("x").fulfill("x").end().drain("x")).
		differ(unspoken, talked("x: response to 1: nothing", refusal("z", 2, wrongToken), "z: closed without a code", asked("x", "cat3"),
			"x: no more").meanwhile("alice", paid))
	s.add("a client whose name goes on after a dot", on("mini").login("x", "dan1").login("z", "dan1.evil").
		config("z").drain("z", "x")).
		differ(oneSegment, talked("x: response to 1: nothing", refusal("z", 2, badName), "z: closed without a code", "x: no more"))
	s.add("a packet to a client whose name goes on after a dot", on("mini").login("x", "dan2").login("z", "dan2.x").
		begin(pay("dan2.x")).receive("x", "z").fulfill("x").fulfill("z").end().drain("x", "z")).
		differ(oneSegment, talked("x: response to 1: nothing", refusal("z", 2, badName), asked("x", "dan2.x"), "z: closed without a code",
			"z: has no request to answer", "x: no more").meanwhile("alice", paid))

	// Clients that come and go.
	left := func(name, user string, code uint16) *scenario {
		return s.add("left "+name, on("mini").login("x", user).leave("x", code).begin(pay(user)).end())
	}
	left("with 1000", "eve1", 1000)
	left("with 1001", "eve2", 1001)
	left("with 4321", "eve3", 4321)
	left("without a code", "eve4", 0)
	left("with a code that is none", "eve5", 1005).
		differ(explained, talked("x: response to 1: nothing", `x: closed with 1002 "malformed close"`).meanwhile("alice",
			rejected("F02", "test.conn", "failed to send packet: No clients connected for account eve5").Reply))
	s.add("left without a word", on("mini").login("x", "eve6").drop("x").begin(pay("eve6")).end())
	s.add("left and back", on("mini").login("x", "eve7").leave("x", 1000).login("y", "eve7").begin(pay("eve7")).receive("y").fulfill("y").
		end().drain("y"))
	s.add("left with a request", on("mini").login("x", "fay1").begin(soon("fay1")).receive("x").leave("x", 1000).end()).
		differ(engineWords, talked("x: response to 1: nothing", asked("x", "fay1"), `x: closed with 1000 ""`).meanwhile("alice", expired))
	s.add("left without a word with a request", on("mini").login("x", "fay2").begin(soon("fay2")).receive("x").drop("x").end()).
		differ(engineWords, talked("x: response to 1: nothing", asked("x", "fay2")).meanwhile("alice", expired))
	s.add("back with a request", on("mini").login("x", "fay3").begin(soon("fay3")).receive("x").leave("x", 1000).login("y", "fay3").
		fulfillOf("y", "x").end().drain("y"))
	s.add("another socket with a request", on("mini").login("x", "fay4").begin(pay("fay4")).receive("x").login("y", "fay4").
		fulfill("x").end().drain("x", "y"))
	s.add("a refused login with a request", on("mini").login("x", "fay5").begin(pay("fay5")).receive("x").
		enter("y", credentials("fay5", "wrong")...).fulfill("x").end().drain("x")).
		differ(unspoken, talked("x: response to 1: nothing", asked("x", "fay5"), refusal("y", 2, wrongToken), "y: closed without a code",
			"x: no more").meanwhile("alice", paid))
	held := func(name string, c *talk) {
		s.add(name, c).answer = answer{Do: "hold", Then: &answer{Do: "fulfill"}}
	}
	held("left before the answer", on("mini").login("x", "gus1").send("x", "test.conn.alice").await("alice").leave("x", 1000).
		release("alice").login("y", "gus1").drain("y"))
	held("back before the answer", on("mini").login("x", "gus2").send("x", "test.conn.alice").await("alice").leave("x", 1000).
		login("y", "gus2").release("alice").drain("y"))

	// What a client writes.
	writes := func(name string, message []byte) *scenario {
		return s.add(name, on("mini").login("x", "hal").write("x", message).drain("x"))
	}
	closes := func(code int, reason string) outcome {
		return talked("x: response to 1: nothing", fmt.Sprintf("x: closed with %d %q", code, reason))
	}
	writes("a response that nobody waits for", btp(btpResponse, 99))
	writes("an error that nobody waits for", btpOf(btpError, 99, slices.Concat([]byte("F00"), octetString([]byte("Error")),
		octetString([]byte("20400101000000.000Z")), octetString(nil), []byte{1, 0})))
	writes("garbage", []byte("garbage")).differ(explained, closes(1002, ""))
	writes("an empty message", nil).differ(explained, closes(1002, ""))
	writes("an unknown type", btp(99, 7)).differ(explained, closes(1002, ""))
	writes("a type of BTP 1", btp(3, 7)).differ(explained, closes(1002, ""))
	writes("a message of 100,000 bytes", btp(btpMessage, 7, note(octets, string(make([]byte, 100_000)))))
	frames := func(name string, frames ...[]byte) *scenario {
		return s.add(name, on("mini").login("x", "hal").writeFrames("x", frames...).hear("x"))
	}
	nothing := btp(btpMessage, 7)
	frames("a text frame", frame(textFrame, nothing)).differ(explained, closes(1003, "binary messages only"))
	frames("a frame without a mask", frameOf(true, binaryFrame, false, nothing)).
		differ(unmasked, closes(1002, "client frame is not masked"))
	frames("an unknown opcode", frame(3, nothing)).differ(explained, closes(1002, "reserved opcode"))
	frames("a reserved bit", append([]byte{0xc0 | binaryFrame}, frame(binaryFrame, nothing)[1:]...)).
		differ(explained, closes(1002, "reserved bits set"))
	frames("a ping", frame(pingFrame, []byte("hello")))
	frames("fragments", frameOf(false, binaryFrame, true, nothing[:3]), frameOf(true, continuation, true, nothing[3:]))
	s.differs = miniSocketsFacts()
	return s
}

// miniSocketsFacts are the facts on which ours differs: of two packets the answer of another socket counts.
func miniSocketsFacts() []difference {
	const others = "two packets are rejected by those that were asked"
	return slices.Concat(
		balance("alice", 9, "800", others), balance("mini", 9, "-800", others),
		counter("incoming_ilp_packets", "alice", 9, "11", others, "result", "fulfilled"),
		counter("incoming_ilp_packet_value", "alice", 9, "1100", others, "result", "fulfilled"),
		counter("incoming_ilp_packets", "alice", 9, "8", others, "result", "failed"),
		counter("incoming_ilp_packet_value", "alice", 9, "800", others, "result", "failed"),
		counter("outgoing_ilp_packets", "mini", 9, "11", others, "result", "fulfilled"),
		counter("outgoing_ilp_packet_value", "mini", 9, "1100", others, "result", "fulfilled"),
		counter("outgoing_ilp_packets", "mini", 9, "8", others, "result", "failed"),
		counter("outgoing_ilp_packet_value", "mini", 9, "800", others, "result", "failed"),
		counter("outgoing_ilp_packets", "mini", 9, "3", others, "result", "rejected", "code", "F99"),
		counter("outgoing_ilp_packets", "mini", 9, "", engineWords,
			"result", "rejected", "code", "R00"),
		[]difference{{fact: "/alerts alerts.[]", better: "1 entries", reason: lateIsMoney}},
	)
}
