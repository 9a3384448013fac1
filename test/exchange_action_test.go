package test

import (
	"cmp"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"
)

// exchange is done move by move; the reply is what came of each, in words.
type exchange []move

// move is one part of an exchange.
type move interface {
	narrate(b *bench, s scenario) []string
}

func (e exchange) perform(b *bench, s scenario) reply {
	r := reply{Type: "exchange"}
	for _, m := range e {
		r.Frames = append(r.Frames, m.narrate(b, s)...)
	}
	return r
}

// narrated is the outcome of an exchange.
func narrated(lines ...string) outcome { return outcome{Reply: reply{Type: "exchange", Frames: lines}} }

// tell has a neighbor tell the connector its routes, as the next in order unless but changes that. News is
// "+test.x test.a test.b", a prefix with its path, which is the speaker alone if it is not there; and "-test.x".
type tell struct {
	from  string
	news  []string
	but   func(m *updateMessage)
	bytes func(data []byte) []byte // spoils the data
	prepare
}

func says(from string, news ...string) tell { return tell{from: from, news: news} }

func (t tell) perform(b *bench, s scenario) reply {
	n := b.neighbor(t.from)
	to := n.told + uint32(len(t.news))
	m := updateMessage{table: n.tableID(), current: to, from: n.told, to: to, hold: uint32(toldExpiry.Milliseconds()), speaker: n.address}
	for _, news := range t.news {
		words := strings.Fields(news[1:])
		if news[0] == '-' {
			m.withdrawn = append(m.withdrawn, words[0])
			continue
		}
		a := announcement{prefix: words[0], path: words[1:], auth: authBy(t.from, words[0])}
		if len(a.path) == 0 {
			a.path = []string{m.speaker}
		}
		m.announced = append(m.announced, a)
	}
	if t.but != nil {
		t.but(&m)
	}
	got := t.message(b, s, t.from, "peer.route.update", m.data(), t.bytes)
	if got.Type == "fulfill" && t.bytes == nil && m.from <= n.told && m.to > n.told {
		n.told = m.to // as a connector that has heard of it believes
	}
	return got
}

func (t tell) narrate(b *bench, s scenario) []string {
	return []string{t.from + " tells: " + inWords(t.perform(b, s))}
}

// begins has a neighbor begin with another table, of which the connector knows nothing.
type begins struct{ from string }

func (g begins) narrate(b *bench, _ scenario) []string {
	n := b.neighbor(g.from)
	n.tables, n.told = n.tables+1, 0
	return nil
}

// control has a neighbor ask for routes: those since an epoch of the table that it knows, some before the one it
// knows, or from the beginning.
type control struct {
	from     string
	mode     byte
	known    bool
	back     int
	table    string // another one
	features []string
	bytes    func(data []byte) []byte // spoils the data
	prepare
}

// asks is a control that asks for everything, and resumes one that asks for the rest.
func asks(from string) control    { return control{from: from, mode: modeSync} }
func resumes(from string) control { return control{from: from, mode: modeSync, known: true} }

func (c control) perform(b *bench, s scenario) reply {
	n := b.neighbor(c.from)
	m := controlMessage{mode: c.mode, table: cmp.Or(c.table, noTable), features: c.features}
	if c.known {
		b.listen(n, false)
		m.table, m.epoch = n.table, uint32(int(n.epoch)-c.back)
	}
	got := c.message(b, s, c.from, "peer.route.control", m.data(), c.bytes)
	if got.Type == "fulfill" {
		n.epoch = m.epoch
	}
	return got
}

func (c control) narrate(b *bench, s scenario) []string {
	return []string{c.from + " asks: " + inWords(c.perform(b, s))}
}

// message sends a message of the routing protocol in the Prepare, which says what is wrong with the packet.
func (p prepare) message(b *bench, s scenario, from, to string, data []byte, spoil func([]byte) []byte) reply {
	if spoil != nil {
		data = spoil(data)
	}
	p.from, p.to, p.data = from, to, hex.EncodeToString(data)
	p.amount, p.condition = cmp.Or(p.amount, "0"), cmp.Or(p.condition, peerCondition)
	return p.perform(b, s)
}

// inWords is a reply in short.
func inWords(r reply) string {
	switch {
	case r.Type == "fulfill" && allZeros(r.Fulfillment) && r.Data == "" && r.Odd == "":
		return "fulfilled"
	case r.Type == "reject" && r.Data == "" && r.Odd == "":
		return fmt.Sprintf("rejected by %s with %s %s", r.TriggeredBy, r.Code, r.Message)
	}
	return fmt.Sprintf("%+v", r)
}

// allZeros reports whether hex is nothing but zeros.
func allZeros(hex string) bool { return strings.Trim(hex, "0") == "" }

// replies sets how a neighbor answers messages of the routing protocol from now on.
type replies struct {
	at   string
	with answer
}

func (r replies) narrate(b *bench, _ scenario) []string {
	n := b.neighbor(r.at)
	var before int // messages that were answered as until now
	b.peers.ask(b.t, "routing", r.at, map[string]any{"always": r.with.with(noPreimage)}, &before)
	b.listenUpTo(n, before, false)
	n.refuses = r.with.Do != ""
	return nil
}

// noPreimage is the fulfillment of the peer protocols.
var noPreimage = hexOf(make([]byte, 32))

// hangup breaks the connection of a neighbor and waits until the connector knows.
type hangup struct{ at string }

func (h hangup) narrate(b *bench, _ scenario) []string {
	b.listen(b.neighbor(h.at), false)
	b.peers.ask(b.t, "close", h.at, nil, nil)
	b.present = slices.DeleteFunc(b.present, func(id string) bool { return id == h.at })
	b.connector.awaitGone(b.t, h.at)
	return nil
}

// redial connects a neighbor again, which answers messages of the routing protocol so. If the old connection is
// there, the new one takes its place.
type redial struct {
	at      string
	answers answer
}

func (r redial) narrate(b *bench, _ scenario) []string {
	n := b.neighbor(r.at)
	if slices.Contains(b.present, r.at) {
		b.listen(n, false)
	}
	n.taken, n.updates, n.controls, n.refuses = 0, nil, nil, r.answers.Do != ""
	b.peers.open(b.t, r.at, map[string]any{
		"replaces": true,
		"options":  map[string]any{"server": b.connector.URL(r.at)},
		"routing":  r.answers.with(noPreimage),
	}).connected(b.t)
	if !slices.Contains(b.present, r.at) {
		b.present = append(b.present, r.at)
	}
	b.connector.awaitConnected(b.t, r.at)
	return nil
}

// within asks done again and again until it says yes, and reports whether it did before the time was up.
func within(limit time.Duration, done func() bool) bool {
	deadline := time.NewTimer(limit)
	defer deadline.Stop()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for !done() {
		select {
		case <-tick.C:
		case <-deadline.C:
			return false
		}
	}
	return true
}
