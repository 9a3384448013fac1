package speaker

import (
	"testing"
	"time"

	"github.com/ilp-go/connector/account"
	"github.com/ilp-go/connector/route"
)

func TestLineOfFour(t *testing.T) {
	bubble(t, func(t *testing.T, net *network) {
		for _, name := range []string{"a", "b", "c", "d"} {
			net.add(name)
		}
		net.join("a", "b")
		net.join("b", "c")
		net.join("c", "d")
		net.pass(time.Second)
		if err := net.checkWays(); err != nil {
			t.Fatal(err)
		}
		net.kill("d")
		net.pass(2*graceMax + time.Second)
		for name, n := range net.nodes {
			if n.knows("test.d") {
				t.Errorf("%s still knows the way to d", name)
			}
		}
		if err := net.checkWays(); err != nil {
			t.Error(err)
		}
	})
}

// TestRingDoesNotCountToInfinity kills one node of five. While the others still exchange
// stale routes, no path may grow, and few updates may be needed.
func TestRingDoesNotCountToInfinity(t *testing.T) {
	bubble(t, func(t *testing.T, net *network) {
		ring := []string{"a", "b", "c", "d", "e"}
		for _, name := range ring {
			net.add(name)
		}
		for i, name := range ring {
			net.join(name, ring[(i+1)%len(ring)])
		}
		net.pass(2 * time.Second)
		if err := net.checkWays(); err != nil {
			t.Fatal(err)
		}
		before := net.nodes["a"].Advertisement().Epoch
		net.kill("c")
		for range 100 {
			net.pass(50 * time.Millisecond)
			if most := net.longest(); most >= len(ring) {
				t.Fatalf("a path of %d hops", most)
			}
		}
		for name, n := range net.nodes {
			if n.knows("test.c") {
				t.Errorf("%s still knows the way to c", name)
			}
			if words := n.Advertisement().Epoch - before; words > 20 {
				t.Errorf("%s needed %d updates", name, words)
			}
		}
		if err := net.checkWays(); err != nil {
			t.Error(err)
		}
	})
}

func TestSquareGoesTheOtherWay(t *testing.T) {
	bubble(t, func(t *testing.T, net *network) {
		for _, name := range []string{"a", "b", "c", "d"} {
			net.add(name)
		}
		for _, pair := range []string{"ab", "bc", "cd", "da"} {
			net.join(pair[:1], pair[1:])
		}
		net.pass(time.Second)
		if way, ok := net.way("a", "test.c.x"); !ok || way[1] != "b" {
			t.Fatalf("the way is %v", way)
		}
		net.kill("b")
		net.pass(10 * time.Millisecond) // at once: a knows the other way already
		if way, ok := net.way("a", "test.c.x"); !ok || way[1] != "d" {
			t.Errorf("the way is %v", way)
		}
	})
}

// TestRestartedNeighborHasToSpeakFirst reconnects a neighbor that has no routes and then
// does not exchange any: packets must not go to it for a moment.
func TestRestartedNeighborHasToSpeakFirst(t *testing.T) {
	bubble(t, func(t *testing.T, net *network) {
		us := net.add("us")
		best, other := net.fake(us, "a", route.Policy{}), net.fake(us, "b", route.Policy{})
		best.says("+test.x")
		other.says("+test.x")
		next := func() string {
			us.mu.Lock()
			defer us.mu.Unlock()
			hop, _ := us.table.Next([]byte("test.x.y"))
			return us.names[hop]
		}
		if next() != "a" {
			t.Fatal("it is not the best")
		}
		us.Connected("a", false)
		for range 10 {
			net.pass(10 * time.Millisecond)
			if next() != "b" {
				t.Fatal("packets go to the one that is gone")
			}
		}
		us.Connected("a", true)
		for range 1000 {
			net.pass(10 * time.Millisecond)
			if next() != "b" {
				t.Fatal("packets go to the one that has said nothing yet")
			}
		}
		best.table++
		best.epoch = 0
		best.says("+test.x")
		if next() != "a" {
			t.Error("it is not the best again")
		}
	})
}

// TestParentDoesNotLearnOfPeers, so that we carry no packets between them for free.
func TestParentDoesNotLearnOfPeers(t *testing.T) {
	bubble(t, func(t *testing.T, net *network) {
		for _, name := range []string{"top", "us", "peer", "kid"} {
			net.add(name)
		}
		net.joinAs("us", "top", account.Parent, account.Child)
		net.join("us", "peer")
		net.joinAs("us", "kid", account.Child, account.Parent)
		net.pass(time.Second)
		for name, knows := range map[string]struct{ has, lacks string }{
			"top":  {"test.kid", "test.peer"},
			"peer": {"test.kid", "test.none"},
			"kid":  {"test.peer", "test.none"},
		} {
			if n := net.nodes[name]; !n.knows(knows.has) || n.knows(knows.lacks) {
				t.Errorf("%s knows %v", name, n.Routes())
			}
		}
	})
}

// TestBrokenConnectionDoesNotShakeTheNetwork cuts a link for a second: the nodes behind the
// next one must not hear of it.
func TestBrokenConnectionDoesNotShakeTheNetwork(t *testing.T) {
	bubble(t, func(t *testing.T, net *network) {
		for _, name := range []string{"a", "b", "c"} {
			net.add(name)
		}
		net.join("a", "b")
		net.join("b", "c")
		net.pass(time.Second)
		a := net.nodes["a"].Advertisement().Epoch
		net.link("b", "c", false)
		net.pass(time.Second)
		net.link("b", "c", true)
		net.pass(10 * time.Second)
		if now := net.nodes["a"].Advertisement().Epoch; now != a {
			t.Errorf("a has recorded %d more updates", now-a)
		}
		if err := net.checkWays(); err != nil {
			t.Error(err)
		}
		for _, s := range net.nodes["b"].Neighbors() {
			if s.State != Established || s.LastError != "" || s.Accepted == 0 || s.Advertised == 0 {
				t.Errorf("%+v", s)
			}
		}
	})
}

// TestSilentNeighborGoesAfterItsHoldDown mutes a neighbor without breaking its
// connection.
func TestSilentNeighborGoesAfterItsHoldDown(t *testing.T) {
	bubble(t, func(t *testing.T, net *network) {
		net.add("a")
		net.add("b")
		net.join("a", "b")
		net.pass(31 * time.Second)
		a, b := net.nodes["a"], net.nodes["b"]
		a.links["b"].silence(true)
		b.links["a"].silence(true)
		net.pass(43 * time.Second) // its last update is at most a second old
		if !a.knows("test.b") {
			t.Fatal("gone before its hold-down time")
		}
		net.pass(3 * time.Second)
		if a.knows("test.b") {
			t.Error("there after its hold-down time")
		}
		if s := a.Neighbors()[0]; s.State != Stale || s.LastError == "" || s.Accepted != 0 {
			t.Errorf("%+v", s)
		}
		a.links["b"].silence(false)
		b.links["a"].silence(false)
		net.pass(31 * time.Second)
		if !a.knows("test.b") {
			t.Error("it does not come back")
		}
	})
}

// TestRestartOfANeighbor brings it back under the table id that it had.
func TestRestartOfANeighbor(t *testing.T) {
	bubble(t, func(t *testing.T, net *network) {
		for _, name := range []string{"a", "b"} {
			net.add(name)
		}
		net.join("a", "b")
		b := net.nodes["b"]
		b.introduce("far", account.Peer, route.Policy{}, new(wire))
		b.static.Configured = []route.ConfiguredRoute{{Prefix: "test.old", Account: "far"}}
		b.setStatic()
		net.pass(time.Second)
		a, id := net.nodes["a"], b.Advertisement().TableID
		if !a.knows("test.old") {
			t.Fatal("it has not received the route")
		}
		b.stop()
		a.links["b"].set(false, nil)
		a.Connected("b", false)
		net.pass(100 * time.Millisecond)
		b.static.Configured = []route.ConfiguredRoute{{Prefix: "test.new", Account: "far"}}
		net.start(b, id, true)
		b.introduce("a", account.Peer, route.Policy{}, b.links["a"])
		net.link("a", "b", true)
		net.pass(time.Second)
		if err := net.checkWays(); err != nil {
			t.Error(err)
		}
		if b.Advertisement().TableID != id {
			t.Error("it has another table id")
		}
		if a.knows("test.old") || !a.knows("test.new") {
			t.Errorf("a knows %v", a.Routes())
		}
	})
}
