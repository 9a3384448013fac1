package speaker

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/ilp-go/connector/account"
	"github.com/ilp-go/connector/ilp/ccp"
	"github.com/ilp-go/connector/route"
)

// hub is a sender and the routes that it advertises.
type hub struct {
	*sender
	ribOut
	rib    *route.RIB
	others int // further table ids
	denied string
	sent   uint32 // id of the last update
}

// feed is the neighbor that announces our routes.
var feed = route.Neighbor{Account: "feed", Relation: account.Child}

func newHub() *hub {
	h := &hub{sender: newSender(testTimers), rib: route.NewRIB()}
	log := route.NewLog()
	h.ribOut = ribOut{ID: [16]byte{1}, Address: "test.hub", Log: log, View: route.NewView(h.rib, log), NewID: func() [16]byte {
		h.others++
		return [16]byte{1, byte(h.others)}
	}}
	h.View.Reset(route.Identity{Address: "test.hub", GlobalPrefix: "test"}, nil, func() {})
	return h
}

func (h *hub) learn(prefixes ...string) {
	for _, p := range prefixes {
		if c, changed := h.rib.Learn(feed, route.Route{Prefix: p, Path: []string{"test.feed", p}}); changed {
			h.View.Apply([]route.Change{c})
		}
	}
}

func (h *hub) withdraw(prefixes ...string) {
	for _, p := range prefixes {
		if c, changed := h.rib.Withdraw(feed.Account, p); changed {
			h.View.Apply([]route.Change{c})
		}
	}
}

func (h *hub) next(ms int) string {
	u, id := h.Next(&h.ribOut, func(r *route.Route) bool { return r.Prefix != h.denied }, at(ms))
	if u == nil {
		return "nothing"
	}
	h.sent = id
	var words []string
	for _, r := range u.NewRoutes {
		words = append(words, "+"+strings.TrimPrefix(r.Prefix, "test."))
	}
	for _, p := range u.WithdrawnRoutes {
		words = append(words, "-"+strings.TrimPrefix(p, "test."))
	}
	if len(words) > 6 {
		words = append(words[:3], fmt.Sprintf("and %d more", len(words)-3))
	}
	return strings.TrimSpace(fmt.Sprintf("%x %d-%d/%d %s", u.RoutingTableID[:2], u.FromEpoch, u.ToEpoch, u.CurrentEpoch, strings.Join(words, " ")))
}

func (h *hub) asks(mode ccp.Mode, table [16]byte, epoch uint32, features ...string) bool {
	return h.Control(&ccp.RouteControl{Mode: mode, LastKnownRoutingTableID: table, LastKnownEpoch: epoch, Features: features}, &h.ribOut)
}

// many returns n prefixes.
func many(n int) (prefixes []string) {
	for i := range n {
		prefixes = append(prefixes, fmt.Sprintf("test.n%d", i))
	}
	return prefixes
}

// line is an event at a time, and the update that is sent after it, as hub.next writes
// it.
type line struct {
	at   int
	do   func(h *hub, now time.Time)
	want string
}

func hears(h *hub, now time.Time)   { h.Answered(h.sent, nil, now) }
func refuses(h *hub, now time.Time) { h.Answered(h.sent, errors.New("no"), now) }
func comes(h *hub, _ time.Time)     { h.Connect(&h.ribOut) }
func goes(h *hub, _ time.Time)      { h.Disconnect() }
func silence(*hub, time.Time)       {}
func syncs(h *hub, _ time.Time)     { h.asks(ccp.Sync, [16]byte{}, 0) }
func idles(h *hub, _ time.Time)     { h.asks(ccp.Idle, [16]byte{}, 0) }
func invents(h *hub, _ time.Time)   { h.asks(7, [16]byte{}, 0) }
func syncsBulk(h *hub, _ time.Time) { h.asks(ccp.Sync, [16]byte{}, 0, "other", featureBulk) }

func syncsAt(table [16]byte, epoch uint32) func(*hub, time.Time) {
	return func(h *hub, _ time.Time) { h.asks(ccp.Sync, table, epoch) }
}

func learns(prefixes ...string) func(*hub, time.Time) {
	return func(h *hub, _ time.Time) { h.learn(prefixes...) }
}

func loses(prefixes ...string) func(*hub, time.Time) {
	return func(h *hub, _ time.Time) { h.withdraw(prefixes...) }
}

func TestSenderConversations(t *testing.T) {
	for name, lines := range map[string][]line{
		"nothing unless asked": {
			{0, comes, "nothing"},
			{9999, learns("test.a"), "nothing"},
			{10000, invents, "nothing"},
			{10001, idles, "nothing"},
		},
		"nothing while it is gone": {
			{0, syncs, "nothing"},
			{1, comes, "0100 0-0/0"}, // the control may come before we know that the neighbor is connected
			{2, hears, "nothing"},
			{3, goes, "nothing"},
			{99999, learns("test.a"), "nothing"},
			{99999, comes, "nothing"}, // until it asks again
			{100000, syncsAt([16]byte{1}, 0), "0100 0-1/1 +a"},
		},
		"first sync": {
			{0, learns("test.a", "test.b"), "nothing"},
			{1, comes, "nothing"},
			{2, syncs, "0100 0-2/2 +a +b"},
			{3, silence, "nothing"},
			{10, hears, "nothing"},
		},
		"news wait a moment": {
			{1, comes, "nothing"},
			{2, syncs, "0100 0-0/0"},
			{3, hears, "nothing"},
			{100, learns("test.a"), "nothing"},
			{151, silence, "nothing"},
			{152, silence, "0100 0-1/1 +a"},
			{160, learns("test.b"), "nothing"},
			{400, silence, "nothing"}, // one at a time
			{410, hears, "0100 1-2/2 +b"},
			{411, hears, "nothing"},
			{700, loses("test.a"), "0100 2-3/3 -a"},
		},
		"heartbeat": {
			{1, comes, "nothing"},
			{2, syncs, "0100 0-0/0"},
			{3, hears, "nothing"},
			{30001, silence, "nothing"},
			{30002, silence, "0100 0-0/0"},
			{30100, hears, "nothing"},
			{60001, silence, "nothing"},
			{60002, silence, "0100 0-0/0"},
		},
		"fifty at a time": {
			{0, learns(many(120)...), "nothing"},
			{1, comes, "nothing"},
			{2, syncs, "0100 0-50/120 +n0 +n1 +n2 and 47 more"},
			{3, hears, "nothing"},
			{151, silence, "nothing"},
			{152, silence, "0100 50-100/120 +n50 +n51 +n52 and 47 more"},
			{153, hears, "nothing"},
			{302, silence, "0100 100-120/120 +n100 +n101 +n102 and 17 more"},
		},
		"bulk": {
			{0, learns(many(1200)...), "nothing"},
			{1, comes, "nothing"},
			// 49 bytes and 71, 73 or 75 a route, with 1, 2 or 3 digits, up to 32,767.
			{2, syncsBulk, "0100 0-439/1200 +n0 +n1 +n2 and 436 more"},
			{3, hears, "0100 439-875/1200 +n439 +n440 +n441 and 433 more"},
			{4, hears, "0100 875-1200/1200 +n875 +n876 +n877 and 322 more"},
			{5, hears, "nothing"},
			{6, learns("test.x"), "0100 1200-1201/1201 +x"},
			{7, syncs, "nothing"}, // it does not want bulk any more
			{156, silence, "0100 0-50/1201 +n0 +n1 +n2 and 47 more"},
		},
		"refused update": {
			{0, learns("test.a"), "nothing"},
			{1, comes, "nothing"},
			{2, syncs, "0100 0-1/1 +a"},
			{10, refuses, "nothing"},
			{109, learns("test.b"), "nothing"},
			{110, silence, "0100 0-2/2 +a +b"},
			{120, refuses, "nothing"},
			{319, silence, "nothing"},
			{320, silence, "0100 0-2/2 +a +b"},
			{330, hears, "nothing"},
			{480, learns("test.c"), "0100 2-3/3 +c"},
		},
		"refused heartbeat": {
			{1, comes, "nothing"},
			{2, syncs, "0100 0-0/0"},
			{10, refuses, "nothing"},
			{110, silence, "0100 0-0/0"},
		},
		"lost update": {
			{0, learns("test.a"), "nothing"},
			{1, comes, "nothing"},
			{2, syncs, "0100 0-1/1 +a"},
			{10001, silence, "nothing"},
			{10002, silence, "nothing"},
			{10102, silence, "0100 0-1/1 +a"},
		},
		"it asks again meanwhile": {
			{0, learns("test.a"), "nothing"},
			{1, comes, "nothing"},
			{2, syncs, "0100 0-1/1 +a"},
			{3, syncs, "nothing"}, // not too often
			{4, hears, "nothing"}, // the answer to the update before does not count
			{152, silence, "0100 0-1/1 +a"},
		},
		"idle and back": {
			{0, learns("test.a"), "nothing"},
			{1, comes, "nothing"},
			{2, syncs, "0100 0-1/1 +a"},
			{3, hears, "nothing"},
			{4, idles, "nothing"},
			{99999, learns("test.b"), "nothing"},
			{100000, syncsAt([16]byte{1}, 1), "0100 1-2/2 +b"},
		},
		"back at an earlier epoch": {
			{0, learns("test.a", "test.b"), "nothing"},
			{1, comes, "nothing"},
			{2, syncs, "0100 0-2/2 +a +b"},
			{3, hears, "nothing"},
			{1000, syncsAt([16]byte{1}, 1), "0100 1-2/2 +b"},
		},
		"at an epoch that has not been": {
			{0, learns("test.a"), "nothing"},
			{1, comes, "nothing"},
			{2, syncs, "0100 0-1/1 +a"},
			{3, hears, "nothing"},
			{1000, syncsAt([16]byte{1}, 2), "0101 0-1/1 +a"}, // under an id that it has not heard
		},
		"of another table": {
			{0, learns("test.a"), "nothing"},
			{1, comes, "nothing"},
			{2, syncsAt([16]byte{9}, 77), "0100 0-1/1 +a"},
		},
		"of our table, and we never told it": {
			{0, learns("test.a", "test.b"), "nothing"},
			{1, comes, "nothing"},
			{2, syncsAt([16]byte{1}, 1), "0100 1-2/2 +b"},
		},
		"of the last run's table": {
			{0, func(h *hub, _ time.Time) { h.Reused = true; h.learn("test.a", "test.b") }, "nothing"},
			{1, comes, "nothing"},
			{2, syncsAt([16]byte{1}, 1), "0101 0-2/2 +a +b"},
			{3, hears, "nothing"},
			{1000, syncsAt([16]byte{1, 1}, 1), "0101 1-2/2 +b"},
		},
		"what it may not know": {
			{0, func(h *hub, _ time.Time) { h.denied = "test.b"; h.learn("test.a", "test.b") }, "nothing"},
			{1, comes, "nothing"},
			{2, syncs, "0100 0-2/2 +a -b"},
		},
		"while our address is not known": {
			{0, func(h *hub, _ time.Time) { h.Address = "" }, "nothing"},
			{1, comes, "nothing"},
			{2, syncs, "nothing"},
			{99999, func(h *hub, _ time.Time) { h.Address = "test.hub" }, "0100 0-0/0"},
		},
		"our address is another one": {
			{0, learns("test.a"), "nothing"},
			{1, comes, "nothing"},
			{2, syncs, "0100 0-1/1 +a"},
			{3, hears, "nothing"},
			{1000, func(h *hub, _ time.Time) { h.ID = [16]byte{3}; h.Reset(&h.ribOut) }, "0300 0-1/1 +a"},
		},
		"forgotten withdrawals": {
			{0, learns("test.a", "test.b"), "nothing"},
			{1, comes, "nothing"},
			{2, syncs, "0100 0-2/2 +a +b"},
			{3, hears, "nothing"},
			{4, goes, "nothing"},
			{5, func(h *hub, _ time.Time) { // more withdrawals than the log keeps for one that is gone
				gone := many(3000)
				h.learn(gone...)
				h.withdraw(gone...)
				h.withdraw("test.b")
				h.Log.Compact(h.Log.Epoch(), func() {})
			}, "nothing"},
			{6, comes, "nothing"},
			// The last 1,024 are kept, from epoch 4979 on; the update has 49 of them.
			{1000, syncsAt([16]byte{1}, 2), "0101 0-5028/6003 +a -n1977 -n1978 and 47 more"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			newHub().follow(t, lines)
		})
	}
}

// follow does what lines say, and compares what is sent.
func (h *hub) follow(t *testing.T, lines []line) {
	t.Helper()
	for i, l := range lines {
		l.do(h, at(l.at))
		if got := h.next(l.at); got != l.want {
			t.Fatalf("line %d at %d ms: %s, want %s", i, l.at, got, l.want)
		}
	}
}
