package speaker

import (
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ilp-go/connector/account"
	"github.com/ilp-go/connector/ilp/ccp"
	"github.com/ilp-go/connector/route"
)

// pauseWork is the long work of a Speaker, by kind.
var pauseWork = map[string]struct{ prepare, do func(*pauseTest) }{
	"learn":       {do: func(x *pauseTest) { x.p.says("+test.new1", "+test.new2", "-test.n1", "+test.n2.below", "-test.n0") }},
	"new table":   {do: func(x *pauseTest) { x.p.table++; x.p.epoch = 0; x.p.says("+test.n1", "+test.new1") }},
	"suspend":     {do: func(x *pauseTest) { x.p.says(plus(0, 12)...) }},
	"demote":      {do: func(x *pauseTest) { x.us.Connected("p", false); x.net.pass(time.Second) }},
	"drop":        {do: func(x *pauseTest) { x.us.Connected("p", false); x.net.pass(3 * time.Second) }},
	"restore":     {do: func(x *pauseTest) { x.us.Connected("p", false); x.us.Connected("p", true); x.p.says() }},
	"remove":      {do: func(x *pauseTest) { x.us.Remove("p") }},
	"static":      {do: func(x *pauseTest) { x.static("test.static", "test.n1", "test.n2.x") }},
	"new address": {do: func(x *pauseTest) { x.us.static.Address = "test.hub.us"; x.us.setStatic() }},
	"lists":       {do: func(x *pauseTest) { x.lists() }},
	"listing":     {do: func(x *pauseTest) { x.list() }},
	"hold-down": {
		prepare: func(x *pauseTest) { x.net.pass(43 * time.Second) },
		do:      func(x *pauseTest) { x.net.pass(3 * time.Second) },
	},
	"resume": {
		prepare: func(x *pauseTest) {
			for range 5 {
				x.p.says("-test.n0", "-test.n1")
				x.p.says("+test.n0", "+test.n1")
			}
		},
		do: func(x *pauseTest) { _, _ = x.us.Resume("p"); x.net.pass(time.Second) },
	},
	"damping": {
		prepare: func(x *pauseTest) {
			for range 5 {
				x.p.says("-test.n0", "-test.n1")
				x.p.says("+test.n0", "+test.n1")
			}
			for range 9 {
				x.net.pass(30 * time.Second)
				x.p.says()
				x.q.says()
			}
			x.net.pass(5 * time.Second)
		},
		do: func(x *pauseTest) { x.net.pass(3 * time.Second) }, // the penalties are low enough
	},
}

// pauseEvents are the events that happen in a pause.
var pauseEvents = map[string]func(*pauseTest){
	"remove":     func(x *pauseTest) { x.us.Remove("p") },
	"replace":    func(x *pauseTest) { x.us.Remove("p"); x.add(); x.us.Connected("p", true) },
	"disconnect": func(x *pauseTest) { x.us.Connected("p", false) },
	"connect":    func(x *pauseTest) { x.us.Connected("p", true) },
	"other":      func(x *pauseTest) { x.us.Remove("q") },
	"lists":      func(x *pauseTest) { x.lists() },
	"static":     func(x *pauseTest) { x.static("test.other", "test.n2", "test.n3.x") },
	"address":    func(x *pauseTest) { x.us.static.Address = "test.n1.us"; x.us.setStatic() },
	"listing":    func(x *pauseTest) { x.list() },
	"resume":     func(x *pauseTest) { _, _ = x.us.Resume("p") },
}

// TestStateMayChangeInEveryPause does each kind of long work and lets each event happen in
// the first pause, then in the second, and so on. Whatever happens, the FIB, the log and
// the sessions must agree with the RIB in the end.
func TestStateMayChangeInEveryPause(t *testing.T) {
	for work, w := range pauseWork {
		for event, happens := range pauseEvents {
			if serial := work == "static" || work == "new address"; serial && (event == "static" || event == "address") {
				continue // the second SetStatic waits for the first
			}
			t.Run(work+"/"+event, func(t *testing.T) {
				for pause := 1; ; pause++ {
					var reached atomic.Bool
					bubble(t, func(t *testing.T, net *network) {
						x := newPauseTest(net)
						if w.prepare != nil {
							w.prepare(x)
						}
						x.us.inPause(pause, func() { reached.Store(true); happens(x) })
						w.do(x)
						net.pass(100 * time.Millisecond)
						x.us.inPause(0, nil)
						net.pass(10 * time.Second)
						x.check(t, fmt.Sprintf("%s in pause %d", event, pause))
					})
					if !reached.Load() {
						if pause == 1 {
							t.Error("the work has no pause")
						}
						return
					}
				}
			})
		}
	}
}

// pauseTest is a speaker with two neighbors that announce the same prefixes.
type pauseTest struct {
	net  *network
	us   *node
	p, q *fakeNeighbor
}

func newPauseTest(net *network) *pauseTest {
	x := &pauseTest{net: net, us: net.add("us")}
	x.p, x.q = net.fake(x.us, "p", route.Policy{PrefixesMax: 8}), net.fake(x.us, "q", route.Policy{})
	x.p.says(plus(0, 5)...)
	x.q.says(plus(2, 7)...)
	c := ccp.RouteControl{Mode: ccp.Sync}
	x.q.send(c.Append(nil, time.Now().Add(time.Minute).UnixMilli()))
	net.pass(time.Second)
	return x
}

// plus returns entries that announce the prefixes from number first up to last.
func plus(first, last int) (words []string) {
	for i := first; i < last; i++ {
		words = append(words, fmt.Sprint("+test.n", i))
	}
	return words
}

// inPause makes every route a slice of work, and calls meanwhile in one of the pauses.
func (n *node) inPause(number int, meanwhile func()) {
	n.Speaker.mu.Lock()
	defer n.Speaker.mu.Unlock()
	n.slow()
	var pauses atomic.Int32 // several goroutines may pause at once
	n.pacer.sleep = func(time.Duration) {
		if int(pauses.Add(1)) == number {
			meanwhile()
		}
	}
}

func (x *pauseTest) add() {
	x.us.Add(Neighbor{Account: "p", Relation: account.Peer, Link: x.p, Send: true, Receive: true})
}

func (x *pauseTest) static(prefixes ...string) {
	x.us.static.Configured = nil
	for _, p := range prefixes {
		x.us.static.Configured = append(x.us.static.Configured, route.ConfiguredRoute{Prefix: p, Account: "q"})
	}
	x.us.setStatic()
}

// lists adds a neighbor with a policy that hides a prefix from it.
func (x *pauseTest) lists() {
	x.us.Remove("lists")
	x.us.Add(Neighbor{Account: "lists", Relation: account.Peer, Link: x.q, Send: true, Policy: route.Policy{ExportDeny: []string{"test.n2"}}})
}

func (x *pauseTest) list() {
	x.us.Routes()
	x.us.Neighbors()
	x.us.Explain("test.n2.x")
	x.us.Advertisement()
}

// check holds the FIB, the log and the sessions against the RIB.
func (x *pauseTest) check(t *testing.T, when string) {
	t.Helper()
	s := x.us.Speaker
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stale || len(s.pending)+len(s.postponed)+len(s.outgoing) > 0 || s.nextFIB != nil {
		t.Errorf("%s: work is left: %+v", when, s)
	}
	best := make(map[string]*route.Route)
	for r := range s.rib.All() {
		best[r.Prefix] = r
	}
	for _, prefix := range []string{"test.n0", "test.n1", "test.n2", "test.n3", "test.n6", "test.n11", "test.new1", "test.new2", "test.n2.below", "test.static", "test.other", "test.us", "test.hub.us"} {
		want, ok := route.Hop(0), false
		for covers := prefix; !ok && covers != ""; covers = covers[:max(0, strings.LastIndexByte(covers, '.'))] {
			if r := best[covers]; r != nil {
				want, ok = route.Self, true
				if r.NextHop != "" {
					want = x.us.number[r.NextHop]
				}
			}
		}
		if hop, found := x.us.table.Next([]byte(prefix)); found != ok || hop != want {
			t.Errorf("%s: packets to %s go to %d, %t, the RIB says %d, %t", when, prefix, hop, found, want, ok)
		}
	}
	fresh := route.NewLog()
	route.NewView(s.rib, fresh).Reset(s.self, s.hidden(), func() {})
	want, got := announced(fresh), announced(s.out.Log)
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("%s: advertised %v, want %v", when, got, want)
	}
	for _, u := range x.q.updates {
		for _, r := range u.NewRoutes {
			if r.Path[0] != u.Speaker {
				t.Errorf("%s: an update of %s has the path %v", when, u.Speaker, r.Path)
			}
		}
	}
	for _, account := range []string{"p", "q"} {
		learned, n := s.rib.Learned(account), s.neighbors[account]
		if n == nil && learned > 0 {
			t.Errorf("%s: %d routes of %s, which is no neighbor", when, learned, account)
		}
		if n != nil && !n.receiver.hasTable() && learned > 0 {
			t.Errorf("%s: %d routes of %s, of no table", when, learned, account)
		}
		if n != nil && !n.connected && learned > 0 {
			t.Errorf("%s: %d routes of %s, which is long gone", when, learned, account)
		}
		for _, r := range best {
			if e := s.rib.Explain(r.Prefix).Candidates[0]; e.LocalPreference < 0 && n != nil && n.receiver.dropAt.IsZero() && r.NextHop == account {
				t.Errorf("%s: %s of %s is the last resort for good", when, r.Prefix, account)
			}
		}
	}
}

// announced returns the next hops that a log announces, by prefix.
func announced(l *route.Log) map[string]string {
	hops := make(map[string]string)
	for u := range l.All() {
		if u.Route != nil {
			hops[u.Prefix] = u.Route.NextHop
		}
	}
	return hops
}
