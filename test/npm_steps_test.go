package test

import (
	"fmt"
	"slices"
	"strings"
)

// asAnswers is a row's result that is a single answer.
func asAnswers(lines ...string) []string {
	for i, line := range lines {
		lines[i] = "answer " + line
	}
	return lines
}

// forward has the account alice send a packet, and tells how its data handler ended.
func (w *npmWorld) forward(changes ...func(*packet)) []string {
	w.t.Helper()
	return asAnswers(w.tell("alice", "data", "value", jsBuffer(w.prepared(changes...))))
}

// forwardTo is the same with bob doing as told.
func (w *npmWorld) forwardTo(act jsAct, changes ...func(*packet)) []string {
	w.t.Helper()
	w.script("bob", "sendData", act)
	return w.forward(changes...)
}

// ask makes a request to the admin API, and puts its answer in words.
func (w *npmWorld) ask(method, path, body string) (said string) {
	w.t.Helper()
	status, contentType, answer := w.Admin.exchange(w.t, method, path, body)
	contentType, _, _ = strings.Cut(contentType, ";")
	defer func() { said = w.withoutAdditions(said) }()
	return strings.TrimSpace(w.words(fmt.Sprint(method, " ", path, ": ", status, " ", contentType, " ", answer)))
}

// withoutAdditions leaves out what ours tells besides.
func (w *npmWorld) withoutAdditions(said string) string {
	if w.kind == ours {
		said = additions.ReplaceAllString(said, "")
	}
	return said
}

// awaitState waits until ours knows whether an account is connected. It looks at a plugin every 100 ms, where the
// reference looks at each packet.
func (w *npmWorld) awaitState(id string, connected bool) {
	w.t.Helper()
	if w.kind == ours {
		w.within(fmt.Sprint("connected: ", connected), func() bool { return w.connected()[id] == connected })
	}
}

// exits waits until the connector ends.
func (w *npmWorld) exits() string {
	w.t.Helper()
	return fmt.Sprint("exits with ", w.exitCode(w.t))
}

// ofKind is a text for the kind of connector that runs.
func (w *npmWorld) ofKind(ofReference, ofOurs string) string {
	if w.kind == ours {
		return ofOurs
	}
	return ofReference
}

// logs waits until the connector has logged a text.
func (w *npmWorld) logs(text string) string {
	w.t.Helper()
	w.within("a line with "+text, func() bool { return strings.Contains(w.output.String(), text) })
	return "logs " + text
}

func firstLine(text string) string {
	first, _, _ := strings.Cut(text, "\n")
	return first
}

// fulfilled forwards a packet that bob fulfills.
func (w *npmWorld) fulfilled(changes ...func(*packet)) []string {
	w.t.Helper()
	answers := w.forwardTo(resolves(jsBuffer(fulfilling(preimageOf(w.label)))), changes...)
	w.awaitTold()
	return answers
}

// awaitTold waits until ours has told the backend of a fulfilled packet, which it does afterwards.
func (w *npmWorld) awaitTold() {
	w.t.Helper()
	if w.kind != ours || w.config.backend == nil || w.config.backend.probe == nil {
		return
	}
	without, _ := w.config.backend.probe["without"].([]string)
	for _, method := range []string{"submitPacket", "submitPayment"} {
		if !slices.Contains(without, method) {
			w.awaitSeen("backend " + method + "(")
		}
	}
}
