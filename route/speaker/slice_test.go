package speaker

import (
	"fmt"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/ilp-go/connector/account"
	"github.com/ilp-go/connector/route"
)

// TestLockIsFreeAfterEachSlice does all kinds of long work with as many routes as there are
// in 60 steps. In each pause the lock must be free, and between two pauses there may be no
// more work than the rest of one step and another whole one.
func TestLockIsFreeAfterEachSlice(t *testing.T) {
	const routes = 60 * stepRoutes
	bubble(t, func(t *testing.T, net *network) {
		us := net.add("us")
		p := net.fake(us, "p", route.Policy{})
		s, pauses, work := us.Speaker, 0, ""
		last := make(map[string]int)
		s.mu.Lock()
		us.slow()
		s.pacer.routes = stepRoutes
		s.pacer.sleep = func(time.Duration) {
			pauses++
			if !s.mu.TryLock() {
				t.Fatal("the lock is held in a pause")
			}
			defer s.mu.Unlock()
			for what, n := range map[string]int{
				"routes": s.rib.Len(), "updates": int(s.out.Log.Epoch()), "changes": len(s.pending),
			} {
				if d := max(n-last[what], last[what]-n); d > 2*stepRoutes {
					t.Errorf("%s: %d %s between two pauses", work, d, what)
				}
				last[what] = n
			}
		}
		s.mu.Unlock()
		for _, w := range []struct {
			name string
			do   func()
		}{
			{"learn", func() { p.says(plus(0, routes)...) }},
			{"demote", func() { us.Connected("p", false) }},
			{"restore", func() { us.Connected("p", true); p.says() }},
			{"move", func() { us.static.Address = "test.hub.us"; us.setStatic(); net.pass(time.Second) }},
			{"learn again", func() { p.epoch = 0; p.says(plus(0, routes)...) }},
			{"lists", func() {
				us.Add(Neighbor{Account: "x", Relation: account.Peer, Send: true, Policy: route.Policy{ExportDeny: []string{"g"}}})
			}},
			{"list", func() { us.Routes() }},
			{"tell", func() { us.Advertisement() }},
			{"static", func() {
				for i := range routes {
					us.static.Configured = append(us.static.Configured, route.ConfiguredRoute{Prefix: fmt.Sprint("test.s", i), Account: "p"})
				}
				us.setStatic()
			}},
			{"remove", func() { us.Remove("p") }},
		} {
			work, pauses = w.name, 0
			w.do()
			net.pass(300 * time.Millisecond)
			if pauses < routes/stepRoutes-1 {
				t.Errorf("%s: %d pauses", work, pauses)
			}
		}
	})
}

// TestSpeakerIsSafeForConcurrentUse is for the race detector: all methods at once, with
// pauses after every route.
func TestSpeakerIsSafeForConcurrentUse(t *testing.T) {
	net := newNetwork(t)
	us := net.add("us")
	defer us.stop()
	us.Speaker.mu.Lock()
	us.slow()
	us.pacer.sleep = func(time.Duration) { runtime.Gosched() }
	us.Speaker.mu.Unlock()
	us.number["p"], us.number["q"] = 0, 1 // read by all from here on
	static := route.Static{Address: "test.us", GlobalPrefix: "test", Accounts: []route.Account{{ID: "q", Relation: account.Peer}}}
	link := new(wire)
	add := func(name string, p route.Policy) {
		us.Add(Neighbor{Account: name, Relation: account.Peer, Link: link, Send: true, Receive: true, Policy: p})
		us.Connected(name, true)
	}
	add("q", route.Policy{})
	var callers sync.WaitGroup
	for _, call := range []func(i int){
		func(i int) {
			n := fakeNeighbor{net: net, name: "q", table: byte(1 + i/10), to: us.For(&account.Account{ID: "q"})}
			u := n.update(append(plus(i, i+20), fmt.Sprint("-test.n", i))...)
			n.post(u.Append(nil, expiry(time.Now())))
		},
		func(i int) {
			if add("p", route.Policy{ExportDeny: []string{"test.n1"}}); i%2 == 0 {
				n := fakeNeighbor{net: net, name: "p", table: byte(i), to: us.For(&account.Account{ID: "p"})}
				u := n.update(plus(0, 30)...)
				n.post(u.Append(nil, expiry(time.Now())))
			}
			us.Remove("p")
		},
		func(i int) { us.Connected("q", i%3 > 0) },
		func(i int) {
			s := static
			s.Configured = []route.ConfiguredRoute{{Prefix: fmt.Sprint("test.n", i), Account: "q"}}
			if i%8 == 0 {
				s.Address = "test.hub"
			}
			routes, _ := s.Routes()
			us.SetStatic(route.Identity{Address: s.Address, GlobalPrefix: "test"}, routes)
		},
		func(int) { us.Routes() },
		func(int) { us.Neighbors() },
		func(int) { us.Explain("test.n7.x") },
		func(int) { us.Advertisement() },
		func(int) { us.Prefixes() },
	} {
		callers.Go(func() {
			for i := range 50 {
				call(i)
			}
		})
	}
	callers.Wait()
}
