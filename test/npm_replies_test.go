package test

import (
	"fmt"
	"strings"
	"time"
)

// npmReplies is what becomes of a packet when the sendData of a plugin ends in each way there is.
func npmReplies() npmSubject {
	s := npmSubject{
		name:   "replies",
		config: npmConfig{accounts: []npmAccount{probed("alice"), probed("bob")}},
	}
	s.config.settings = map[string]string{"MIN_MESSAGE_WINDOW": "100"}
	const received = "bob sendData(prepare(100 to test.conn.bob, condition as sent, expiry -100ms later))"
	add := func(name string, act jsAct, want string) *npmRow {
		return s.row(name, func(w *npmWorld) []string { return w.forwardTo(act) }, received, "answer resolves "+want)
	}
	reject := func(name string, act jsAct, want string) *npmRow { return add(name, act, "reject("+want) }

	coded := jsError("no", "name", "LiquidityError", "code", "T04", "data", "0102")
	reject("rejects with an error", rejectsWith(jsError("no")), `F02 by "test.conn": "failed to send packet: no")`)
	reject("throws an error", throws(jsError("no")), `F02 by "test.conn": "failed to send packet: no")`)
	reject("rejects with a code and data", rejectsWith(coded), `T04 by "test.conn": "failed to send packet: no", data 0102)`)
	reject("throws with a code and data", throws(coded), `T04 by "test.conn": "failed to send packet: no", data 0102)`)
	reject("rejects with a text", rejectsWith("no"), `F02 by "test.conn": "failed to send packet: non-object thrown. value=no")`)
	reject("throws a text", throws("no"), `F02 by "test.conn": "failed to send packet: non-object thrown. value=no")`)
	reject("rejects with a number", rejectsWith(5), `F02 by "test.conn": "failed to send packet: non-object thrown. value=5")`)
	reject("rejects with null", rejectsWith(nil), `F02 by "test.conn": "failed to send packet: non-object thrown. value=null")`)
	reject("rejects with nothing", rejectsWith(js("undefined")), `F02 by "test.conn": "failed to send packet: non-object thrown. value=undefined")`)
	reject("throws nothing", throws(js("undefined")), `F02 by "test.conn": "failed to send packet: non-object thrown. value=undefined")`)
	reject("rejects with an object", rejectsWith(map[string]any{"a": 1}), `F02 by "test.conn": "failed to send packet: undefined")`)
	reject("rejects with an object with a code", rejectsWith(map[string]any{"ilpErrorCode": "T00"}),
		`T00 by "test.conn": "failed to send packet: undefined"`)
	fixed := reject("rejects with a message that is read-only",
		rejectsWith(jsError("no", "name", "LiquidityError", "code", "T04", "data", "0102", "fixed", true)),
		`F00 by "test.conn": "Cannot assign to read only property 'message' of object 'LiquidityError: no'"`)
	fixed.differ("the code and the data of the plugin are worth more than a complaint of JavaScript",
		received, `answer resolves reject(T04 by "test.conn": "failed to send packet: no", data 0102)`)

	javascript := func(name string, act jsAct) {
		reject(name, act, `F00 by "test.conn": "`).inOwnWords("the reference repeats the words of JavaScript")
	}

	// What it returns that is no answer.
	s.row("fulfills", func(w *npmWorld) []string { return w.fulfilled() }, received, "answer resolves fulfill(the preimage)")
	reject("wrong fulfillment", resolves(jsBuffer(fulfilling(preimageOf("another")))), `F05 by "test.conn": "fulfillment did not match expected value.")`)
	reject("a reject", resolves(jsBuffer(rejecting("T99", "test.far", "its own words", "0a0b"))), `T99 by "test.far": "its own words", data 0a0b)`)
	javascript("undefined", resolves(js("undefined")))
	javascript("undefined, at once", returnsNow(js("undefined")))
	javascript("null", resolves(nil))
	javascript("a text", resolves("text"))
	javascript("an object", resolves(map[string]any{"a": 1}))
	javascript("a number", resolves(5))
	javascript("an empty buffer", resolves(jsBuffer("")))
	javascript("garbage", resolves(jsBuffer("ffffffff")))
	javascript("a prepare", resolves(jsBuffer(hexOf(packet{
		amount: 1, expiresAt: time.Unix(0, 0), condition: conditionOf(preimageOf("x")), destination: "test.x",
	}.bytes()))))
	javascript("half a fulfill", resolves(jsBuffer("0d2100")))

	// When it answers.
	s.row("never", func(w *npmWorld) []string {
		return w.forwardTo(does("hang"), expiring(400*time.Millisecond))
	}, `R00 by "test.conn": "packet expired."`)
	s.row("a fulfill after the expiry", func(w *npmWorld) []string {
		late := does("hold", "then", resolves(jsBuffer(fulfilling(preimageOf(w.label)))))
		reply := w.forwardTo(late, expiring(400*time.Millisecond))
		return append(reply, asAnswers(w.tell("bob", "release"))...)
	}, `R00 by "test.conn": "packet expired."`, "returns 1")
	s.row("a failure after the expiry", func(w *npmWorld) []string {
		reply := w.forwardTo(does("hold", "then", rejectsWith(jsError("late"))), expiring(400*time.Millisecond))
		return append(reply, asAnswers(w.tell("bob", "release"))...)
	}, `R00 by "test.conn": "packet expired."`, "returns 1")
	s.row("the last answer first", func(w *npmWorld) []string {
		w.script("bob", "sendData", does("hold", "once", true, "then", rejectsWith(jsError("first"))))
		first := w.begin("alice", "data", "value", jsBuffer(w.prepared()))
		w.awaitSeen("bob sendData")
		second := w.forwardTo(rejectsWith(jsError("second")), to("test.conn.bob.other"))
		w.tell("bob", "release")
		return append(second, asAnswers(w.words(w.end(first)))...)
	}, "failed to send packet: first", "failed to send packet: second")
	s.row("a hundred at once", func(w *npmWorld) []string {
		w.script("bob", "sendData", does("hold", "then", rejectsWith(jsError("all"))))
		var waiting []<-chan npmVerdict
		for i := range 100 {
			waiting = append(waiting, w.begin("alice", "data", "value", jsBuffer(w.prepared(to(fmt.Sprint("test.conn.bob.", i))))))
		}
		w.within("a hundred packets", func() bool { return len(w.record.lines(w.t))-w.record.read >= 100 })
		w.seen()
		released := asAnswers(w.tell("bob", "release"))
		for _, one := range waiting {
			if answer := w.words(w.end(one)); !strings.Contains(answer, "F02") {
				released = append(released, answer)
			}
		}
		return released
	}, "returns 100")

	// Whether it is connected.
	s.row("not connected", func(w *npmWorld) []string {
		w.script("bob", "isConnected", returnsNow(false))
		w.awaitState("bob", false)
		return w.forward()
	}, `T01 by "test.conn": "no connection to account. account=bob"`).hiding("sendData")
	s.row("connected by a word", func(w *npmWorld) []string {
		w.script("bob", "isConnected", returnsNow("no"))
		w.awaitState("bob", true)
		return w.fulfilled()
	}, "bob sendData", "fulfill(the preimage)")
	s.row("connected by nothing", func(w *npmWorld) []string {
		w.script("bob", "isConnected", returnsNow(js("undefined")))
		w.awaitState("bob", false)
		return w.forward()
	}, "T01").hiding("sendData")
	s.row("connected by a promise of no", func(w *npmWorld) []string {
		w.script("bob", "isConnected", resolves(false))
		w.awaitState("bob", true)
		return w.fulfilled()
	}, "bob sendData", "fulfill(the preimage)")
	s.row("isConnected throws", func(w *npmWorld) []string {
		w.script("bob", "isConnected", throws(jsError("unknown")))
		reply := w.forward()
		return append(reply, asAnswers(w.ask("GET", "/accounts", ""))...)
	}, `F00 by "test.conn": "unknown"`, "500").hiding("sendData").
		differ("one account that cannot say whether it is connected does not hide the others",
			`answer resolves reject(T01 by "test.conn": "no connection to account. account=bob")`,
			`answer GET /accounts: 200 application/json {"address":"test.conn","accounts":{`+
				`"alice":{"info":{"assetCode":"XRP","assetScale":9,"plugin":"PROBES/plugin.js","relation":"child"},"connected":true,"adminInfo":false},`+
				`"bob":{"info":{"assetCode":"XRP","assetScale":9,"plugin":"PROBES/plugin.js","relation":"child"},"connected":false,"adminInfo":false}}}`)
	s.row("after it was connected to", func(w *npmWorld) []string {
		w.script("bob", "isConnected", nil)
		w.awaitState("bob", true)
		return w.fulfilled()
	}, "fulfill(the preimage)")
	return s
}
