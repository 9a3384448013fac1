package test

import (
	"encoding/json"
	"fmt"
	"strings"
)

// routingStatus is what GET /routing says.
type routingStatus struct {
	CurrentEpoch      uint32
	LocalRoutingTable map[string]struct{ NextHop, Path string }
	Peers             map[string]map[string]json.RawMessage
}

func (b *bench) routing() (status routingStatus) {
	b.connector.Admin.get(b.t, "/routing", &status)
	return status
}

// ways tells the routes to prefixes that the connector uses.
type ways struct{ to string }

func (w ways) narrate(b *bench, _ scenario) (lines []string) {
	table := b.routing().LocalRoutingTable
	for _, prefix := range strings.Fields(w.to) {
		route, ok := table[prefix]
		switch {
		case !ok:
			lines = append(lines, "there is no way to "+prefix)
		case route.NextHop == "":
			lines = append(lines, prefix+" is here")
		default:
			lines = append(lines, strings.TrimSpace(prefix+" is behind "+route.NextHop+" by "+route.Path))
		}
	}
	return lines
}

// becomes waits until the route to a prefix leads to an account, or to none, and tells where it leads.
type becomes struct{ prefix, nextHop string }

func (w becomes) narrate(b *bench, s scenario) []string {
	within(b.patience(s), func() bool { return b.routing().LocalRoutingTable[w.prefix].NextHop == w.nextHop })
	return ways{w.prefix}.narrate(b, s)
}

// lands sends a packet until it is received at an account, or is refused if there is none, and tells where it is.
type lands struct{ to, at string }

func (l lands) narrate(b *bench, s scenario) []string {
	var where, said string
	within(b.patience(s), func() bool {
		b.peers.script(b.t, b.present, s.answer.with(preimageOf(s.label)))
		r := prepare{from: b.present[0], to: l.to}.perform(b, s)
		where, said = "", l.to+" is "+inWords(b.normalizeReply(r, preimageOf(s.label)))
		for i, requests := range b.peers.received(b.t, b.present) {
			if len(requests) > 0 {
				where, said = b.present[i], l.to+" is received by "+b.present[i]
			}
		}
		return where == l.at
	})
	b.peers.script(b.t, b.present, s.answer.with(preimageOf(s.label)))
	return []string{said}
}

// status tells how the exchange with a neighbor is doing in one direction, send or receive. What it has been sent may
// count when it has answered.
type status struct{ at, direction string }

func (w status) narrate(b *bench, s scenario) []string {
	var side json.RawMessage
	within(b.patience(s), func() bool {
		var epoch struct{ Epoch uint32 }
		side = b.routing().Peers[w.at][w.direction]
		if side != nil {
			if err := json.Unmarshal(side, &epoch); err != nil {
				b.t.Fatal(err)
			}
		}
		return w.direction != "send" || epoch.Epoch == b.neighbor(w.at).epoch
	})
	return []string{fmt.Sprintf("%s %s: %s", w.at, w.direction, sorted("application/json", string(side)))}
}

// knows tells whether the connector has a route to a prefix of its own that is long or strange.
type knows struct{ prefix string }

func (k knows) narrate(b *bench, _ scenario) []string {
	if _, ok := b.routing().LocalRoutingTable[k.prefix]; ok {
		return []string{"it is known"}
	}
	return []string{"it is not known"}
}
