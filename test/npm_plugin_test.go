package test

import (
	"fmt"
	"strings"
	"time"
)

// npmPlugins is what a plugin is given, what it may emit, and what its data handler makes of what it is given.
func npmPlugins() npmSubject {
	backend := module("backend.js", "backend")
	writing := probed("writer", "writes", map[string]any{"path": "listener.port", "value": 4711}, "adminInfo", true)
	writing.options = map[string]any{"listener": map[string]any{"port": 1}, "plain": "text", "list": []int{1, 2}}
	overriding := probed("own", "emits", []string{"connect", "disconnect", "connect"})
	overriding.options = map[string]any{"_log": nil, "_store": nil, "_other": 1}
	s := npmSubject{
		name: "plugins",
		config: npmConfig{
			accounts: []npmAccount{
				probed("alice", "asks", jsBuffer(ildcpRequest())), probed("bob", "single", true, "heedsConnected", false),
				probed("pete", "asks", jsBuffer(ildcpRequest())).of("peer"), writing, overriding,
			},
			backend:     &backend,
			environment: []string{"PROBE_VARIABLE=a value"},
		},
		start:    true,
		polls:    []string{"backend getRate(", "pete sendData("},
		parallel: "a backend is told of packets afterwards",
	}
	s.row("the start", func(w *npmWorld) []string {
		w.awaitSeen("pete sendData(prepare(peer.route.control))")
		return nil
	}, `writer constructor({list: [1, 2], listener: {port: 1}, plain: "text"}, ["store", "log"])`,
		"own given(false, false", "alice told(fulfill(", "pete told(reject(")

	s.row("what it writes into its options is seen", func(w *npmWorld) []string {
		return asAnswers(w.tell("backend", "api", "path", "getInfo", "args", []any{"writer"}))
	}, "port: 4711")
	s.row("the log", func(w *npmWorld) []string {
		w.tell("alice", "api", "path", "log.info", "args", []any{"text %s number %d json %j object %o", "words", 5, map[string]int{"a": 1}, 7})
		return asAnswers(w.logs(w.ofKind("[alice] info text words number 5 json",
			`level=INFO msg="npm module" text="text words number 5 json {\"a\":1} object 7" account=alice`)))
	}, "logs").differ("a line of our log has names and values",
		`answer logs level=INFO msg="npm module" text="text words number 5 json {\"a\":1} object 7" account=alice`)

	s.row("the environment", func(w *npmWorld) []string {
		return asAnswers(w.tell("alice", "process", "path", "env.PROBE_VARIABLE"))
	}, `returns "a value"`).differ("a module gets only the variables that are named for it", "answer returns undefined")
	s.row("the working directory", func(w *npmWorld) []string {
		return asAnswers(w.tell("alice", "process", "path", "cwd", "args", []any{}))
	}, `returns "PEERS"`)
	s.row("the standard output", func(w *npmWorld) []string {
		w.tell("alice", "process", "path", "stdout.write", "args", []any{"printed by a probe\n"})
		w.tell("alice", "process", "path", "stderr.write", "args", []any{"complained by a probe\n"})
		return asAnswers(w.logs("printed by a probe"), w.logs("complained by a probe"))
	}, "printed", "complained")
	s.row("what modules share", func(w *npmWorld) []string {
		return asAnswers(w.tell("alice", "share", "value", "of alice"), w.tell("bob", "share", "value", "of bob"))
	}, `returns "of alice"`)

	data := func(name string, value any, shows ...string) *npmRow {
		return s.row(name, func(w *npmWorld) []string { return asAnswers(w.tell("alice", "data", "value", value)) }, shows...)
	}
	data("data: garbage", jsBuffer("ff00"), `F01 by "test.conn": "invalid packet type received. type=255"`)
	data("data: an empty buffer", jsBuffer(""), `F01 by "test.conn": "invalid packet type received. type=undefined"`).
		inOwnWords("undefined is a word of JavaScript")
	data("data: a fulfill", jsBuffer(fulfilling(preimageOf("x"))), `F01 by "test.conn": "invalid packet type received. type=13"`)
	data("data: half a prepare", jsBuffer("0c10"), "resolves reject(F0").inOwnWords("the reference repeats the words of its packet library")
	data("data: a text", "text", `F00 by "test.conn": "data handler was passed a non-buffer. typeof=string"`)
	data("data: an object", map[string]any{"a": 1}, "typeof=object")
	data("data: undefined", js("undefined"), "F00").inOwnWords("the reference repeats the words of JavaScript")
	data("data: null", nil, "F00").inOwnWords("the reference repeats the words of JavaScript")
	data("data: a number", 5, "typeof=number")
	s.row("data after it has disconnected", func(w *npmWorld) []string {
		w.tell("bob", "go", "connected", false)
		w.awaitState("bob", false)
		w.tell("alice", "script", "method", "sendData", "act", resolves(jsBuffer(fulfilling(preimageOf(w.label)))))
		answer := w.tell("bob", "data", "value", jsBuffer(w.prepared(to("test.conn.alice"))))
		w.awaitTold()
		return asAnswers(answer)
	}, "fulfill(the preimage)")
	s.row("data to it then", func(w *npmWorld) []string { return w.forward() }, "T01")
	s.row("connected again", func(w *npmWorld) []string {
		w.tell("bob", "go", "connected", true)
		w.awaitState("bob", true)
		return w.fulfilled()
	}, "fulfill(the preimage)")

	emit := func(w *npmWorld, who, event string, args ...any) { w.tell(who, "emit", "event", event, "args", args) }
	s.row("a peer connects again", func(w *npmWorld) []string {
		w.script("pete", "sendData", resolves(jsBuffer(fulfilling("00"+preimageOf("x")[2:]))))
		emit(w, "pete", "connect")
		w.awaitSeen("pete sendData")
		emit(w, "pete", "connect")
		if w.kind == ours {
			return nil // a connect event of a plugin that is connected is no news
		}
		w.within("two route controls", func() bool { return len(w.record.lines(w.t))-w.record.read >= 2 })
		return nil
	}, "pete sendData(prepare(peer.route.control))")
	s.row("a peer disconnects", func(w *npmWorld) []string {
		emit(w, "pete", "disconnect")
		emit(w, "pete", "disconnect")
		w.awaitState("pete", true)
		return asAnswers(w.ask("GET", "/routing", "")[len("GET /routing: "):][:3], fmt.Sprint("of pete: ", w.hasPeer("pete")))
	}, "of pete: false").instead("isConnected() alone says whether a plugin is connected", "of pete: false", "of pete: true")
	s.row("a peer says that it connects and is not", func(w *npmWorld) []string {
		w.tell("pete", "set", "connected", false)
		w.awaitState("pete", false)
		emit(w, "pete", "connect")
		logged := w.logs("(!!!) plugin emitted connect, but then returned false for isConnected, broken plugin. account=pete")
		w.wait(200*time.Millisecond, func() bool { return w.hasSeen("sendData") })
		return asAnswers(logged, fmt.Sprint("of pete: ", w.hasPeer("pete")))
	}, "of pete: false").hiding("sendData")
	s.row("a peer connects at last", func(w *npmWorld) []string {
		w.tell("pete", "go", "connected", true)
		w.awaitSeen("pete sendData")
		return asAnswers(fmt.Sprint("of pete: ", w.hasPeer("pete")))
	}, "of pete: true")
	s.row("events that mean nothing", func(w *npmWorld) []string {
		for _, event := range []string{"account_connect", "info_change", "incoming_prepare", "money", "close"} {
			emit(w, "pete", event, "x")
		}
		return w.fulfilled()
	}, "fulfill(the preimage)").hiding("pete")
	s.row("listeners", func(w *npmWorld) []string {
		return asAnswers(
			"connect "+w.tell("pete", "listeners", "event", "connect"),
			"disconnect "+w.tell("pete", "listeners", "event", "disconnect"),
			"error "+w.tell("pete", "listeners", "event", "error"))
	}, "connect returns 1", "disconnect returns 1", "error returns 0")
	return s
}

// hasPeer reports whether routes are exchanged with an account.
func (w *npmWorld) hasPeer(id string) bool {
	w.t.Helper()
	var routing struct{ Peers map[string]any }
	w.Admin.get(w.t, "/routing", &routing)
	if w.kind == ours && !w.connected()[id] {
		return false // it tells of sessions that are down, too
	}
	return routing.Peers[id] != nil
}

// npmAdmin is what the admin API asks of plugins, and accounts that are added while the connector runs.
func npmAdmin() npmSubject {
	stands := module("middleware.js", "mw", "stands", everywhere("mw"))
	s := npmSubject{
		name: "admin",
		config: npmConfig{
			accounts:    []npmAccount{probed("alice", "adminInfo", true), probed("bob")},
			middlewares: []npmModule{stands},
			environment: []string{"NODE_PATH=PROBES/packages"},
		},
	}
	ask := func(name, method, path, body string, shows ...string) *npmRow {
		return s.row(name, func(w *npmWorld) []string { return asAnswers(w.ask(method, path, body)) }, shows...)
	}
	ask("info", "GET", "/accounts/alice", "", `200 application/json {"account":"alice","plugin":"PROBES/plugin.js","info":{"told":"by the probe"}}`, "alice getAdminInfo()")
	s.row("no info", func(w *npmWorld) []string {
		answer := w.ask("GET", "/accounts/bob", "")
		if w.kind == ours {
			answer, _, _ = strings.Cut(answer, `,"connected"`)
		}
		return asAnswers(answer)
	}, "500 text/plain Error: plugin has no admin info. account=bob").differ("an operator wants to see the account",
		`answer GET /accounts/bob: 200 application/json {"id":"bob","blocked":false,`+
			`"info":{"assetCode":"XRP","assetScale":9,"plugin":"PROBES/plugin.js","relation":"child"}`)
	ask("tell", "POST", "/accounts/alice", `{"a":[1,"x"]}`, `alice sendAdminInfo({a: [1, "x"]})`, `"result":{"done":true}`)
	ask("tell one who does not listen", "POST", "/accounts/bob", `{"a":1}`, "500 text/plain Error: plugin does not support sending admin info. account=bob")
	ask("tell nothing", "POST", "/accounts/alice", "", "500 text/plain Error: no json body provided to set admin info.")
	ask("all", "GET", "/accounts", "", `"adminInfo":true`, `"adminInfo":false`)
	acting := func(name, method string, act jsAct, verb, body string, shows ...string) {
		s.row(name, func(w *npmWorld) []string {
			w.script("alice", method, act)
			defer w.script("alice", method, nil)
			return asAnswers(w.ask(verb, "/accounts/alice", body))
		}, shows...)
	}
	acting("info at once", "getAdminInfo", returnsNow("text"), "GET", "", `"info":"text"`)
	acting("info rejects", "getAdminInfo", rejectsWith(jsError("no", "name", "TypeError")), "GET", "", "500 text/plain TypeError: no")
	acting("info throws", "getAdminInfo", throws(jsError("no")), "GET", "", "500 text/plain Error: no")
	acting("info throws a text", "getAdminInfo", throws("no"), "GET", "", "500 text/plain Error: non-object thrown. error=no")
	acting("info is nothing", "getAdminInfo", resolves(js("undefined")), "GET", "", `{"account":"alice","plugin":"PROBES/plugin.js"}`)
	acting("telling rejects", "sendAdminInfo", rejectsWith(jsError("no")), "POST", `{}`, "500 text/plain Error: no")

	const afterwards = "an account that is added is constructed and connected afterwards, until that succeeds"
	// last is what a probe sees last when an account is added: ours answers before that.
	add := func(name, id string, probe map[string]any, last string, shows ...string) *npmRow {
		return s.row(name, func(w *npmWorld) []string {
			a := npmAccount{npmModule: npmModule{name: id, module: "npm-probe", probe: probe}}
			answer := w.ask("POST", "/addAccount", inJSONText(w.t, map[string]any{"id": id, "options": w.entry(a)}))
			if w.kind == ours {
				w.awaitSeen(id + " " + last)
				w.awaitSeen("mw mw.startup of " + id)
			}
			return asAnswers(answer)
		}, shows...).atOnce(afterwards, []string{id + " " + last, "answer "})
	}
	s.polls = []string{"dora connect(", "eve constructor(", "mw mw.startup of alice(", "mw mw.startup of bob("}
	add("add an account", "carl", map[string]any{}, "connect(",
		"carl connect({timeout: Infinity})", `{"plugin":"carl","connected":true}`, "mw mw.startup of carl").
		inOrder().instead(afterwards, `"connected":true`, `"connected":false`)
	s.row("packets to it", func(w *npmWorld) []string {
		w.awaitState("carl", true)
		w.script("carl", "sendData", resolves(jsBuffer(fulfilling(preimageOf(w.label)))))
		return w.forward(to("test.conn.carl"))
	}, "fulfill(the preimage)")
	add("add one that cannot connect", "dora", map[string]any{"script": map[string]any{"connect": rejectsWith(jsError("no way"))}}, "connect(",
		"500 text/plain Error: no way").
		instead(afterwards, "500 text/plain Error: no way", `200 application/json {"plugin":"dora","connected":false}`)
	add("add one that cannot be made", "eve", map[string]any{"script": map[string]any{"constructor": throws(jsError("not me"))}}, "constructor(",
		"500 text/plain Error: not me").
		instead(afterwards, "500 text/plain Error: not me", `200 application/json {"plugin":"eve","connected":false}`).
		adds(afterwards, applied("eve"), "mw mw.startup of eve(undefined)")
	add("add one that is not connected after all", "fay", map[string]any{"script": map[string]any{"connect": resolves(nil)}}, "connect(",
		`{"plugin":"fay","connected":false}`)
	const missing = `500 text/plain Error: account gus is not added: accounts.gus.plugin (CONNECTOR_ACCOUNTS): ` +
		`cannot find the npm module "ilp-plugin-that-nobody-has"`
	s.row("add one that has no module", func(w *npmWorld) []string {
		a := npmAccount{npmModule: npmModule{name: "gus", module: "ilp-plugin-that-nobody-has"}}
		answer := firstLine(w.ask("POST", "/addAccount", inJSONText(w.t, map[string]any{"id": "gus", "options": w.entry(a)})))
		if w.kind == ours {
			answer, _, _ = strings.Cut(answer, ";")
		}
		return asAnswers(answer)
	}, "500 text/plain Error: Cannot find module 'ilp-plugin-that-nobody-has'").
		differ("ours has words of its own, with what to do", "answer POST /addAccount: "+missing)
	return s
}

// npmBare is a connector that lets the errors of packets through.
func npmBare() npmSubject {
	s := npmSubject{
		name: "no-error-handler",
		config: npmConfig{
			accounts: []npmAccount{probed("alice"), probed("bob")},
			settings: map[string]string{"DISABLE_MIDDLEWARE": `["errorHandler"]`},
		},
	}
	coded := rejectsWith(jsError("no", "name", "LiquidityError", "code", "T04", "data", "0102"))
	s.row("an error of a plugin", func(w *npmWorld) []string { return w.forwardTo(coded) },
		`rejects LiquidityError("failed to send packet: no", code T04, data <0102>)`)
	s.row("one without a code", func(w *npmWorld) []string { return w.forwardTo(rejectsWith(jsError("no"))) },
		`rejects Error("failed to send packet: no", code F02)`)
	s.row("no route", func(w *npmWorld) []string { return w.forward(to("test.elsewhere")) },
		`rejects UnreachableError("no route found. source=alice destination=test.elsewhere", code F02)`)
	s.row("garbage", func(w *npmWorld) []string { return asAnswers(w.tell("alice", "data", "value", jsBuffer("ff"))) },
		`rejects InvalidPacketError("invalid packet type received. type=255", code F01)`)
	s.row("a text", func(w *npmWorld) []string { return asAnswers(w.tell("alice", "data", "value", "text")) },
		`rejects Error("data handler was passed a non-buffer. typeof=string")`)
	s.row("a reject is no error", func(w *npmWorld) []string {
		return w.forwardTo(resolves(jsBuffer(rejecting("T00", "test.far", "no", ""))))
	}, `resolves reject(T00 by "test.far": "no")`)
	return s
}

// npmMoney is what the money handler and sendMoney do. An account whose sendMoney fails is not used again.
func npmMoney() npmSubject {
	limits := func(minimum, maximum string, more ...any) map[string]any {
		return joined(map[string]any{"minimum": minimum, "maximum": maximum}, pairs(more))
	}
	s := npmSubject{
		name: "money",
		config: npmConfig{accounts: []npmAccount{
			probed("alice").with("balance", limits("-1000", "1000000")),
			probed("rich").with("balance", limits("-100000000000000000000000000", "1000", "settleThreshold", "-2000000000000000000000000", "settleTo", "0")),
			probed("slow").with("rateLimit", map[string]any{"refillPeriod": 3600000, "refillCount": 1, "capacity": 2}),
		}},
	}
	for _, id := range []string{"bob", "refuses", "throws", "throws-text", "hangs"} {
		s.config.accounts = append(s.config.accounts,
			probed(id).with("balance", limits("-1000000", "1000", "settleThreshold", "-50", "settleTo", "0")))
	}
	s.instead("the second argument of sendMoney is of no use", ", function)", ")")
	money := func(name, who string, value any, shows ...string) *npmRow {
		return s.row(name, func(w *npmWorld) []string {
			return asAnswers(w.tell(who, "money", "value", value), "alice "+w.Admin.balances(w.t)["alice"])
		}, shows...)
	}
	const received = "money that has come in counts, whatever the minimum is"
	money("incoming", "alice", "300", "resolves undefined", "alice -300")
	money("incoming, a number", "alice", 100, "alice -400")
	money("incoming, nothing", "alice", "0", "alice -400")
	money("incoming to one without a balance", "slow", "5", "resolves undefined")
	money("incoming, too much", "alice", "601", `rejects Error("insufficient funds. oldBalance=-400 proposedBalance=-1001"`, "alice -400").
		instead(received, `rejects Error("insufficient funds. oldBalance=-400 proposedBalance=-1001")`, "resolves undefined").
		instead(received, "alice -400", "alice -1001")
	s.row("incoming, too often", func(w *npmWorld) []string {
		return asAnswers(w.tell("slow", "money", "value", "5"), w.tell("slow", "money", "value", "5"), w.tell("slow", "data", "value", jsBuffer(w.prepared())))
	}, `rejects RateLimitedError("too many requests, throttling.", code T05)`, "T05")

	forward := func(name, who string, act jsAct, shows ...string) *npmRow {
		return s.row(name, func(w *npmWorld) []string {
			w.script(who, "sendMoney", act)
			w.script(who, "sendData", resolves(jsBuffer(fulfilling(preimageOf(w.label)))))
			answer := w.forward(to("test.conn." + who))
			w.awaitSeen(who + " sendMoney")
			if w.kind == ours && who == "bob" {
				w.within("the outcome", func() bool { return w.Admin.balances(w.t)[who] != "-100" })
			}
			return append(answer, asAnswers(who+" "+w.Admin.balances(w.t)[who])...)
		}, shows...)
	}
	const unknown = "what sendMoney has not said to be paid is owed, and shown to operators"
	forward("outgoing", "bob", nil, `bob sendMoney("100", function)`, "fulfill(the preimage)", "bob 0")
	forward("outgoing, a result", "bob", resolves("text"), "fulfill(the preimage)", "bob 0")
	forward("outgoing, no promise", "bob", returnsNow(nil), "fulfill(the preimage)")
	forward("outgoing, rejects", "refuses", rejectsWith(jsError("no money")), "fulfill(the preimage)").
		instead(unknown, "refuses 0", "refuses -100")
	forward("outgoing, throws", "throws", throws(jsError("no money")), "fulfill(the preimage)").instead(unknown, "throws 0", "throws -100")
	forward("outgoing, throws a text", "throws-text", throws("no money"), "fulfill(the preimage)").
		instead(unknown, "throws-text 0", "throws-text -100")
	forward("outgoing, hangs", "hangs", does("hang"), "fulfill(the preimage)").instead(unknown, "hangs 0", "hangs -100")
	s.row("outgoing, above 2^64", func(w *npmWorld) []string {
		w.Admin.exchange(w.t, "POST", "/balance", `{"accountId":"rich","amountDiff":"-2000000000000000000000000"}`)
		w.script("rich", "sendData", resolves(jsBuffer(fulfilling(preimageOf(w.label)))))
		answer := w.forward(to("test.conn.rich"))
		w.awaitSeen("rich sendMoney")
		return answer
	}, `rich sendMoney("2000000000000000000000100"`)
	return s
}
