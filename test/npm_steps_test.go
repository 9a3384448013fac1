package test

import (
	"fmt"
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
func (w *npmWorld) ask(method, path, body string) string {
	w.t.Helper()
	status, contentType, answer := w.Admin.exchange(w.t, method, path, body)
	contentType, _, _ = strings.Cut(contentType, ";")
	return strings.TrimSpace(w.words(fmt.Sprint(method, " ", path, ": ", status, " ", contentType, " ", answer)))
}

// exits waits until the connector ends.
func (w *npmWorld) exits() string {
	w.t.Helper()
	return fmt.Sprint("exits with ", w.exitCode(w.t))
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
	return w.forwardTo(resolves(jsBuffer(fulfilling(preimageOf(w.label)))), changes...)
}
