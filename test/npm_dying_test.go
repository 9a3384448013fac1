package test

import "time"

// outlives ends a row whose plugin takes the reference down. Ours starts the process again, in which all plugins are.
func (w *npmWorld) outlives() []string {
	w.t.Helper()
	if w.kind == reference {
		return asAnswers(w.exits())
	}
	for _, a := range w.config.accounts {
		w.awaitSeen(a.name + " connect(")
	}
	w.awaitReady()
	w.script("cat", "sendData", resolves(jsBuffer(fulfilling(preimageOf(w.label)))))
	return append(asAnswers(w.logs("the node host has ended")), w.forward(to("test.conn.cat"))...)
}

// again are the lines of a row whose plugins were constructed again.
func again(more ...string) []string {
	for _, probe := range []string{"alice", "bob", "cat"} {
		more = append(more,
			probe+` constructor({}, ["store", "log"])`,
			probe+` given(true, true, ["get", "put", "del"], ["info", "warn", "error", "debug", "trace"])`,
			probe+` registerDataHandler(function)`, probe+` registerMoneyHandler(function)`,
			probe+` connect({timeout: Infinity})`)
	}
	return append(more, "cat sendData(prepare(100 to test.conn.cat, condition as sent, expiry -1s later))",
		"answer logs the node host has ended", "answer resolves fulfill(the preimage)")
}

// npmDying are plugins that take the reference down, or stop it for a while. Each of them needs a connector of its own.
func npmDying() (subjects []npmSubject) {
	const better = "a module takes down the accounts of its process, and these for a moment"
	begin := func(name string, strict bool) npmSubject {
		return npmSubject{name: "dying-" + name, config: npmConfig{
			accounts: []npmAccount{probed("alice"), probed("bob"), probed("cat")},
			strict:   strict,
		}}
	}
	acting := func(name string, act jsAct, shows ...string) {
		s := begin(name, true)
		s.row("it", func(w *npmWorld) []string {
			w.begin("bob", "act", "act", act)
			return w.outlives()
		}, shows...).differ(better, again()...)
		subjects = append(subjects, s)
	}
	acting("crash", does("crash", "value", jsError("nobody catches this")), "exits with 1")
	acting("crash-text", does("crash", "value", "nobody catches this"), "exits with 1")
	acting("crash-nothing", does("crash", "value", js("undefined")), "exits with 1")
	abandoning := func(name string, value any) {
		s := begin(name, true)
		s.row("it", func(w *npmWorld) []string {
			w.begin("bob", "act", "act", does("abandon", "value", value))
			if w.kind == reference {
				return asAnswers(w.exits())
			}
			return append(asAnswers(w.logs("a rejection that nothing handles: ")), w.fulfilled()...)
		}, "exits with 1").differ("most modules were written before an unhandled rejection ended a process",
			"bob sendData(prepare(100 to test.conn.bob, condition as sent, expiry -1s later))",
			"answer logs a rejection that nothing handles: ", "answer resolves fulfill(the preimage)")
		subjects = append(subjects, s)
	}
	abandoning("abandon", jsError("nobody handles this"))
	abandoning("abandon-text", "nobody handles this")
	acting("exit", does("exit", "code", 3), "exits with 3")
	acting("exit-0", does("exit", "code", 0), "exits with 0")

	event := begin("error-event", true)
	event.row("it", func(w *npmWorld) []string {
		w.begin("bob", "emit", "event", "error", "args", []any{jsError("nobody listens to this")})
		return w.outlives()
	}, "exits with 1").differ(better, again()...)

	packet := begin("during-a-packet", true)
	packet.row("it", func(w *npmWorld) []string {
		w.script("bob", "sendData", does("exit", "code", 3))
		w.begin("alice", "data", "value", jsBuffer(w.prepared()))
		w.awaitSeen("bob sendData(")
		return w.outlives()
	}, "bob sendData(", "exits with 3").
		differ(better, again("bob sendData(prepare(100 to test.conn.bob, condition as sent, expiry -1s later))")...)

	// A rejection that nothing handles did not end a process when most of these packages were written.
	lenient := begin("abandon-leniently", false)
	lenient.row("it", func(w *npmWorld) []string {
		told := w.tell("bob", "act", "act", does("abandon", "value", jsError("nobody handles this")))
		return append(asAnswers(told), w.fulfilled()...)
	}, "fulfill(the preimage)")

	busy := begin("busy", true)
	busy.row("it", func(w *npmWorld) []string {
		w.script("cat", "sendData", resolves(jsBuffer(fulfilling(preimageOf(w.label)))))
		began := time.Now()
		blocking := w.begin("bob", "act", "act", does("block", "ms", 700))
		answer := w.forward(to("test.conn.cat"))
		w.end(blocking)
		if time.Since(began) < 700*time.Millisecond {
			return append(answer, asAnswers("the others did not wait")...)
		}
		return append(answer, asAnswers("the others waited")...)
	}, "the others waited", "fulfill(the preimage)")
	return append(subjects, event, packet, lenient, busy)
}
