package test

import (
	"syscall"
	"time"
)

// ildcpAnswer is what a parent says to a connector that asks for its address, in hex.
func ildcpAnswer(address string) string {
	data := append(octetString([]byte(address)), 9)
	data = append(data, octetString([]byte("XRP"))...)
	return hexOf(envelope(13, append(make([]byte, 32), octetString(data)...)))
}

// ildcpRequest is how a child asks for its address, in hex.
func ildcpRequest() string {
	return hexOf(packet{
		expiresAt:   time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC),
		condition:   "66687aadf862bd776c8fc18b8e9f8e20089714856ee233b3902a591d0d5f2925", // of 32 zeros
		destination: "peer.config",
	}.bytes())
}

// interrupt sends the connector the signal of ^C, and waits for its end.
func (w *npmWorld) interrupt() []string {
	w.t.Helper()
	if err := w.cmd.Process.Signal(syscall.SIGINT); err != nil {
		w.t.Fatal(err)
	}
	return asAnswers(w.exits())
}

// everywhere stands a middleware in all pipelines, at the end of each.
func everywhere(as string) (stands []map[string]any) {
	for _, pipeline := range []string{
		"startup", "teardown", "incomingData", "incomingMoney", "outgoingData", "outgoingMoney",
	} {
		stands = append(stands, map[string]any{"in": pipeline, "insert": "insertLast", "as": as + "." + pipeline})
	}
	return stands
}

// npmStart is the order in which modules are made, connected and ended.
func npmStart() npmSubject {
	backend, store := module("backend.js", "backend"), module("store.js", "store")
	s := npmSubject{
		name:  "start",
		start: true,
		config: npmConfig{
			accounts: []npmAccount{probed("zoe"), probed("pat").of("peer"), probed("ann", "script", map[string]any{"isConnected": returnsNow(true)})},
			backend:  &backend,
			store:    &store,
			middlewares: []npmModule{
				module("middleware.js", "late", "stands", everywhere("late")),
				module("middleware.js", "early", "stands", everywhere("early")),
			},
		},
	}
	s.row("the start", func(w *npmWorld) []string {
		for _, of := range []string{"zoe", "pat", "ann"} {
			w.awaitSeen("early.startup of " + of)
		}
		w.awaitSeen("pat sendData")
		return nil
	}, "store constructor", "backend connect()", "zoe connect({timeout: 10000})", "pat sendData(prepare(peer.route.control))").
		inOrder().hiding("ann connect(").
		atOnce("accounts start at the same time, each as in the reference",
			[]string{"store constructor", "backend constructor", "late constructor", "early constructor", "backend connect()"},
			[]string{"early constructor", `late applyToPipelines(["startup", "teardown", "incomingData", "incomingMoney", "outgoingData", "outgoingMoney"], "zoe")`,
				"early applyToPipelines(", "zoe constructor", "zoe registerDataHandler", "zoe connect(", "late late.startup of zoe", "early early.startup of zoe"},
			[]string{"pat constructor", "pat registerMoneyHandler", "pat connect(", "pat sendData("})
	s.row("the end", func(w *npmWorld) []string { return w.interrupt() },
		"zoe disconnect()", "ann disconnect()", "early early.teardown of ann(undefined)", "exits with 0").inOrder().
		adds("an account that ends always gives its handlers back", deregistered("ann", "pat", "zoe")...).
		atOnce("accounts end at the same time, each as in the reference",
			[]string{"zoe disconnect()", "zoe deregisterDataHandler()", "late late.teardown of zoe", "early early.teardown of zoe"},
			[]string{"ann disconnect()", "late late.teardown of ann", "early early.teardown of ann", "exits with 0"})
	s.polls = []string{"backend getRate("}
	return s
}

// deregistered are the lines of probes whose handlers are given back.
func deregistered(probes ...string) (lines []string) {
	for _, probe := range probes {
		lines = append(lines, probe+" deregisterDataHandler()", probe+" deregisterMoneyHandler()")
	}
	return lines
}

// awaitReadyTo waits until ours has accounts connected.
func (w *npmWorld) awaitReadyTo(ids ...string) {
	w.t.Helper()
	for _, id := range ids {
		w.awaitState(id, true)
	}
}

// awaitStartups waits until a middleware has seen the startup of accounts.
func (w *npmWorld) awaitStartups(ids ...string) {
	w.t.Helper()
	for _, id := range ids {
		w.awaitSeen("mw.startup of " + id)
	}
}

func startups(ids ...string) (lines []string) {
	for _, id := range ids {
		lines = append(lines, "mw mw.startup of "+id+"(undefined)")
	}
	return lines
}

// connected are the lines of probes that are connected after they were constructed.
func connected(ids ...string) (lines []string) {
	for _, id := range ids {
		lines = append(lines, id+" registerDataHandler(function)", id+" registerMoneyHandler(function)", id+" connect({timeout: 500})")
	}
	return lines
}

func applied(id string) string {
	return `mw applyToPipelines(["startup", "teardown", "incomingData", "incomingMoney", "outgoingData", "outgoingMoney"], "` + id + `")`
}

// npmInherits is a start without an address, which the first parent tells.
func npmInherits() npmSubject {
	gives := map[string]any{"sendData": resolves(jsBuffer(ildcpAnswer("test.far.conn")))}
	s := npmSubject{
		name:  "inherits",
		start: true,
		config: npmConfig{
			accounts: []npmAccount{
				probed("ann"), probed("par", "script", gives).of("parent"), probed("other", "script", gives).of("parent"),
			},
			settings: map[string]string{"ILP_ADDRESS": "unknown"},
		},
	}
	s.row("the start", func(w *npmWorld) []string {
		w.awaitSeen("par sendData(prepare(peer.route.control))")
		w.awaitSeen("other sendData(prepare(peer.route.control))")
		return nil
	}, "par connect({})", "par sendData(prepare(peer.config))", "ann connect({timeout: 10000})").inOrder().
		atOnce("accounts start at the same time, when there is an address",
			[]string{"par constructor(", "par connect({})", "par sendData(prepare(peer.config))", "ann connect({timeout: 10000})"},
			[]string{"par sendData(prepare(peer.config))", "par sendData(prepare(peer.route.control))"},
			[]string{"par sendData(prepare(peer.config))", "other connect({timeout: 10000})", "other sendData(prepare(peer.route.control))"})
	s.polls = []string{"par sendData("}
	s.row("the address", func(w *npmWorld) []string {
		return asAnswers(w.tell("ann", "data", "value", jsBuffer(ildcpRequest())))
	}, "746573742e6661722e636f6e6e2e616e6e")
	return s
}

// npmBadStarts are starts that go wrong in a module. Each of them needs a connector of its own.
func npmBadStarts() []npmSubject {
	begin := func(name string, c npmConfig) npmSubject {
		if c.accounts == nil {
			c.accounts = []npmAccount{probed("ann"), probed("bob"), probed("cat")}
		}
		c.settings = joinedText(c.settings, map[string]string{"INITIAL_CONNECT_TIMEOUT": "500"})
		return npmSubject{name: name, start: true, config: c}
	}
	acting := func(id, method string, act jsAct, more ...any) npmAccount {
		return probed(id, append([]any{"script", map[string]any{method: act}}, more...)...)
	}
	backend := func(act jsAct) *npmModule {
		m := module("backend.js", "backend", "script", map[string]any{"connect": act})
		return &m
	}
	stands := module("middleware.js", "mw", "stands", everywhere("mw"))
	const (
		alone  = "what one account does is no trouble of the others"
		closed = "accounts connect, and no packet passes while middlewares are missing"
	)

	rejecting := begin("backend-connect-rejects", npmConfig{backend: backend(rejectsWith(jsError("no rates")))})
	rejecting.awaits = "backend connect("
	const degrades = "a backend that cannot connect is asked to again, and accounts work for one currency"
	withoutRates := func(w *npmWorld) []string {
		w.awaitReadyTo("ann", "bob", "cat")
		return asAnswers(w.logs("no rates"))
	}
	rejecting.polls = []string{"backend connect("}
	rejecting.row("it", func(w *npmWorld) []string {
		if w.kind == ours {
			return withoutRates(w)
		}
		return asAnswers(w.exits(), w.logs("no rates"))
	}, "exits with 1").hiding("ann connect(").
		lacks(degrades, "exits with 1").adds(degrades, connected("ann", "bob", "cat")...)
	throwing := begin("backend-connect-throws", npmConfig{backend: backend(throws(jsError("no rates")))})
	throwing.awaits = "backend connect("
	throwing.polls = []string{"backend connect("}
	throwing.row("it", func(w *npmWorld) []string {
		if w.kind == ours {
			return withoutRates(w)
		}
		return asAnswers(w.exits())
	}, "exits with 1").hiding("ann connect(").
		instead(degrades, "exits with 1", "logs no rates").adds(degrades, connected("ann", "bob", "cat")...)

	hanging := begin("backend-connect-hangs", npmConfig{backend: backend(does("hang"))})
	hanging.awaits = "backend connect("
	hanging.row("it", func(w *npmWorld) []string {
		awaitPort(w.t, w.adminPort, w.exited)
		if w.kind == ours {
			w.awaitReadyTo("ann", "bob", "cat")
			return asAnswers(w.ask("GET", "/accounts", ""))
		}
		w.wait(time.Second, func() bool { return w.hasSeen("ann connect(") })
		return asAnswers(w.ask("GET", "/accounts", ""))
	}, "200", `"connected":false`).hiding("ann connect(", "registerDataHandler", `"connected":true`).
		adds(degrades, connected("ann", "bob", "cat")...).instead(degrades, `"connected":false`, `"connected":true`)

	refused := begin("connect-rejects", npmConfig{
		accounts:    []npmAccount{probed("ann"), acting("bob", "connect", rejectsWith(jsError("no way"))), probed("cat")},
		middlewares: []npmModule{stands},
	})
	refused.awaits = "cat connect("
	refused.row("it", func(w *npmWorld) []string {
		logged := w.logs("no way")
		if w.kind == ours {
			w.awaitReadyTo("ann", "cat")
			w.awaitStartups("ann", "bob", "cat")
			return asAnswers(logged)
		}
		w.wait(700*time.Millisecond, func() bool { return w.hasSeen("startup") })
		return asAnswers(logged)
	}, "cat connect(").hiding("startup of").adds(alone, startups("ann", "bob", "cat")...).atOnce(alone)
	refused.polls = []string{"bob connect({timeout: Infinity})"}
	refused.row("the others work", func(w *npmWorld) []string {
		w.script("cat", "sendData", rejectsWith(jsError("heard")))
		return asAnswers(w.tell("ann", "data", "value", jsBuffer(w.prepared(to("test.conn.cat")))))
	}, "failed to send packet: heard")
	refused.row("it does not", func(w *npmWorld) []string {
		return asAnswers(w.tell("ann", "data", "value", jsBuffer(w.prepared())))
	}, "T01")

	thrown := begin("connect-throws", npmConfig{
		accounts: []npmAccount{probed("ann"), acting("bob", "connect", throws(jsError("no way"))), probed("cat")},
	})
	thrown.awaits = "bob connect("
	thrown.row("it", func(w *npmWorld) []string {
		logged := w.logs("no way")
		if w.kind == ours {
			w.awaitReadyTo("ann", "cat")
			return asAnswers(logged)
		}
		w.wait(700*time.Millisecond, func() bool { return w.hasSeen("cat connect(") })
		return asAnswers(logged)
	}, "ann connect(").hiding("cat connect(").adds(alone, "cat connect({timeout: 500})")
	thrown.polls = refused.polls

	slow := begin("connect-hangs", npmConfig{
		accounts:    []npmAccount{probed("ann"), acting("bob", "connect", does("hold", "then", does("usual"))), probed("cat")},
		middlewares: []npmModule{stands},
	})
	slow.awaits = "startup of cat"
	slow.row("it", func(w *npmWorld) []string {
		const late = "one or more accounts failed to connect within the time limit, continuing anyway."
		if w.kind == ours {
			w.awaitReadyTo("ann", "cat")
			w.awaitStartups("ann", "bob", "cat")
			return asAnswers(w.logs("connector ready"))
		}
		return asAnswers(w.logs(late))
	}, "bob connect({timeout: 500})", "mw.startup of bob").
		instead("we do not wait for children", "one or more accounts failed to connect within the time limit, continuing anyway.", "connector ready").
		atOnce(alone)
	slow.row("meanwhile", func(w *npmWorld) []string {
		return asAnswers(w.tell("ann", "data", "value", jsBuffer(w.prepared())))
	}, "T01")
	slow.row("afterwards", func(w *npmWorld) []string {
		w.script("bob", "sendData", rejectsWith(jsError("heard")))
		w.tell("bob", "release")
		w.tell("bob", "act", "act", does("usual"))
		w.awaitState("bob", true)
		return asAnswers(w.tell("ann", "data", "value", jsBuffer(w.prepared())))
	}, "failed to send packet: heard")

	applying := func(name string, act jsAct) npmSubject {
		m := module("middleware.js", "mw", "script", map[string]any{"applyToPipelines": act})
		s := begin(name, npmConfig{middlewares: []npmModule{m}})
		s.awaits = "mw applyToPipelines("
		s.row("it", func(w *npmWorld) []string {
			logged := w.logs("failed to apply middleware to account. middlewareName=mw accountId=ann error=")
			awaitPort(w.t, w.adminPort, w.exited)
			if w.kind == ours {
				w.awaitReadyTo("ann", "bob", "cat")
				return append(asAnswers(logged, w.ask("GET", "/accounts", "")),
					asAnswers(w.tell("ann", "data", "value", jsBuffer(w.prepared())))...)
			}
			w.wait(700*time.Millisecond, func() bool { return w.hasSeen("connect(") })
			return asAnswers(logged, w.ask("GET", "/accounts", ""))
		}, `"connected":false`).hiding(" connect(", `"connected":true`).
			adds(closed, connected("ann", "bob", "cat")...).instead(closed, `"connected":false`, `"connected":true`).
			adds(closed, applied("bob"), applied("cat"), `answer resolves reject(T01 by "test.conn": "middleware is not available.")`)
		return s
	}

	ending := begin("disconnect-rejects", npmConfig{
		accounts:    []npmAccount{probed("ann"), acting("bob", "disconnect", rejectsWith(jsError("never"))), probed("cat")},
		middlewares: []npmModule{stands},
	})
	ending.row("it", func(w *npmWorld) []string {
		if w.kind == ours {
			w.awaitStartups("ann", "bob", "cat")
		}
		return nil
	}).atOnce(alone)
	ending.row("the end", func(w *npmWorld) []string { return w.interrupt() }, "cat disconnect()", "exits with 1").
		hiding("teardown").adds("an account that ends always gives its handlers back", deregistered("ann", "bob", "cat")...).
		instead(alone, "exits with 1", "exits with 0").
		adds(alone, "mw mw.teardown of ann(undefined)", "mw mw.teardown of bob(undefined)", "mw mw.teardown of cat(undefined)").
		atOnce(alone)

	stuck := begin("disconnect-hangs", npmConfig{
		accounts: []npmAccount{probed("ann"), acting("bob", "disconnect", does("hang")), probed("cat")},
	})
	stuck.row("it", func(w *npmWorld) []string { return nil })
	stuck.row("the end", func(w *npmWorld) []string {
		if err := w.cmd.Process.Signal(syscall.SIGINT); err != nil {
			w.t.Fatal(err)
		}
		w.awaitSeen("cat disconnect(")
		if w.kind == ours {
			return asAnswers("it has ended by itself", w.exits())
		}
		if w.wait(500*time.Millisecond, func() bool { return !w.Alive() }) {
			return asAnswers("it has ended by itself")
		}
		return append(asAnswers("it waits"), w.interrupt()...) // a second time
	}, "it waits", "exits with 1").adds("an account that ends always gives its handlers back", deregistered("ann", "bob", "cat")...).
		instead("a plugin that hangs does not keep the connector from its end", "it waits", "it has ended by itself").
		instead("a plugin that hangs does not keep the connector from its end", "exits with 1", "exits with 0")

	return []npmSubject{
		rejecting, throwing, hanging, refused, thrown, slow,
		applying("apply-throws", throws(jsError("not here"))), applying("apply-rejects", rejectsWith(jsError("not here"))),
		ending, stuck,
	}
}

// joinedText is both maps in one.
func joinedText(a, b map[string]string) map[string]string {
	both := make(map[string]string)
	for _, m := range []map[string]string{a, b} {
		for k, v := range m {
			both[k] = v
		}
	}
	return both
}
