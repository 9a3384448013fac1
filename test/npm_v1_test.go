package test

import (
	"encoding/base64"
	"time"
)

// npmV1 is a plugin of version 1 of the interface, which the reference adapts by npm's ilp-compat-plugin.
func npmV1() npmSubject {
	old := npmAccount{npmModule: npmModule{name: "old", module: "v1.js", probe: map[string]any{
		"info": map[string]any{
			"prefix": "test.conn.old.", "connectors": []string{"test.conn.old.hub"}, "currency": "EUR", "currencyScale": 4,
		},
		"account": "test.conn.old.us",
	}}}
	s := npmSubject{
		name:  "v1",
		start: true,
		config: npmConfig{accounts: []npmAccount{
			probed("alice"), old.with("balance", map[string]string{"minimum": "-1000", "maximum": "1000"}),
		}},
	}
	url := base64.RawURLEncoding.EncodeToString
	s.row("the start", func(w *npmWorld) []string { return nil }, "old connect()", "old registerRequestHandler(function)").
		hiding("old registerDataHandler")

	// sends has alice send a packet, and the plugin do something when it has got the transfer.
	sends := func(w *npmWorld, destination, event string, args ...any) []string {
		waiting := w.begin("alice", "data", "value", jsBuffer(w.prepared(to(destination))))
		w.awaitSeen("old sendTransfer")
		w.tell("old", "transfer", "event", event, "args", args)
		return asAnswers(w.words(w.end(waiting)))
	}
	s.row("out, fulfilled", func(w *npmWorld) []string {
		return sends(w, "test.conn.old.bob.x", "outgoing_fulfill", url(unhex(preimageOf(w.label))))
	}, "fulfill(the preimage)", `to: "test.conn.old.bob"`, `from: "test.conn.old.us"`, `ledger: "test.conn.old."`, `custom: {}`)
	s.row("out, fulfilled twice", func(w *npmWorld) []string {
		reply := sends(w, "test.conn.old.bob.y", "outgoing_fulfill", url(unhex(preimageOf(w.label))))
		again := w.tell("old", "transfer", "event", "outgoing_fulfill", "args", []any{url(unhex(preimageOf("another")))})
		then := w.tell("old", "transfer", "event", "outgoing_reject", "args", []any{map[string]any{"code": "F00"}})
		return append(reply, asAnswers(again, then)...)
	}, "fulfill(the preimage)")
	s.row("out, to the connector beyond", func(w *npmWorld) []string {
		return sends(w, "test.conn.old", "outgoing_fulfill", url(unhex(preimageOf(w.label))))
	}, `to: "test.conn.old.hub"`)
	s.row("out, wrong fulfillment", func(w *npmWorld) []string {
		return sends(w, "test.conn.old.bob", "outgoing_fulfill", url(unhex(preimageOf("another"))))
	}, "F05")
	for _, event := range []string{"outgoing_reject", "outgoing_cancel"} {
		s.row(event, func(w *npmWorld) []string {
			return sends(w, "test.conn.old.bob", event, map[string]any{
				"code": "T04", "name": "Insufficient Liquidity", "message": "its own words", "triggered_by": "test.far",
				"triggered_at": time.Unix(0, 0).UTC(), "forwarded_by": []string{},
			})
		}, "reject(T04", "its own words")
		s.row(event+" without a reason", func(w *npmWorld) []string { return sends(w, "test.conn.old.bob", event) }, "reject(")
	}
	s.row("out, the transfer fails", func(w *npmWorld) []string {
		w.script("old", "sendTransfer", rejectsWith(jsError("no")))
		defer w.script("old", "sendTransfer", nil)
		return asAnswers(w.tell("alice", "data", "value", jsBuffer(w.prepared(to("test.conn.old.bob")))))
	}, `F02 by "test.conn": "failed to send packet: no"`)

	// receives has the plugin tell of a transfer that has come in.
	transfer := func(w *npmWorld, destination string) map[string]any {
		w.prepared(to(destination))
		amount := make([]byte, 8)
		amount[7] = 100
		ilp := append(amount, octetString([]byte(destination))...)
		ilp = append(ilp, octetString(nil)...)
		ilp = append(ilp, 0)
		return map[string]any{
			"id": "3c1f8a4e-5e2b-4a53-9d3f-4a4f6d3b2a10", "amount": "100", "ilp": url(envelope(1, ilp)),
			"executionCondition": url(unhex(w.sent.condition)), "expiresAt": w.sent.expiresAt.UTC().Format("2006-01-02T15:04:05.000Z"),
			"from": "test.conn.old.bob", "to": "test.conn.old.us", "ledger": "test.conn.old.", "custom": map[string]any{},
		}
	}
	s.row("in, fulfilled", func(w *npmWorld) []string {
		w.script("alice", "sendData", resolves(jsBuffer(fulfilling(preimageOf(w.label)))))
		w.tell("old", "emit", "event", "incoming_prepare", "args", []any{transfer(w, "test.conn.alice")})
		w.awaitSeen("old fulfillCondition")
		return nil
	}, "alice sendData(prepare(100 to test.conn.alice, condition as sent", "old fulfillCondition(")
	s.row("in, rejected", func(w *npmWorld) []string {
		w.script("alice", "sendData", rejectsWith(jsError("no")))
		w.tell("old", "emit", "event", "incoming_prepare", "args", []any{transfer(w, "test.conn.alice")})
		w.awaitSeen("old rejectIncomingTransfer")
		return nil
	}, "old rejectIncomingTransfer(", "failed to send packet: no")
	s.row("in, money", func(w *npmWorld) []string {
		before := w.Admin.balances(w.t)["old"]
		w.tell("old", "emit", "event", "incoming_transfer", "args", []any{map[string]any{"id": "x", "amount": "50"}})
		w.within("the balance", func() bool { return w.Admin.balances(w.t)["old"] != before })
		return asAnswers(before + " then " + w.Admin.balances(w.t)["old"])
	}, "then")
	s.row("in, a request", func(w *npmWorld) []string {
		w.prepared(to("peer.config"))
		return asAnswers(w.tell("old", "request", "message", map[string]any{
			"from": "test.conn.old.bob", "to": "test.conn.old.us", "ledger": "test.conn.old.",
			"ilp": base64.StdEncoding.EncodeToString(unhex(ildcpRequest())),
		}))
	}, `resolves {`, `to: "test.conn.old.bob"`)
	s.row("in, a request without a packet", func(w *npmWorld) []string {
		return asAnswers(w.tell("old", "request", "message", map[string]any{"from": "a", "to": "b", "custom": map[string]any{"a": 1}}))
	}, `rejects Error("cannot handle requests without ilp packet")`)
	s.row("events", func(w *npmWorld) []string {
		for _, event := range []string{"disconnect", "connect", "info_change", "account_connect"} {
			w.tell("old", "emit", "event", event)
		}
		return asAnswers(w.ask("GET", "/accounts", ""))
	}, `"old":{"info"`, `"connected":true`)
	return s
}
