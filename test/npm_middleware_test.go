package test

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// builtInOrder is where the middlewares of the reference stand; those with a star only if the account has a setting.
var builtInOrder = map[string]string{
	"incomingData":  "errorHandler rateLimit maxPacketAmount* throughput* balance* echo stats",
	"outgoingData":  "throughput* balance* deduplicate expire validateFulfillment stats alert",
	"incomingMoney": "errorHandler rateLimit balance* stats",
	"outgoingMoney": "balance* stats",
	"startup":       "balance* deduplicate",
	"teardown":      "deduplicate",
}

// npmOrder is where middlewares can stand. A mark before and behind each built-in one shows the order of all.
func npmOrder() npmSubject {
	var marks []map[string]any
	for _, pipeline := range []string{"startup", "teardown", "incomingData", "incomingMoney", "outgoingData", "outgoingMoney"} {
		for _, name := range strings.Fields(builtInOrder[pipeline]) {
			name = strings.TrimSuffix(name, "*")
			marks = append(marks,
				map[string]any{"in": pipeline, "insert": "insertBefore", "at": name, "as": "before " + name},
				map[string]any{"in": pipeline, "insert": "insertAfter", "at": name, "as": "after " + name})
		}
		marks = append(marks,
			map[string]any{"in": pipeline, "insert": "insertFirst", "as": "first"},
			map[string]any{"in": pipeline, "insert": "insertLast", "as": "last"},
			map[string]any{"in": pipeline, "insert": "insertBefore", "at": "last", "as": "before last"},
			map[string]any{"in": pipeline, "insert": "insertAfter", "at": "nobody", "as": "after nobody"},
			map[string]any{"in": pipeline, "insert": "insertBefore", "at": "nobody", "as": "before nobody"},
			map[string]any{"in": pipeline, "insert": "insertLast", "as": "twice"},
			map[string]any{"in": pipeline, "insert": "insertLast", "as": "twice"},
			map[string]any{"in": pipeline, "insert": "insertBefore", "at": "twice", "as": "before twice"})
	}
	all := func(a npmAccount) npmAccount {
		return a.with("balance", map[string]string{
			"minimum": "-1000", "maximum": "1000", "settleThreshold": "-50", "settleTo": "0",
		}).
			with("maxPacketAmount", "1000").
			with("throughput", map[string]any{"incomingAmount": "1000", "outgoingAmount": "1000", "refillPeriod": 1000})
	}
	s := npmSubject{
		name: "middleware-order",
		config: npmConfig{
			accounts: []npmAccount{
				probed("alice").with("deduplicate", map[string]any{"cleanupInterval": 30000, "packetLifetime": 30000}),
				all(probed("full")),
			},
			middlewares: []npmModule{module("middleware.js", "mw", "stands", marks)},
		},
		start: true,
	}
	s.row("the start", func(w *npmWorld) []string {
		w.awaitTimes("mw twice of alice(undefined)", 2)
		w.awaitTimes("mw twice of full(undefined)", 2)
		return nil
	}, "mw before deduplicate of alice(undefined)",
		`mw not in incomingData(Error("could not insert before middleware; not found. name=maxPacketAmount"))`,
		`mw not in incomingData(Error("could not insert after middleware; not found. name=nobody"))`).inOrder().
		atOnce("accounts start at the same time", inTurn("alice", "deduplicate"), inTurn("full", "balance", "deduplicate"))
	s.row("to a bare account", func(w *npmWorld) []string {
		w.script("alice", "sendData", resolves(jsBuffer(fulfilling(preimageOf(w.label)))))
		return asAnswers(w.tell("full", "data", "value", jsBuffer(w.prepared(to("test.conn.alice")))))
	}, "mw before maxPacketAmount of full(", "mw after alert of alice(", "fulfill(the preimage)").inOrder()
	s.row("to a full account", func(w *npmWorld) []string {
		w.script("full", "sendData", resolves(jsBuffer(fulfilling(preimageOf(w.label)))))
		answer := w.forward(to("test.conn.full"), amount(300)) // it owes 100 already
		w.awaitSeen("full sendMoney")
		return answer
	}, "mw before throughput of full(", "mw before stats of full(\"", "fulfill(the preimage)").inOrder().
		instead("the second argument of sendMoney is of no use", ", function)", ")")
	s.row("money", func(w *npmWorld) []string { return asAnswers(w.tell("full", "money", "value", "5")) },
		`mw before errorHandler of full("5")`, `mw after stats of full("5")`, "resolves undefined").inOrder()
	s.row("the end", func(w *npmWorld) []string { return w.interrupt() }, "mw after deduplicate of full(undefined)", "exits with 0").inOrder().
		adds("an account that ends always gives its handlers back", deregistered("alice", "full")...).
		atOnce("accounts end at the same time", inTurn("alice", "deduplicate"), inTurn("full", "deduplicate"))
	return s
}

// inTurn are the methods of an account in startup or teardown, in order.
func inTurn(account string, builtin ...string) (lines []string) {
	of := func(name string) { lines = append(lines, fmt.Sprintf("mw %s of %s(undefined)", name, account)) }
	of("first")
	for _, name := range builtin {
		of("before " + name)
		of("after " + name)
	}
	for _, name := range []string{"before last", "last", "before twice", "twice", "twice"} {
		of(name)
	}
	return lines
}

// npmMiddlewares is what methods of middlewares may do, in each place that matters.
func npmMiddlewares() npmSubject {
	stand := func(in, insert, at, as string) map[string]any {
		s := map[string]any{"in": in, "insert": insert, "as": as}
		if at != "" {
			s["at"] = at
		}
		return s
	}
	mw := module("middleware.js", "mw", "stands", []map[string]any{
		stand("incomingData", "insertFirst", "", "outermost"),
		stand("incomingData", "insertAfter", "errorHandler", "inside"),
		stand("incomingData", "insertLast", "", "in"),
		stand("outgoingData", "insertFirst", "", "outside"),
		stand("outgoingData", "insertLast", "", "out"),
		stand("incomingMoney", "insertLast", "", "inMoney"),
		stand("outgoingMoney", "insertLast", "", "outMoney"),
	})
	mw.options = map[string]any{"own": "text"}
	s := npmSubject{
		name: "middleware",
		config: npmConfig{
			accounts: []npmAccount{
				probed("alice"),
				probed("bob").with("balance", map[string]string{"minimum": "-100000", "maximum": "1000"}),
			},
			middlewares: []npmModule{mw},
		},
		start: true,
	}
	s.row("the start", func(w *npmWorld) []string { return nil }, `mw constructor({own: "text"}, [`)

	method := func(name, as string, act jsAct, shows ...string) *npmRow {
		return s.row(as+": "+name, func(w *npmWorld) []string {
			w.script("mw", as, act)
			defer w.script("mw", as, nil)
			return w.fulfilled()
		}, shows...)
	}
	const paid = "fulfill(the preimage)"
	const words = "the reference repeats the words of JavaScript"
	for _, as := range []string{"in", "out", "outside"} {
		method("passes it on", as, does("next"), paid)
		method("passes it on twice", as, does("next twice"), `second next(Error("next() called multiple times."))`, paid)
		method("answers itself", as, does("resolve", "value", jsBuffer(rejecting("T99", "test.mw", "no", ""))), `T99 by "test.mw"`).hiding("sendData")
		method("throws", as, throws(jsError("no")), `F00 by "test.conn": "no"`).hiding("sendData")
		method("rejects", as, rejectsWith(jsError("no")), `F00 by "test.conn": "no"`).hiding("sendData")
		method("rejects with a code and data", as, rejectsWith(jsError("no", "code", "T04", "data", "0102")), `T04 by "test.conn": "no", data 0102`)
		method("rejects with a text", as, rejectsWith("no"), `F00 by "test.conn": "Non-object thrown: no"`)
		changes := method("changes a byte", as, does("change", "at", 9, "byte", 7, "then", does("next")), "prepare(7 to test.conn.bob", paid)
		if as == "out" {
			const reserved = "the amount stays what the balance has reserved"
			changes.lacks(reserved, "bob sendData(").
				instead(reserved, paid, `reject(F00 by "test.conn": "amount was changed after it was reserved.")`)
		}
		method("does not wait", as, does("return", "value", jsBuffer(rejecting("T99", "test.mw", "no", ""))), `T99 by "test.mw"`)
	}
	method("does nothing", "inside", resolves(js("undefined")), `F00 by "test.conn": "handler did not return a value."`).hiding("sendData")
	method("does nothing", "in", resolves(js("undefined")), "F00").hiding("sendData").inOwnWords(words)
	method("does nothing", "out", resolves(js("undefined")), "F00").hiding("sendData").inOwnWords(words)
	method("does nothing", "outside", resolves(js("undefined")), "F00").hiding("sendData").inOwnWords(words)
	method("passes on a text", "in", does("next", "value", "text"), `F00 by "test.conn": "data handler was passed a non-buffer. typeof=string"`)
	const packets = "what is sent is a packet"
	method("passes on a text", "out", does("next", "value", "text"), `bob sendData("text")`, paid).lacks(packets, "bob sendData(").
		instead(packets, paid, `reject(F00 by "test.conn": "data handler was passed a non-buffer. typeof=string")`)
	method("passes on nothing", "out", does("next", "value", js("undefined")), `bob sendData(undefined)`, paid).lacks(packets, "bob sendData(").
		instead(packets, paid, `reject(F00 by "test.conn": "data handler was passed a non-buffer. typeof=undefined")`)
	method("answers with a text", "out", resolves("text"), "F00").inOwnWords(words)
	method("answers with a text", "inside", resolves("text"), `F00 by "test.conn": "handler did not return a value."`)
	method("fulfills wrongly", "out", resolves(jsBuffer(fulfilling(preimageOf("x")))), "F05").hiding("sendData")
	method("fulfills wrongly", "outside", resolves(jsBuffer(fulfilling(preimageOf("x")))), "fulfill(").hiding("sendData")
	method("fulfills wrongly", "in", resolves(jsBuffer(fulfilling(preimageOf("x")))), "fulfill(").hiding("sendData")
	const handled = "a plugin is always answered with a packet, unless errorHandler is disabled"
	method("throws", "outermost", throws(jsError("no", "code", "T04")), `rejects Error("no", code T04)`).
		instead(handled, `rejects Error("no", code T04)`, `resolves reject(T04 by "test.conn": "no")`)
	method("rejects", "outermost", rejectsWith(jsError("no", "code", "T04")), `rejects Error("no", code T04)`).
		instead(handled, `rejects Error("no", code T04)`, `resolves reject(T04 by "test.conn": "no")`)
	method("does nothing", "outermost", resolves(js("undefined")), `resolves undefined`).
		instead(handled, "resolves undefined", `resolves reject(F00 by "test.conn": "handler did not return a value.")`)
	s.row("in: hangs and lets go", func(w *npmWorld) []string {
		w.script("mw", "in", does("hold", "then", does("next")))
		waiting := w.begin("alice", "data", "value", jsBuffer(w.prepared()))
		w.awaitSeen("mw in of alice")
		w.script("mw", "in", nil)
		other := w.fulfilled(to("test.conn.bob.x"))
		w.tell("mw", "release")
		return append(other, asAnswers(w.words(w.end(waiting)))...)
	}, paid)

	s.row("in: the address of a child", func(w *npmWorld) []string {
		return asAnswers(w.tell("alice", "data", "value", jsBuffer(ildcpRequest())))
	}, "mw outermost of alice(prepare(peer.config))", "mw in of alice(prepare(peer.config))", "fulfill(")
	s.row("money in, refused", func(w *npmWorld) []string {
		w.script("mw", "inMoney", rejectsWith(jsError("no")))
		defer w.script("mw", "inMoney", nil)
		before := w.Admin.balances(w.t)["bob"]
		return asAnswers(w.tell("bob", "money", "value", "5"), fmt.Sprint("balance changed: ", w.Admin.balances(w.t)["bob"] != before))
	}, `rejects Error("no")`).instead("money that is refused does not count", "changed: true", "changed: false")
	s.row("money in, changed", func(w *npmWorld) []string {
		w.script("mw", "inMoney", does("next", "value", "7"))
		defer w.script("mw", "inMoney", nil)
		return asAnswers(w.tell("bob", "money", "value", "5"))
	}, "resolves undefined").instead("money that has come in is not more or less than the plugin says", "resolves undefined",
		`rejects Error("a middleware has changed the amount, which must stay as it is")`)

	api := func(name, path string, args []any, shows ...string) *npmRow {
		return s.row("api: "+name, func(w *npmWorld) []string {
			w.script("bob", "sendData", resolves(jsBuffer(fulfilling(preimageOf(w.label)))))
			args := slices.Clone(args)
			for i, arg := range args {
				if arg == "PACKET" {
					args[i] = jsBuffer(w.prepared())
				}
			}
			return asAnswers(w.tell("mw", "api", "path", path, "args", args))
		}, shows...)
	}
	api("getInfo", "getInfo", []any{"bob"}, `maximum: "1000"`)
	api("getInfo of nobody", "getInfo", []any{"nobody"}, `throws Error("unknown account id. accountId=nobody")`)
	api("own address", "getOwnAddress", []any{}, `returns "test.conn"`)
	const settles = "the balance of an account decides what is settled"
	const shortened = "a packet of our own expires earlier at the next hop, too"
	api("sendData", "sendData", []any{"PACKET", "bob"}, "mw outside of bob(", "mw out of bob(", "bob sendData(", "resolves fulfill(the preimage)").
		hiding("mw in of").instead(shortened, "expiry 0s later", "expiry -1s later")
	api("sendData to nobody", "sendData", []any{"PACKET", "nobody"},
		`rejects UnreachableError("tried to send data to non-existent account. accountId=nobody", code F02)`)
	api("sendMoney", "sendMoney", []any{"25", "bob"}, `mw outMoney of bob("25")`, `bob sendMoney("25", function)`, "resolves undefined").
		differ(settles, `answer rejects Error("a middleware cannot send money here: the balance of the account decides what is settled")`)
	api("sendMoney to nobody", "sendMoney", []any{"25", "nobody"},
		`rejects UnreachableError("tried to send money to non-existent account. accountId=nobody", code F02)`).
		differ(settles, `answer rejects Error("a middleware cannot send money here: the balance of the account decides what is settled")`)
	s.row("api: sendData that fails", func(w *npmWorld) []string {
		w.script("bob", "sendData", rejectsWith(jsError("no", "name", "LiquidityError", "code", "T04")))
		return asAnswers(w.tell("mw", "api", "path", "sendData", "args", []any{jsBuffer(w.prepared()), "bob"}))
	}, `rejects LiquidityError("failed to send packet: no", code T04)`).
		instead("an error has the name of its code", "LiquidityError", "InsufficientLiquidityError").instead(shortened, "expiry 0s later", "expiry -1s later")

	const invented = "a module invents no values of labels"
	stats := func(metric, method string, value any, labels map[string]any, sample string) *npmRow {
		row := s.row("stats: "+metric, func(w *npmWorld) []string {
			called := w.tell("mw", "stats", "metric", metric, "method", method, "account", "bob", "labels", labels, "value", value)
			return asAnswers(called, w.awaitSample(sample, strings.Replace(sample, "probed", "other", 1)))
		}, sample, fmt.Sprint("} ", value))
		if len(labels) > 0 {
			row.instead(invented, `result="probed"`, `result="other"`)
		}
		return row
	}
	label := map[string]any{"result": "probed"}
	for _, counter := range []string{"incomingDataPackets", "incomingDataPacketValue", "outgoingDataPackets", "outgoingDataPacketValue"} {
		name := map[string]string{
			"incomingDataPackets": "incoming_ilp_packets", "incomingDataPacketValue": "incoming_ilp_packet_value",
			"outgoingDataPackets": "outgoing_ilp_packets", "outgoingDataPacketValue": "outgoing_ilp_packet_value",
		}[counter]
		stats(counter, "increment", 7, label, `ilp_connector_`+name+`{result="probed",account="bob"`)
	}
	stats("rateLimitedPackets", "increment", 5, map[string]any{}, `ilp_connector_rate_limited_ilp_packets{account="bob"`)
	stats("rateLimitedMoney", "increment", 5, map[string]any{}, `ilp_connector_rate_limited_money{account="bob"`)
	stats("incomingMoney", "setValue", 11, label, `ilp_connector_incoming_money{result="probed",account="bob"`)
	stats("outgoingMoney", "setValue", 12, label, `ilp_connector_outgoing_money{result="probed",account="bob"`)
	stats("balance", "setValue", 13, map[string]any{}, `ilp_connector_balance{account="bob"`).
		differ("our own balance of an account comes first", "answer returns undefined", `answer ilp_connector_balance{account="bob",asset="XRP",scale="9"} -914`)
	return s
}

// awaitSample waits until /metrics has a sample that begins with one of some texts, and returns it with its labels in
// the order of the reference.
func (w *npmWorld) awaitSample(beginnings ...string) (sample string) {
	w.t.Helper()
	w.within("a sample of "+beginnings[0], func() bool {
		_, _, body := w.Admin.exchange(w.t, "GET", "/metrics", "")
		for line := range strings.Lines(body) {
			line = resultLast.ReplaceAllString(strings.TrimSpace(line), `{$2,$1,`)
			for _, beginning := range beginnings {
				if strings.HasPrefix(line, beginning) {
					sample = line
					return true
				}
			}
		}
		return false
	})
	return sample
}

// resultLast is the order that ours has for labels.
var resultLast = regexp.MustCompile(`\{(account="[^"]*",asset="[^"]*"),(result="[^"]*"),`)

// npmKept is a middleware that takes the place of built-in ones.
func npmKept() npmSubject {
	keeps := func(name string) npmModule { return module("middleware.js", name, "keep", true) }
	s := npmSubject{
		name: "middleware-kept",
		config: npmConfig{
			accounts:    []npmAccount{probed("alice"), probed("bob")},
			middlewares: []npmModule{keeps("balance"), keeps("alert")},
			settings:    map[string]string{"DISABLE_MIDDLEWARE": `["balance","alert"]`},
		},
	}
	const builtIn = "the admin API tells of what is built in, and shows that it is disabled"
	ask := func(name, method, path, body, ofOurs string, shows ...string) {
		s.row(name, func(w *npmWorld) []string { return asAnswers(w.ask(method, path, body)) }, shows...).
			differ(builtIn, "answer "+method+" "+path+": "+ofOurs)
	}
	ask("balances", "GET", "/balance", "", "200 application/json {}", "balance getStatus()", `{"accounts":{"alice":{"balance":"42"}}}`)
	ask("a balance is changed", "POST", "/balance", `{"accountId":"alice","amountDiff":"5"}`, "204", `balance modifyBalance("alice", "5")`, "204")
	ask("alerts", "GET", "/alerts", "", "200 application/json {}", "alert getAlerts()", `{"alerts":[{"id":7,"message":"of the probe"}]}`)
	ask("an alert is dismissed", "DELETE", "/alerts/7", "", "200 application/json {}", "alert dismissAlert(7)", "204")
	ask("status", "GET", "/status", "", `200 application/json {"balances":{},"connected":{"alice":true,"bob":true},`+
		`"localRoutingTable":{"test.conn":{"nextHop":"","path":""},"test.conn.alice":{"nextHop":"alice","path":""},"test.conn.bob":{"nextHop":"bob","path":""}}}`,
		`"balances":{"alice":"42"}`)
	return s
}
