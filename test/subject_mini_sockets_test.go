package test

import (
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
		lacking: noMiniAccounts,
	}
	pay := func(user string) prepare { return prepare{from: "alice", to: "test.conn.mini." + user} }
	soon := func(user string) prepare {
		p := pay(user)
		p.expiresIn = 1200 * time.Millisecond
		return p
	}

	s.add("one socket", on("mini").login("x", "ann1").begin(pay("ann1")).receive("x").fulfill("x").end().drain("x"))
	s.add("a request", on("mini").login("x", "ann2").send("x", "test.conn.alice").hear("x"))
	s.add("two messages at once", on("mini").login("x", "ann4").
		writeFrames("x", slices.Concat(frame(binaryFrame, btp(btpMessage, 7)), frame(binaryFrame, btp(btpMessage, 8)))).hear("x", "x"))

	// Two sockets of one client. The one that answers last is too late, unless the other may not answer.
	two := func(user string) *talk { return on("mini").login("x", user).login("y", user) }
	s.add("two sockets: the first answers", two("bea1").begin(pay("bea1")).receive("x", "y").fulfill("x").drain("x").reject("y").
		drain("y").end())
	s.add("two sockets: the second answers", two("bea2").begin(pay("bea2")).receive("x", "y").fulfill("y").drain("y").reject("x").
		drain("x").end())
	s.add("two sockets: one answers what the other heard", two("bea3").begin(pay("bea3")).receive("x", "y").
		fulfillOf("y", "x").drain("y").reject("x").drain("x").reject("y").end())
	s.add("two sockets: an answer to a request", two("bea4").config("x").hear("x").drain("x", "y"))
	s.add("two sockets: an error", two("bea5").say("x", note(text, "hi")).hear("x").drain("x", "y"))
	s.add("two sockets: one leaves", two("bea6").leave("x", 1000).begin(pay("bea6")).receive("y").fulfill("y").end().drain("y"))
	s.add("two sockets: the first leaves with a request", two("bea7").begin(pay("bea7")).receive("x", "y").leave("x", 1000).
		fulfill("y").end().drain("y"))

	// Clients that are not who they say.
	victim := func(user string) *talk { return on("mini").login("x", user).login("z", "mallory") }
	s.add("another client fulfills", victim("cat1").begin(pay("cat1")).receive("x").fulfillOf("z", "x").drain("z").reject("x").
		end().drain("x"))
	s.add("another client rejects", victim("cat2").begin(pay("cat2")).receive("x").rejectOf("z", "x").drain("z").fulfill("x").
		end().drain("x"))
	s.add("after a refused login", on("mini").login("x", "cat3").enter("z", credentials("cat3", "wrong")...).
		begin(pay("cat3")).receive("x").fulfill("x").end().drain("x"))
	s.add("a client whose name goes on after a dot", on("mini").login("x", "dan1").login("z", "dan1.evil").
		config("z").drain("z", "x"))
	s.add("a packet to a client whose name goes on after a dot", on("mini").login("x", "dan2").login("z", "dan2.x").
		begin(pay("dan2.x")).receive("x", "z").fulfill("x").fulfill("z").end().drain("x", "z"))

	// Clients that come and go.
	left := func(name, user string, code uint16) {
		s.add("left "+name, on("mini").login("x", user).leave("x", code).begin(pay(user)).end())
	}
	left("with 1000", "eve1", 1000)
	left("with 1001", "eve2", 1001)
	left("with 4321", "eve3", 4321)
	left("without a code", "eve4", 0)
	left("with a code that is none", "eve5", 1005)
	s.add("left without a word", on("mini").login("x", "eve6").drop("x").begin(pay("eve6")).end())
	s.add("left and back", on("mini").login("x", "eve7").leave("x", 1000).login("y", "eve7").begin(pay("eve7")).receive("y").fulfill("y").
		end().drain("y"))
	s.add("left with a request", on("mini").login("x", "fay1").begin(soon("fay1")).receive("x").leave("x", 1000).end())
	s.add("left without a word with a request", on("mini").login("x", "fay2").begin(soon("fay2")).receive("x").drop("x").end())
	s.add("back with a request", on("mini").login("x", "fay3").begin(soon("fay3")).receive("x").leave("x", 1000).login("y", "fay3").
		fulfillOf("y", "x").end().drain("y"))
	s.add("another socket with a request", on("mini").login("x", "fay4").begin(pay("fay4")).receive("x").login("y", "fay4").
		fulfill("x").end().drain("x", "y"))
	s.add("a refused login with a request", on("mini").login("x", "fay5").begin(pay("fay5")).receive("x").
		enter("y", credentials("fay5", "wrong")...).fulfill("x").end().drain("x"))
	held := func(name string, c *talk) {
		s.add(name, c).answer = answer{Do: "hold", Then: &answer{Do: "fulfill"}}
	}
	held("left before the answer", on("mini").login("x", "gus1").send("x", "test.conn.alice").await("alice").leave("x", 1000).
		release("alice").login("y", "gus1").drain("y"))
	held("back before the answer", on("mini").login("x", "gus2").send("x", "test.conn.alice").await("alice").leave("x", 1000).
		login("y", "gus2").release("alice").drain("y"))

	// What a client writes.
	writes := func(name string, message []byte) {
		s.add(name, on("mini").login("x", "hal").write("x", message).drain("x"))
	}
	writes("a response that nobody waits for", btp(btpResponse, 99))
	writes("an error that nobody waits for", btpOf(btpError, 99, slices.Concat([]byte("F00"), octetString([]byte("Error")),
		octetString([]byte("20400101000000.000Z")), octetString(nil), []byte{1, 0})))
	writes("garbage", []byte("garbage"))
	writes("an empty message", nil)
	writes("an unknown type", btp(99, 7))
	writes("a type of BTP 1", btp(3, 7))
	writes("a message of 100,000 bytes", btp(btpMessage, 7, note(octets, string(make([]byte, 100_000)))))
	frames := func(name string, frames ...[]byte) {
		s.add(name, on("mini").login("x", "hal").writeFrames("x", frames...).hear("x"))
	}
	nothing := btp(btpMessage, 7)
	frames("a text frame", frame(textFrame, nothing))
	frames("a frame without a mask", frameOf(true, binaryFrame, false, nothing))
	frames("an unknown opcode", frame(3, nothing))
	frames("a reserved bit", append([]byte{0xc0 | binaryFrame}, frame(binaryFrame, nothing)[1:]...))
	frames("a ping", frame(pingFrame, []byte("hello")))
	frames("fragments", frameOf(false, binaryFrame, true, nothing[:3]), frameOf(true, continuation, true, nothing[3:]))
	return s
}
