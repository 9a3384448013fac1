package speaker

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/ilp-go/connector/account"
	"github.com/ilp-go/connector/ilp"
	"github.com/ilp-go/connector/ilp/ccp"
	"github.com/ilp-go/connector/route"
)

// TestUnnoticedRestart restarts a neighbor that comes back on a new connection before the
// old one breaks. The only sign is that it asks from the beginning.
func TestUnnoticedRestart(t *testing.T) {
	bubble(t, func(t *testing.T, net *network) {
		us := net.add("us")
		peer := net.fake(us, "p", route.Policy{})
		ask := func() {
			c := ccp.RouteControl{Mode: ccp.Sync}
			if refusal := peer.send(c.Append(nil, time.Now().Add(time.Minute).UnixMilli())); refusal != "" {
				t.Fatal(refusal)
			}
		}
		ask()
		peer.says("+test.old")
		net.pass(time.Second)
		peer.controls, peer.updates = nil, nil
		ask()
		net.pass(time.Second)
		if len(peer.updates) == 0 || peer.updates[0].FromEpoch != 0 || len(peer.updates[0].NewRoutes) == 0 {
			t.Errorf("it was told %v", peer.updates)
		}
		if len(peer.controls) != 1 || peer.controls[0].LastKnownRoutingTableID != [16]byte{peer.table} || peer.controls[0].LastKnownEpoch != 1 {
			t.Errorf("it was asked %v", peer.controls)
		}
	})
}

func TestRemovedNeighborLeavesNothing(t *testing.T) {
	bubble(t, func(t *testing.T, net *network) {
		us := net.add("us")
		peer := net.fake(us, "p", route.Policy{})
		peer.says("+test.p", "+test.q")
		us.Remove("p")
		us.Remove("nobody")
		if got := us.prefixes(); len(got) != 0 {
			t.Errorf("learned %v", got)
		}
		if refusal := peer.says("+test.r"); refusal == "" {
			t.Error("it may still talk")
		}
		if len(us.Neighbors()) != 0 {
			t.Errorf("neighbors %v", us.Neighbors())
		}
		us.setStatic()
		if _, arrives := net.way("us", "test.p"); arrives {
			t.Error("packets still go there")
		}
	})
}

// TestOurAddressChanges checks that all neighbors learn the new one, and drop the old one.
func TestOurAddressChanges(t *testing.T) {
	bubble(t, func(t *testing.T, net *network) {
		us := net.add("us")
		net.add("b")
		net.join("us", "b")
		b := net.nodes["b"]
		us.introduce("kid", account.Child, route.Policy{}, new(wire))
		net.pass(time.Second)
		if !b.knows("test.us") {
			t.Fatal("it has not been told")
		}
		us.static.Address = "test.hub.us"
		us.setStatic()
		net.pass(5 * time.Second)
		if b.knows("test.us") || !b.knows("test.hub.us") || !us.knows("test.b") {
			t.Errorf("b knows %v, we know %v", b.prefixes(), us.prefixes())
		}
		if s := b.status("us"); s.Speaker != "test.hub.us" || s.State != Established || s.LastError != "" {
			t.Errorf("%+v", s)
		}
	})
}

// TestNothingIsAskedWithoutAnAddress, until a parent has assigned us ours.
func TestNothingIsAskedWithoutAnAddress(t *testing.T) {
	bubble(t, func(t *testing.T, net *network) {
		us := net.add("us")
		us.static.Address = ""
		us.setStatic()
		peer := net.fake(us, "p", route.Policy{})
		c := ccp.RouteControl{Mode: ccp.Sync}
		peer.send(c.Append(nil, time.Now().Add(time.Minute).UnixMilli()))
		net.pass(time.Minute)
		if len(peer.controls)+len(peer.updates) != 0 {
			t.Errorf("it was asked %v and told %v", peer.controls, peer.updates)
		}
		us.static.Address = "test.p.us"
		us.setStatic()
		net.pass(time.Second)
		if len(peer.controls) != 1 || len(peer.updates) == 0 || peer.updates[0].Speaker != "test.p.us" {
			t.Errorf("it was asked %v and told %v", peer.controls, peer.updates)
		}
	})
}

// TestExportLists hides a prefix from one neighbor. A longer one below it, which is
// redundant for the others, has to be advertised then.
func TestExportLists(t *testing.T) {
	bubble(t, func(t *testing.T, net *network) {
		us := net.add("us")
		source := net.fake(us, "source", route.Policy{})
		all := net.fake(us, "all", route.Policy{})
		some := net.fake(us, "some", route.Policy{ExportDeny: []string{"test.x"}, ExportAllow: []string{"test.x.y", "test"}})
		for _, n := range []*fakeNeighbor{all, some} {
			c := ccp.RouteControl{Mode: ccp.Sync}
			n.send(c.Append(nil, time.Now().Add(time.Minute).UnixMilli()))
		}
		source.says("+test.x", "+test.x.y")
		net.pass(time.Second)
		has := func(n *fakeNeighbor) (list []string) {
			for _, u := range n.updates {
				for _, r := range u.NewRoutes {
					list = append(list, r.Prefix)
				}
			}
			slices.Sort(list)
			return list
		}
		if got := has(some); !slices.Equal(got, []string{"test.us", "test.x.y"}) {
			t.Errorf("some has %v", got)
		}
		if got := has(all); !slices.Contains(got, "test.x") {
			t.Errorf("all has %v", got)
		}
		if s := us.status("some"); s.Advertised != 2 {
			t.Errorf("%+v", s)
		}
		us.Remove("some")
		net.pass(time.Second)
		if last := all.updates[len(all.updates)-1]; !slices.Contains(last.WithdrawnRoutes, "test.x.y") {
			t.Errorf("what is redundant again is not withdrawn: %+v", last)
		}
	})
}

// TestTimesOfZero checks that settings of zero, which the reference accepts, neither stop
// nor flood sessions.
func TestTimesOfZero(t *testing.T) {
	bubble(t, func(t *testing.T, net *network) {
		net.timers = Timers{}
		net.cleanup = 0
		us := net.add("us")
		peer := net.fake(us, "p", route.Policy{})
		c := ccp.RouteControl{Mode: ccp.Sync}
		peer.send(c.Append(nil, time.Now().Add(time.Minute).UnixMilli()))
		u := peer.update("+test.x")
		u.HoldDownTime = 0
		peer.tell(u)
		net.pass(900 * time.Millisecond)
		if got := us.prefixes(); !slices.Equal(got, []string{"x"}) {
			t.Errorf("learned %v", got)
		}
		if n := len(peer.updates); n < 5 || n > 8 {
			t.Errorf("%d heartbeats", n)
		}
		net.pass(200 * time.Millisecond)
		if got := us.prefixes(); len(got) != 0 {
			t.Errorf("after a second of silence it has %v", got)
		}
	})
}

// TestLogForgetsWhatAllHaveReceived lets prefixes flap for a long time.
func TestLogForgetsWhatAllHaveReceived(t *testing.T) {
	bubble(t, func(t *testing.T, net *network) {
		us := net.add("us")
		source, sink := net.fake(us, "source", route.Policy{}), net.fake(us, "sink", route.Policy{})
		c := ccp.RouteControl{Mode: ccp.Sync}
		sink.send(c.Append(nil, time.Now().Add(time.Minute).UnixMilli()))
		for i := range 40 {
			var come, gone []string
			for j := range 100 {
				p := "test.n" + string(rune('a'+i%26)) + string(rune('a'+i/26)) + "-" + string(rune('a'+j%26)) + string(rune('a'+j/26))
				come, gone = append(come, "+"+p), append(gone, "-"+p)
			}
			source.says(come...)
			source.says(gone...)
			net.pass(time.Second)
		}
		if got := len(us.Advertisement().Updates); got > 1100 {
			t.Errorf("%d updates are kept", got)
		}
		if len(sink.updates) == 0 || sink.updates[len(sink.updates)-1].ToEpoch != us.Advertisement().Epoch {
			t.Error("it was not told everything")
		}
	})
}

// TestPacketsSeeChangesAtOnce checks that packets see changes in the same table, as long as
// it has room.
func TestPacketsSeeChangesAtOnce(t *testing.T) {
	var table *route.Table
	tables := 0
	s := New(Options{Publish: func(t *route.Table) { table, tables = t, tables+1 }, Number: func(string) (route.Hop, bool) { return 7, true }})
	r := &route.Route{Prefix: "test.a", NextHop: "x"}
	for _, known := range []bool{true, false, true} {
		c := route.Change{Prefix: "test.a", Old: r}
		if known {
			c = route.Change{Prefix: "test.a", New: r}
		}
		s.commit([]route.Change{c})
		if hop, ok := table.Next([]byte("test.a.b")); ok != known || ok && hop != 7 {
			t.Errorf("hop %d, %t", hop, ok)
		}
	}
	if tables > 2 { // one with slots, one with a level
		t.Errorf("%d tables", tables)
	}
}

// TestAnsweredUpdateIsInOurTable asks for what we advertise when an update is answered, and
// not a moment later.
func TestAnsweredUpdateIsInOurTable(t *testing.T) {
	bubble(t, func(t *testing.T, net *network) {
		us := net.add("us")
		peer := net.fake(us, "p", route.Policy{})
		var words []string
		for i := range 10 * stepRoutes {
			words = append(words, fmt.Sprintf("+test.p%d", i))
		}
		u := peer.update(words...)
		p, err := ilp.ParsePrepare(u.Append(nil, time.Now().Add(ccp.Lifetime).UnixMilli()))
		if err != nil {
			t.Fatal(err)
		}
		before, then := us.Advertisement(), Advertisement{}
		peer.to.HandlePrepare(ilp.ReplyFunc(func(ilp.Reply) { then = us.Advertisement() }), p)
		net.pass(time.Second)
		if got := len(then.Updates) - len(before.Updates); got != len(words) || then.Epoch == before.Epoch {
			t.Errorf("when it is answered we advertise %d of %d routes, epoch %d after %d", got, len(words), then.Epoch, before.Epoch)
		}
	})
}
