package test

import "fmt"

// npmStores is what plugins keep in a store, and how it comes back.
func npmStores() npmSubject {
	store := module("store.js", "store")
	store.options = map[string]any{"own": "text"}
	s := npmSubject{
		name:  "store",
		start: true,
		config: npmConfig{
			accounts: []npmAccount{probed("alice"), probed("a"), probed("ab")},
			store:    &store,
			settings: map[string]string{"STORE_PATH": "a/path"},
		},
	}
	s.row("the start", func(w *npmWorld) []string { return nil }, `store constructor({own: "text", path: "a/path"}, [])`).hiding("store get", "store put")
	use := func(w *npmWorld, who, method string, args ...any) string {
		return w.tell(who, "api", "path", "store."+method, "args", append([]any{}, args...))
	}
	values := []struct {
		name  string
		value any
		shows string
	}{
		{"a text", "text", `"text"`},
		{"an empty text", "", `""`},
		{"a number", 5.5, "5.5"},
		{"an object", map[string]any{"a": []any{1, nil}}, "{a: [1, null]}"},
		{"a buffer", jsBuffer("00ff"), "<00ff>"},
		{"undefined", js("undefined"), "undefined"},
		{"null", nil, "null"},
		{"NaN", js("nan"), "NaN"},
		{"true", true, "true"},
		{"a big number", js("bignumber", "text", "12.5"), "bignumber 12.5"},
		{"a big object", map[string]any{"text": fmt.Sprintf("%01000d", 0)}, `{text: "0000`},
		{"members of many kinds", js("object", "of", map[string]any{"b": jsBuffer("01"), "n": js("undefined")}), "{b: <01>, n: undefined}"},
	}
	for _, v := range values {
		s.row("value: "+v.name, func(w *npmWorld) []string {
			return asAnswers(use(w, "alice", "put", "key", v.value), use(w, "alice", "get", "key"))
		}, `store put("alicekey", `+v.shows, "resolves "+v.shows)
	}
	s.row("nothing there", func(w *npmWorld) []string { return asAnswers(use(w, "alice", "get", "other")) }, "resolves undefined")
	s.row("deleted", func(w *npmWorld) []string {
		return asAnswers(use(w, "alice", "put", "key", "text"), use(w, "alice", "del", "key"), use(w, "alice", "get", "key"))
	}, `store del("alicekey")`, "resolves undefined")
	s.row("keys that collide", func(w *npmWorld) []string {
		return asAnswers(use(w, "a", "put", "bx", "of a"), use(w, "ab", "get", "x"))
	}, `store put("abx", "of a")`, `store get("abx")`, `resolves "of a"`)
	s.row("a key that is no text", func(w *npmWorld) []string {
		return asAnswers(use(w, "alice", "put", 5, "text"), use(w, "alice", "get", "5"))
	}, `store put("alice5", "text")`)
	s.row("no key", func(w *npmWorld) []string { return asAnswers(use(w, "alice", "get")) }, `store get("aliceundefined")`)
	s.row("an argument too many", func(w *npmWorld) []string { return asAnswers(use(w, "alice", "put", "key", "text", "more")) },
		`store put("alicekey", "text")`)

	acting := func(name, method string, act jsAct, shows ...string) *npmRow {
		return s.row(name, func(w *npmWorld) []string {
			w.script("store", method, act)
			defer w.script("store", method, nil)
			return asAnswers(use(w, "alice", method, "key", "text"))
		}, shows...)
	}
	coded := jsError("full", "name", "DiskError", "code", "T00")
	acting("get rejects", "get", rejectsWith(coded), `rejects DiskError("full", code T00)`)
	acting("get throws", "get", throws(coded), `throws DiskError("full", code T00)`)
	acting("get at once", "get", returnsNow("text"), `returns "text"`)
	acting("get null", "get", resolves(nil), `resolves null`)
	acting("put resolves to something", "put", resolves("done"), `resolves "done"`)
	acting("put rejects", "put", rejectsWith(coded), `rejects DiskError("full", code T00)`)
	acting("put rejects with a text", "put", rejectsWith("full"), `rejects "full"`)
	acting("put rejects with nothing", "put", rejectsWith(js("undefined")), `rejects undefined`)
	acting("del rejects", "del", rejectsWith(coded), `rejects DiskError("full", code T00)`)
	s.row("a put that never ends", func(w *npmWorld) []string {
		w.script("store", "put", does("hold", "then", does("usual"), "once", true))
		waiting := w.begin("alice", "api", "path", "store.put", "args", []any{"slow", "1"})
		w.awaitSeen("alice" + "slow")
		other := use(w, "alice", "put", "fast", "2")
		w.tell("store", "release")
		return asAnswers(other, w.words(w.end(waiting)), use(w, "alice", "get", "slow"))
	}, `store put("alicefast"`, `resolves "1"`)
	s.row("many at once", func(w *npmWorld) []string {
		var waiting []<-chan npmVerdict
		for i := range 20 {
			waiting = append(waiting, w.begin("alice", "api", "path", "store.put", "args", []any{fmt.Sprint("n", i), i}))
		}
		for _, one := range waiting {
			w.end(one)
		}
		return asAnswers(use(w, "alice", "get", "n19"))
	}, `store put("alicen0", 0)`, `store put("alicen19", 19)`, "resolves 19").inOrder()
	s.row("packets go on", func(w *npmWorld) []string {
		w.script("a", "sendData", resolves(jsBuffer(fulfilling(preimageOf(w.label)))))
		return w.forward(to("test.conn.a"))
	}, "fulfill(the preimage)").hiding("store ")
	return s
}
