package test

import (
	"cmp"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// expiry is that of a prepare, in milliseconds as on the wire.
func (p prepare) expiry(b *bench) time.Time {
	if p.expiresAt != 0 {
		return b.start.Add(p.expiresAt)
	}
	in := cmp.Or(p.expiresIn, 10*time.Second)
	return time.Now().Add(in).Truncate(time.Millisecond)
}

// packet is the prepare as peer.js takes it.
func (p prepare) packet(b *bench, s scenario) map[string]any {
	b.sent = packet{expiresAt: p.expiry(b), condition: cmp.Or(p.condition, conditionOf(preimageOf(s.label)))}
	return map[string]any{
		"amount":      cmp.Or(p.amount, "100"),
		"destination": p.to,
		"expiresAt":   b.sent.expiresAt,
		"condition":   b.sent.condition,
		"data":        p.data,
	}
}

func (p prepare) perform(b *bench, s scenario) reply {
	var got reply
	b.peers.ask(b.t, "prepare", p.from, map[string]any{"packet": p.packet(b, s)}, &got)
	return got
}

func (a send) perform(b *bench, s scenario) reply {
	var got reply
	b.peers.ask(b.t, "send", a.from, map[string]any{"hex": hexOf(a.bytes(b.good(s)))}, &got)
	return got
}

func (c call) perform(b *bench, s scenario) reply {
	arguments := map[string]any{"type": "TYPE_MESSAGE", "entries": c.entries(b.good(s))}
	if c.transfer != "" {
		arguments["type"], arguments["amount"] = "TYPE_TRANSFER", c.transfer
	}
	var got reply
	b.peers.ask(b.t, "call", c.from, arguments, &got)
	return got
}

func (r release) perform(b *bench, _ scenario) reply {
	b.peers.ask(b.t, "release", r.at, nil, nil)
	return reply{Type: "none"}
}

// perform gives the packets preimages of their own, or the second would be a duplicate of the first.
func (o overlap) perform(b *bench, s scenario) reply {
	first, second := s, s
	first.label += ", first"
	second.label += ", second"
	held := answer{Do: "hold", Then: &answer{Do: "fulfill"}}
	b.peers.script(b.t, b.present, held.with(preimageOf(first.label)))
	done := make(chan verdict, 1)
	b.peers.begin(b.t, "prepare", o.first.from, map[string]any{"packet": o.first.packet(b, first)}, done)
	b.peers.ask(b.t, "awaited", o.at, map[string]any{"count": 1}, nil)

	b.peers.script(b.t, b.present, answer{}.with(preimageOf(second.label)))
	both := reply{Type: "overlap", Entries: []replyEntry{{Name: "first"}, {Name: "second"}}}
	both.Entries[1].Reply = o.second.perform(b, second)
	b.peers.ask(b.t, "release", o.at, nil, nil)
	b.peers.end(b.t, done, &both.Entries[0].Reply)
	for i, label := range []string{first.label, second.label} {
		both.Entries[i].Reply = b.normalizeReply(both.Entries[i].Reply, preimageOf(label))
	}
	return both
}

func (i introduce) perform(b *bench, _ scenario) reply {
	var said introduction
	b.peers.ask(b.t, "connected", i.to, nil, &said)
	return reply{Type: "introduction", Name: said.Username, Message: said.Token, Data: hexOf([]byte(said.Path))}
}

func (look) perform(b *bench, _ scenario) reply {
	balances, err := json.Marshal(b.connector.Admin.balances(b.t))
	if err != nil {
		b.t.Fatal(err)
	}
	return reply{Type: "balances", Message: string(balances)}
}

func (a ask) perform(b *bench, _ scenario) reply {
	path := a.path
	if strings.Contains(path, "ALERT") {
		var body struct{ Alerts []struct{ ID int64 } }
		b.connector.Admin.get(b.t, "/alerts", &body)
		if len(body.Alerts) != 1 {
			b.t.Fatalf("there are %d alerts, not one", len(body.Alerts))
		}
		path = strings.ReplaceAll(path, "ALERT", strconv.FormatInt(body.Alerts[0].ID, 10))
	}
	status, contentType, body := b.connector.Admin.exchange(b.t, a.method, path, a.body)
	if status == http.StatusInternalServerError {
		body, _, _ = strings.Cut(body, "\n") // Node.js adds the paths of its modules
	}
	return reply{Type: "http", Status: status, Name: contentType, Message: sorted(contentType, body)}
}

// sorted writes a JSON document again, so that the order of its keys does not matter.
func sorted(contentType, body string) string {
	var document any
	if !strings.HasPrefix(contentType, "application/json") || json.Unmarshal([]byte(body), &document) != nil {
		return body
	}
	again, err := json.Marshal(document)
	if err != nil {
		return body
	}
	return string(again)
}
