package test

import (
	"strings"
	"time"
)

// npmBackends is what backends may say, and what they are told.
func npmBackends() npmSubject {
	backend := module("backend.js", "backend")
	backend.options = map[string]any{"spread": 0.5, "own": "text"}
	euro := probed("euro").with("assetCode", "EUR")
	euro.options = map[string]any{"secret": "of its own"}
	s := npmSubject{
		name:  "backend",
		start: true,
		config: npmConfig{
			accounts:    []npmAccount{probed("alice"), probed("bob"), euro},
			backend:     &backend,
			settings:    map[string]string{"SPREAD": "0.25", "MIN_MESSAGE_WINDOW": "100"},
			environment: []string{"NODE_PATH=PROBES/packages"},
		},
		polls:    []string{"backend getRate("},
		parallel: "a backend is asked every second, and told of packets afterwards",
	}
	s.row("the start", func(w *npmWorld) []string { return nil },
		`backend constructor({own: "text", spread: 0.5}, ["getInfo", "accounts"])`, "backend connect()")

	api := func(name, path string, args []any, shows ...string) *npmRow {
		return s.row("api: "+name, func(w *npmWorld) []string {
			if args == nil {
				return asAnswers(w.tell("backend", "api", "path", path))
			}
			return asAnswers(w.tell("backend", "api", "path", path, "args", args))
		}, shows...)
	}
	api("getInfo", "getInfo", []any{"euro"}, `secret: "of its own"`)
	api("getInfo of nobody", "getInfo", []any{"nobody"}, `throws Error("unknown account id. accountId=nobody")`)
	api("ids", "accounts.getAccountIds", []any{}, `returns ["alice", "bob", "euro"]`)
	api("asset code", "accounts.getAssetCode", []any{"euro"}, `returns "EUR"`)
	api("asset code of nobody", "accounts.getAssetCode", []any{"nobody"}, `returns undefined`)
	api("own address", "accounts.getOwnAddress", []any{}, `returns "test.conn"`)
	api("exists", "accounts.exists", []any{"bob"}, `returns true`)
	api("exists not", "accounts.exists", []any{"nobody"}, `returns false`)
	api("child address", "accounts.getChildAddress", []any{"bob"}, `returns "test.conn.bob"`)
	api("status", "accounts.getStatus", []any{}, `connected: true`)
	api("plugin", "accounts.getPlugin", []any{"nobody"}, `throws Error("unknown account id. accountId=nobody")`)
	api("no config", "config", nil, "returns undefined")
	s.row("an account is added", func(w *npmWorld) []string {
		w.tell("backend", "listen", "event", "add")
		a := npmAccount{npmModule: npmModule{name: "new", module: "npm-probe", probe: map[string]any{}}}
		answer := w.ask("POST", "/addAccount", inJSONText(w.t, map[string]any{"id": "new", "options": w.entry(a)}))
		w.awaitState("new", true)
		return asAnswers(answer)
	}, `backend event add("new", "object")`).
		instead("an account that is added connects afterwards", `"connected":true`, `"connected":false`)

	rate := func(name string, act jsAct, shows ...string) *npmRow {
		return s.row("rate: "+name, func(w *npmWorld) []string {
			w.rated(act)
			if strings.HasPrefix(shows[0], "prepare(") {
				return w.fulfilled()
			}
			return w.forwardTo(resolves(jsBuffer(fulfilling(preimageOf(w.label)))))
		}, shows...)
	}
	rate("a number", resolves(0.257), "prepare(25 to")
	rate("a number, at once", returnsNow(2), "prepare(200 to")
	rate("a text", resolves("1.999"), "prepare(199 to")
	rate("a big number", resolves(js("bignumber", "text", "3.000000000000000000001")), "prepare(300 to")
	rate("an exponent", resolves("2e-2"), "prepare(2 to")
	rate("nothing", resolves(0), "prepare(0 to")
	rate("less than nothing", resolves(-1), "F00").hiding("sendData").inOwnWords("the reference repeats the words of its packet library")
	rate("NaN", resolves(js("nan")), "F00").hiding("sendData").inOwnWords("the reference repeats the words of its packet library")
	rate("infinite", resolves(js("infinity")), "F00").hiding("sendData").inOwnWords("the reference repeats the words of its packet library")
	rate("words", resolves("many"), "F00").hiding("sendData").inOwnWords("the reference repeats the words of its packet library")
	rate("undefined", resolves(js("undefined")), "F00").hiding("sendData").inOwnWords("the reference repeats the words of its packet library")
	rate("null", resolves(nil), "F00").hiding("sendData").inOwnWords("the reference repeats the words of its packet library")
	rate("rejects", rejectsWith(jsError("no price")), `F00 by "test.conn": "no price"`).hiding("sendData")
	rate("throws", throws(jsError("no price")), `F00 by "test.conn": "no price"`).hiding("sendData")
	rate("rejects with a code", rejectsWith(jsError("no price", "code", "T04")), `T04 by "test.conn": "no price"`).hiding("sendData")
	rate("rejects with a text", rejectsWith("no price"), `F00 by "test.conn": "Non-object thrown: no price"`).hiding("sendData")
	s.row("rate: hangs", func(w *npmWorld) []string {
		if w.kind == ours {
			w.rated(nil)
			w.script("backend", "getRate", does("hang"))
			return w.fulfilled()
		}
		w.script("backend", "getRate", does("hang"))
		waiting := w.begin("alice", "data", "value", jsBuffer(w.prepared(expiring(300*time.Millisecond))))
		w.wait(600*time.Millisecond, func() bool { return len(waiting) > 0 })
		if len(waiting) > 0 {
			return asAnswers(w.words(w.end(waiting)))
		}
		return asAnswers("none")
	}, "answer none").hiding("sendData").
		differ("what a backend has said last counts for a minute", submitted()...)
	s.row("rate: each time another", func(w *npmWorld) []string {
		if w.kind == ours {
			w.rated(nil)
			return w.fulfilled()
		}
		w.script("backend", "getRate", does("return", "value", 2, "once", true))
		first := w.fulfilled()
		return append(first, w.forward(to("test.conn.bob.x"))...)
	}, "prepare(200 to", "prepare(100 to").differ("a backend is asked every second, and not for each packet", submitted()...)

	asked := func(name string, from, destination string, shows ...string) *npmRow {
		return s.row("asked: "+name, func(w *npmWorld) []string {
			w.rated(nil)
			return asAnswers(w.tell(from, "data", "value", jsBuffer(w.prepared(to(destination)))))
		}, shows...)
	}
	asked("to itself", "alice", "test.conn.alice", `backend getRate("alice", "alice")`)
	asked("no route", "alice", "test.elsewhere", "F02").hiding("getRate")
	s.row("asked: the address of a child", func(w *npmWorld) []string {
		return asAnswers(w.tell("alice", "data", "value", jsBuffer(ildcpRequest())))
	}, "fulfill(").hiding("getRate")
	asked("routes", "alice", "peer.route.control", "reject(").hiding("getRate").inOwnWords("the packet is no route control")
	s.row("asked: not connected", func(w *npmWorld) []string {
		w.tell("bob", "set", "connected", false)
		w.awaitState("bob", false)
		answers := w.forward()
		w.tell("bob", "set", "connected", true)
		w.awaitState("bob", true)
		return answers
	}, `backend getRate("alice", "bob")`, "T01")

	told := func(name, method string, act jsAct, shows ...string) *npmRow {
		return s.row("told: "+name, func(w *npmWorld) []string {
			w.script("backend", method, act)
			defer w.script("backend", method, nil)
			return w.fulfilled()
		}, append(shows, "backend submitPacket(")...)
	}
	paid := told("both", "submitPacket", nil, "backend submitPayment({", `sourceAmount: "100"`)
	paid.shows = append(paid.shows, "fulfill(the preimage)")
	const better = "the next hop was paid, so the fulfill is kept"
	told("submitPacket rejects", "submitPacket", rejectsWith(jsError("no")), "fulfill(the preimage)")
	told("submitPayment rejects", "submitPayment", rejectsWith(jsError("no")), "fulfill(the preimage)")
	told("submitPacket hangs", "submitPacket", does("hang"), "fulfill(the preimage)")
	told("submitPayment hangs", "submitPayment", does("hang"), "fulfill(the preimage)")
	told("submitPacket throws", "submitPacket", throws(jsError("no")), `F00 by "test.conn": "no"`).differ(better, submitted()...)
	told("submitPayment throws", "submitPayment", throws(jsError("no")), `F00 by "test.conn": "no"`).differ(better, submitted()...)
	told("submitPacket returns nothing", "submitPacket", returnsNow(js("undefined")), "F00").differ(better, submitted()...)
	told("submitPayment returns nothing", "submitPayment", returnsNow(js("undefined")), "F00").differ(better, submitted()...)
	ended := func(name string, act jsAct, in time.Duration, shows ...string) *npmRow {
		return s.row("told: "+name, func(w *npmWorld) []string {
			answers := w.forwardTo(act, expiring(in))
			if strings.Contains(shows[0], "submitPacket") {
				w.awaitSeen("backend submitPacket(")
			}
			return answers
		}, shows...)
	}
	ended("a reject", resolves(jsBuffer(rejecting("T04", "test.far", "no", ""))), 10*time.Second, "backend submitPacket(").hiding("submitPayment")
	ended("a failure", rejectsWith(jsError("no")), 10*time.Second, "F02").hiding("submitPacket", "submitPayment")
	ended("a wrong fulfillment", resolves(jsBuffer(fulfilling(preimageOf("x")))), 10*time.Second, "F05").hiding("submitPacket", "submitPayment")
	ended("an expiry", does("hang"), 400*time.Millisecond, "R00").hiding("submitPacket", "submitPayment")

	rates := func(name string, act jsAct, shows ...string) *npmRow {
		return s.row("rates: "+name, func(w *npmWorld) []string {
			w.rated(act)
			return asAnswers(w.ask("GET", "/rates", ""))
		}, shows...)
	}
	rates("numbers", resolves(1.25), `"alice":{"bob":1.25,`, `backend getRate("alice", "bob")`, `backend getRate("euro", "bob")`).hiding(`getRate("bob", "bob")`)
	const numbers = "all rates are numbers"
	rates("texts", resolves("1.250"), `"alice":{"bob":"1.250",`).instead(numbers, `"1.250"`, "1.25")
	rates("big numbers", resolves(js("bignumber", "text", "1.25")), `"alice":{"bob":"1.25",`).instead(numbers, `"1.25"`, "1.25")
	rates("NaN", resolves(js("nan")), `"alice":{"bob":null,`)
	rates("one fails", does("reject", "value", jsError("no price"), "once", true), "500 text/plain Error: no price").
		differ("one rate that fails does not hide the others", `answer GET /rates: 200 application/json {"alice":{"bob":1,"euro":1,"new":1},`+
			`"bob":{"alice":1,"euro":1,"new":1},"euro":{"alice":1,"bob":1,"new":1},"new":{"alice":1,"bob":1,"euro":1}}`)
	return s
}

// rated has the backend give rates, and waits until ours uses them: it asks every second.
func (w *npmWorld) rated(act jsAct) {
	w.t.Helper()
	w.script("backend", "getRate", act)
	if w.kind != ours {
		return
	}
	const first = `backend getRate("alice", "alice")`
	polls := func() (n int) {
		for _, l := range w.record.lines(w.t) {
			if l.String() == first {
				n++
			}
		}
		return n
	}
	before := polls()
	w.within("two more polls", func() bool { return polls() >= before+2 })
}

// submitted are the lines of a packet that bob fulfills at a rate of 1, and of which the backend is told.
func submitted() []string {
	const amounts = `sourceAccount: "alice", sourceAmount: "100"`
	return []string{
		"bob sendData(prepare(100 to test.conn.bob, condition as sent, expiry -100ms later))",
		`backend submitPacket({destinationAccount: "bob", destinationAmount: "100", parsedPacket: {amount: "100", data: <>, ` +
			`destination: "test.conn.bob", executionCondition: the condition, expiresAt: time TIME}, result: fulfill(the preimage), ` + amounts + `})`,
		`backend submitPayment({destinationAccount: "bob", destinationAmount: "100", ` + amounts + `})`,
		"answer resolves fulfill(the preimage)",
	}
}

// npmPlainBackend is a backend that has only what it must have.
func npmPlainBackend() npmSubject {
	backend := module("backend.js", "backend", "without", []string{"submitPacket"})
	s := npmSubject{
		name:   "backend-plain",
		polls:  []string{"backend getRate("},
		config: npmConfig{accounts: []npmAccount{probed("alice"), probed("bob")}, backend: &backend},
	}
	s.row("a packet", func(w *npmWorld) []string { return w.fulfilled() }, "backend submitPayment(", "fulfill(the preimage)")
	return s
}

// npmBareBackend is a backend without what it must have.
func npmBareBackend() npmSubject {
	backend := module("backend.js", "backend", "without", []string{"submitPacket", "submitPayment"})
	s := npmSubject{
		name:   "backend-bare",
		polls:  []string{"backend getRate("},
		config: npmConfig{accounts: []npmAccount{probed("alice"), probed("bob")}, backend: &backend},
	}
	s.row("a packet", func(w *npmWorld) []string { return w.fulfilled() }, "F00").
		instead("the next hop was paid, so the fulfill is kept",
			`reject(F00 by "test.conn": "this.backend.submitPayment is not a function")`, "fulfill(the preimage)")
	return s
}
