package speaker

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ilp-go/connector/account"
	"github.com/ilp-go/connector/ilp"
	"github.com/ilp-go/connector/ilp/ccp"
	"github.com/ilp-go/connector/route"
)

// prefixes returns the prefixes that n has learned.
func (n *node) prefixes() (list []string) {
	for _, r := range n.Routes() {
		if r.Source == route.Learned {
			list = append(list, strings.TrimPrefix(r.Prefix, "test."))
		}
	}
	return list
}

func (n *node) status(account string) Status {
	for _, s := range n.Neighbors() {
		if s.Account == account {
			return s
		}
	}
	return Status{}
}

// TestTableOfANewSpeakerIsANewTable lets a neighbor continue its table under another
// address, as interledger-rs does when it learns its own. Its old routes have paths of the old
// address, so they go at once, and we ask for all of the table.
func TestTableOfANewSpeakerIsANewTable(t *testing.T) {
	bubble(t, func(t *testing.T, net *network) {
		us := net.add("us")
		peer := net.fake(us, "p", route.Policy{})
		peer.says("+test.x", "+test.y")
		peer.name = "q"
		asked := len(peer.controls)
		if refusal := peer.says("+test.q"); refusal != "" {
			t.Fatal("the update is refused: ", refusal)
		}
		if got := us.prefixes(); len(got) != 0 {
			t.Errorf("kept %v of the old speaker", got)
		}
		if len(peer.controls) != asked+1 {
			t.Fatalf("asked %d times at once, want once", len(peer.controls)-asked)
		}
		if c := peer.controls[asked]; c.LastKnownRoutingTableID != [16]byte{peer.table} || c.LastKnownEpoch != 0 {
			t.Errorf("asked for %v from %d", c.LastKnownRoutingTableID, c.LastKnownEpoch)
		}
		peer.epoch = 0
		peer.says("+test.q", "+test.y", "+test.z")
		if got := us.prefixes(); !slices.Equal(got, []string{"q", "y", "z"}) {
			t.Errorf("learned %v", got)
		}
		if s := us.status("p"); s.State != Established || s.Speaker != "test.q" || s.LastError != "" {
			t.Errorf("%+v", s)
		}
	})
}

// TestRefusedRouteReplacesTheLastOne announces a prefix correctly, and then in ways that are
// refused.
func TestRefusedRouteReplacesTheLastOne(t *testing.T) {
	for name, c := range map[string]struct {
		route  ccp.Route
		reason string
	}{
		"through us":       {ccp.Route{Prefix: "test.x", Path: []string{"test.t", "test.us", "test.x"}}, "path leads through us"},
		"another speaker":  {ccp.Route{Prefix: "test.x", Path: []string{"test.other"}}, "path does not begin with its speaker"},
		"too long":         {ccp.Route{Prefix: "test.x", Path: []string{"test.t", "test.a", "test.b", "test.c"}}, "path too long"},
		"denied":           {ccp.Route{Prefix: "test.x.no", Path: []string{"test.t"}}, "denied by policy"},
		"the whole":        {ccp.Route{Prefix: "test", Path: []string{"test.t"}}, "the whole network"},
		"elsewhere":        {ccp.Route{Prefix: "g.x", Path: []string{"test.t"}}, "outside the global prefix"},
		"begins alike":     {ccp.Route{Prefix: "test1.x", Path: []string{"test.t"}}, "outside the global prefix"},
		"ours":             {ccp.Route{Prefix: "test.us", Path: []string{"test.t"}}, "our own address space"},
		"our child's":      {ccp.Route{Prefix: "test.us.kid", Path: []string{"test.t"}}, "our own address space"},
		"without any path": {ccp.Route{Prefix: "test.x"}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T, net *network) {
				us := net.add("us")
				fakeNeighbor := net.fake(us, "t", route.Policy{PathMax: 3, ImportDeny: []string{"test.x.no"}})
				if refusal := fakeNeighbor.says("+test.x", "+test.y"); refusal != "" {
					t.Fatal(refusal)
				}
				u := fakeNeighbor.update("+test.x")
				u.NewRoutes[0] = c.route
				if refusal := fakeNeighbor.tell(u); refusal != "" {
					t.Fatal("the update is refused: ", refusal)
				}
				want := []string{"x", "y"}
				if c.route.Prefix == "test.x" && c.reason != "" {
					want = []string{"y"}
				}
				if got := us.prefixes(); !slices.Equal(got, want) {
					t.Errorf("learned %v, want %v", got, want)
				}
				refused := us.Explain(c.route.Prefix).Refused
				if c.reason == "" {
					if len(refused) != 0 {
						t.Errorf("refused %v", refused)
					}
					return
				}
				if len(refused) != 1 || refused[0] != (Refused{Prefix: c.route.Prefix, NextHop: "t", Reason: c.reason}) {
					t.Errorf("refused %v", refused)
				}
				s := us.status("t")
				if s.Accepted != len(want) || s.Received != len(want)+1 {
					t.Errorf("%+v", s)
				}
				fakeNeighbor.says("+test.x")
				if c.route.Prefix == "test.x" && len(us.Explain("test.x").Refused) != 0 {
					t.Error("it is still refused")
				}
			})
		})
	}
}

func TestSpeakerMustBeTheNeighbor(t *testing.T) {
	bubble(t, func(t *testing.T, net *network) {
		us := net.add("us")
		peer := net.fake(us, "p", route.Policy{})
		for speaker, fine := range map[string]bool{
			"test.p": true, "test.us": false, "test.us.kid": false, "test.us.kid.x": false, "test.uskid": true,
		} {
			peer.table++
			peer.epoch = 0
			u := peer.update()
			u.Speaker = speaker
			if refusal := peer.tell(u); (refusal == "") != fine {
				t.Errorf("%s: %q", speaker, refusal)
			}
		}
		kid := &fakeNeighbor{net: net, name: "kid", to: us.For(&account.Account{ID: "kid"})}
		us.introduce("kid", account.Child, route.Policy{}, kid)
		us.Connected("kid", true)
		for speaker, fine := range map[string]bool{
			"test.us.kid": true, "test.us.kid.x": true, "test.us.kidder": false, "test.us": false, "test.elsewhere": true,
		} {
			kid.table++
			u := kid.update()
			u.Speaker = speaker
			if refusal := kid.tell(u); (refusal == "") != fine {
				t.Errorf("child as %s: %q", speaker, refusal)
			}
		}
	})
}

// TestTooManyPrefixesSuspendOneNeighbor, and the routes of another stay.
func TestTooManyPrefixesSuspendOneNeighbor(t *testing.T) {
	bubble(t, func(t *testing.T, net *network) {
		us := net.add("us")
		good := net.fake(us, "good", route.Policy{})
		bad := net.fake(us, "bad", route.Policy{PrefixesMax: 10})
		good.says("+test.both", "+test.good")
		bad.says("+test.both")
		for i := range 6 {
			bad.says(fmt.Sprintf("+test.bad%d", i))
		}
		if len(us.alerts) != 0 {
			t.Fatalf("alerts at 7 of 10: %v", us.alerts)
		}
		bad.says("+test.bad7", "+test.bad8")
		if us.alerts["bad: neighbor announces nearly as many prefixes as routing.maxPrefixes allows"] != 1 {
			t.Errorf("alerts at 9 of 10: %v", us.alerts)
		}
		if s := us.status("bad"); s.State != Established || s.Accepted != 9 {
			t.Errorf("%+v", s)
		}
		bad.controls = nil
		bad.says("+test.bad9", "+test.bad10", "+test.bad11")
		if us.alerts["bad: neighbor announces more prefixes than routing.maxPrefixes allows: its routes are suspended"] != 1 {
			t.Errorf("alerts at 12 of 10: %v", us.alerts)
		}
		if s := us.status("bad"); s.State != Suspended || s.Accepted != 0 || s.NextRetry.IsZero() {
			t.Errorf("%+v", s)
		}
		if got := us.prefixes(); !slices.Equal(got, []string{"both", "good"}) {
			t.Errorf("learned %v", got)
		}
		if len(bad.controls) != 1 || bad.controls[0].Mode != ccp.Idle {
			t.Errorf("it was told %v", bad.controls)
		}
		if refusal := bad.says("+test.bad"); !strings.Contains(refusal, "suspended") {
			t.Errorf("refusal %q", refusal)
		}
		for range int(suspension / (30 * time.Second)) {
			net.pass(30 * time.Second)
			good.says()
		}
		if last := bad.controls[len(bad.controls)-1]; last.Mode != ccp.Sync {
			t.Errorf("it was told %v", bad.controls)
		}
		bad.epoch = 0
		bad.says("+test.bad")
		if got := us.prefixes(); !slices.Equal(got, []string{"bad", "both", "good"}) {
			t.Errorf("learned %v", got)
		}
	})
}

// TestFlappingOfAnUndampedNeighborIsPassedOn does the same to a neighbor whose damping is off.
func TestFlappingOfAnUndampedNeighborIsPassedOn(t *testing.T) {
	bubble(t, func(t *testing.T, net *network) {
		us := net.add("us")
		bad := net.fake(us, "bad", route.Policy{Undamped: true})
		before := us.Advertisement().Epoch
		for range 50 {
			bad.says("+test.bad")
			bad.says("-test.bad")
		}
		bad.says("+test.bad")
		if s := us.status("bad"); s.Damped != 0 || s.Accepted != 1 {
			t.Errorf("%+v", s)
		}
		if told := us.Advertisement().Epoch - before; told != 101 {
			t.Errorf("%d changes, want each of 101", told)
		}
	})
}

// TestAlertAboutPrefixesEnds when the neighbor announces fewer, or is gone, and not before.
func TestAlertAboutPrefixesEnds(t *testing.T) {
	const many, tooMany = alertPrefixesMany, alertPrefixesTooMany
	all := func(sign string, from, to int) (entries []string) {
		for i := from; i < to; i++ {
			entries = append(entries, fmt.Sprintf("%stest.bad%d", sign, i))
		}
		return entries
	}
	pass := func(net *network, d time.Duration) {
		for range d / time.Second {
			net.pass(time.Second)
		}
	}
	for name, do := range map[string]func(t *testing.T, net *network, us *node, bad *fakeNeighbor, want func(string)){
		"it withdraws": func(_ *testing.T, _ *network, _ *node, bad *fakeNeighbor, want func(string)) {
			bad.says(all("+", 0, 9)...)
			want(many)
			bad.says(all("-", 0, 3)...) // 6 of 10
			want(many)
			bad.says("-test.bad4")
			want("")
			bad.says(all("+", 0, 4)...)
			want(many)
		},
		"it leaks for ever": func(_ *testing.T, net *network, _ *node, bad *fakeNeighbor, want func(string)) {
			for range 3 {
				bad.epoch = 0
				bad.says(all("+", 0, 12)...)
				want(tooMany)
				pass(net, suspension)
				want(tooMany) // the table may be as large as before
			}
			bad.epoch = 0
			u := bad.update(all("+", 0, 3)...)
			u.CurrentEpoch += 5 // there is more
			bad.tell(u)
			want(tooMany)
		},
		"it has learned": func(_ *testing.T, net *network, _ *node, bad *fakeNeighbor, want func(string)) {
			bad.says(all("+", 0, 12)...)
			pass(net, suspension)
			bad.epoch = 0
			bad.says("+test.bad")
			want("")
		},
		"it is gone": func(_ *testing.T, net *network, us *node, bad *fakeNeighbor, want func(string)) {
			bad.says(all("+", 0, 9)...)
			us.Connected("bad", false)
			pass(net, 3*time.Second)
			want("")
			us.Connected("bad", true)
			bad.epoch = 0
			bad.says(all("+", 0, 9)...)
			want(many)
		},
		"it is gone while suspended": func(_ *testing.T, net *network, us *node, bad *fakeNeighbor, want func(string)) {
			bad.says(all("+", 0, 12)...)
			us.Connected("bad", false)
			pass(net, suspension/2)
			want(tooMany)
			pass(net, suspension/2+time.Second)
			want("")
		},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T, net *network) {
				us := net.add("us")
				us.raise("bad "+KindPrefixes, "of a former run")
				bad := net.fake(us, "bad", route.Policy{PrefixesMax: 10})
				bad.says("+test.bad0")
				want := func(message string) {
					t.Helper()
					if got := us.says("bad " + KindPrefixes); got != message {
						t.Errorf("the alert is %q, want %q", got, message)
					}
				}
				want("")
				do(t, net, us, bad, want)
			})
		})
	}
}

// TestFlappingIsDamped lets one prefix flap five hundred times in a second. Other connectors
// must hear of it a few times only, and once more when it is stable.
func TestFlappingIsDamped(t *testing.T) {
	bubble(t, func(t *testing.T, net *network) {
		us := net.add("us")
		net.add("far")
		net.join("us", "far")
		bad := net.fake(us, "bad", route.Policy{})
		good := net.fake(us, "good", route.Policy{})
		good.says("+test.good")
		net.pass(time.Second)
		before := us.Advertisement().Epoch
		for range 500 {
			bad.says("+test.bad")
			bad.says("-test.bad")
		}
		bad.says("+test.bad")
		if s := us.status("bad"); s.Damped != 1 || s.Accepted != 0 || s.Received != 1 {
			t.Errorf("%+v", s)
		}
		refused := us.Explain("test.bad").Refused
		if len(refused) != 1 || refused[0].Reason != "comes and goes too often" || refused[0].Until.IsZero() {
			t.Fatalf("refused %v", refused)
		}
		if told := us.Advertisement().Epoch - before; told > 10 {
			t.Errorf("%d updates of it", told)
		}
		if got := net.nodes["far"].prefixes(); !slices.Contains(got, "good") {
			t.Errorf("far knows %v", got)
		}
		for wait := time.Until(refused[0].Until) - time.Second; wait > 0; wait -= 30 * time.Second {
			bad.says()
			net.pass(min(wait, 30*time.Second) - time.Millisecond)
		}
		if s := us.status("bad"); s.Damped != 1 || s.Accepted != 0 {
			t.Errorf("before %v: %+v", refused[0].Until, s)
		}
		for range 10 {
			bad.says()
			net.pass(30 * time.Second)
		}
		if s := us.status("bad"); s.Damped != 0 || s.Accepted != 1 {
			t.Errorf("after ten minutes: %+v", s)
		}
	})
}

// TestNoNeighborMakesOthersWait sends more requests than one neighbor may have waiting.
func TestNoNeighborMakesOthersWait(t *testing.T) {
	bubble(t, func(t *testing.T, net *network) {
		us := net.add("us")
		bad, good := net.fake(us, "bad", route.Policy{}), net.fake(us, "good", route.Policy{})
		us.Speaker.mu.Lock() // the goroutine in Run is at work
		var answers []*string
		for range queuedMax + 5 {
			u := bad.update("+test.bad")
			answers = append(answers, bad.post(u.Append(nil, time.Now().Add(time.Minute).UnixMilli())))
		}
		u := good.update("+test.good")
		answer := good.post(u.Append(nil, time.Now().Add(time.Minute).UnixMilli()))
		us.Speaker.mu.Unlock()
		net.pass(time.Millisecond)
		var yes, throttled int
		for _, a := range answers {
			switch {
			case *a == "":
				yes++
			case strings.Contains(*a, "T05"):
				throttled++
			}
		}
		if yes != queuedMax || throttled != 5 || *answer != "" {
			t.Errorf("%d taken, %d refused, the other %q", yes, throttled, *answer)
		}
		if refusal := bad.says(); strings.Contains(refusal, "T05") {
			t.Errorf("afterwards: %q", refusal)
		}
	})
}

func TestNonPeersAreRefused(t *testing.T) {
	bubble(t, func(t *testing.T, net *network) {
		us := net.add("us")
		nonPeer := &fakeNeighbor{net: net, name: "x", to: us.For(&account.Account{ID: "x"})}
		expiry := time.Now().Add(time.Minute).UnixMilli()
		control := ccp.RouteControl{Mode: ccp.Sync}
		check := func(packet []byte, want string) {
			t.Helper()
			if got := nonPeer.send(packet); got != want {
				t.Errorf("%q, want %q", got, want)
			}
		}
		check(control.Append(nil, expiry), "ccp request rejected with F00: cannot process route control messages from non-peers.")
		u := nonPeer.update()
		check(u.Append(nil, expiry), "ccp request rejected with F00: cannot process route update messages from non-peers.")
		us.Add(Neighbor{Account: "x", Relation: account.Peer, Link: nonPeer})
		check(control.Append(nil, expiry), "ccp request rejected with F00: rejecting route control message, we are configured not to send routes to you.")
		check(u.Append(nil, expiry), "ccp request rejected with F00: rejecting route update, we are configured not to receive routes from you.")
		check(control.Append(nil, time.Now().Add(-time.Minute).UnixMilli()), "ccp request rejected with F00: CCP route control request packet is expired.")
		other := ilp.Draft{Expiry: expiry, Condition: ilp.PeerCondition, Destination: "peer.route.x"}
		check(other.Append(nil), "ccp request rejected with F00: unrecognized ccp message. destination=peer.route.x")
		for _, c := range []struct {
			packet   []byte
			declined bool
		}{
			{control.Append(nil, expiry), true}, {u.Append(nil, expiry), true}, {other.Append(nil), false},
			{control.Append(nil, time.Now().Add(-time.Minute).UnixMilli()), false},
		} {
			p, err := ilp.ParsePrepare(c.packet)
			if err != nil {
				t.Fatal(err)
			}
			var reply ilp.Reply
			nonPeer.to.HandlePrepare(ilp.ReplyFunc(func(r ilp.Reply) { reply = r }), p)
			net.pass(time.Millisecond)
			if !reply.Failed() || reply.Failure().Declined != c.declined {
				t.Errorf("answered %q, declined %t, want %t", reply.Message(), reply.Failure().Declined, c.declined)
			}
		}
		us.stop()
		check(control.Append(nil, expiry), "ccp request rejected with T00: shutting down")
		check(u.Append(nil, expiry), "ccp request rejected with T00: shutting down")
	})
}
