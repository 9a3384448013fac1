package test

import "time"

// npmDying are plugins that take the reference down, or stop it for a while. Each of them needs a connector of its own.
func npmDying() (subjects []npmSubject) {
	const better = "a module takes down its account and no more"
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
			return asAnswers(w.exits())
		}, shows...).differ(better)
		subjects = append(subjects, s)
	}
	acting("crash", does("crash", "value", jsError("nobody catches this")), "exits with 1")
	acting("crash-text", does("crash", "value", "nobody catches this"), "exits with 1")
	acting("crash-nothing", does("crash", "value", js("undefined")), "exits with 1")
	acting("abandon", does("abandon", "value", jsError("nobody handles this")), "exits with 1")
	acting("abandon-text", does("abandon", "value", "nobody handles this"), "exits with 1")
	acting("exit", does("exit", "code", 3), "exits with 3")
	acting("exit-0", does("exit", "code", 0), "exits with 0")

	event := begin("error-event", true)
	event.row("it", func(w *npmWorld) []string {
		w.begin("bob", "emit", "event", "error", "args", []any{jsError("nobody listens to this")})
		return asAnswers(w.exits())
	}, "exits with 1").differ(better)

	packet := begin("during-a-packet", true)
	packet.row("it", func(w *npmWorld) []string {
		w.script("bob", "sendData", does("exit", "code", 3))
		w.begin("alice", "data", "value", jsBuffer(w.prepared()))
		return asAnswers(w.exits())
	}, "bob sendData(", "exits with 3").differ(better)

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
