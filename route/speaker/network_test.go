package speaker

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ilp-go/connector/account"
	"github.com/ilp-go/connector/ilp"
	"github.com/ilp-go/connector/route"
)

// network holds speakers in memory, joined by links that take a millisecond each way. It
// lives in a bubble of synctest, so waiting takes no real time.
type network struct {
	t       *testing.T
	timers  Timers
	cleanup time.Duration
	fakes   []*fakeNeighbor
	nodes   map[string]*node
	ids     byte
	paced   bool // each step of work is one route, and a whole slice
}

// node is a speaker at an address, whose accounts are the neighbors' names.
type node struct {
	*Speaker
	name   string
	static route.Static
	links  map[string]*wire
	stop   func()

	mu     sync.Mutex
	table  *route.Table
	number map[string]route.Hop
	names  []string          // by number
	alerts map[string]int    // how often each was raised
	raised map[string]string // those that have not ended, by account and kind; guarded by mu
}

// wire is one direction of a link.
type wire struct {
	mu   sync.Mutex
	up   bool
	mute bool // takes requests and does not answer
	to   ilp.Handler
	sent int
}

func newNetwork(t *testing.T) *network {
	return &network{t: t, timers: testTimers, cleanup: time.Second, nodes: make(map[string]*node)}
}

// add starts a node at test.NAME without neighbors.
func (net *network) add(name string) *node {
	n := &node{
		name: name, links: make(map[string]*wire), number: make(map[string]route.Hop), alerts: make(map[string]int),
		raised: make(map[string]string),
		static: route.Static{Address: "test." + name, GlobalPrefix: "test"},
	}
	net.start(n, net.fresh(), false)
	net.nodes[name] = n
	return n
}

func (net *network) fresh() [16]byte {
	net.ids++
	return [16]byte{net.ids}
}

func (net *network) start(n *node, id [16]byte, reused bool) {
	n.Speaker = New(Options{
		Timers: net.timers, Cleanup: net.cleanup, TableID: net.fresh(), NewTableID: net.fresh,
		Number: func(account string) (route.Hop, bool) {
			hop, ok := n.number[account]
			return hop, ok
		},
		Publish: func(t *route.Table) {
			n.mu.Lock()
			n.table = t
			n.mu.Unlock()
		},
		Alert: func(account, kind, message string) {
			n.alerts[account+": "+message]++
			n.raise(account+" "+kind, message)
		},
		Resolved: func(account, kind string) { n.raise(account+" "+kind, "") },
		Log:      slog.New(slog.DiscardHandler),
	})
	if net.paced {
		n.slow()
	}
	n.SetTableID(id, reused)
	n.setStatic()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		n.Run(ctx)
	}()
	n.stop = func() {
		cancel()
		<-done
	}
}

// raise notes what the alert of an account and kind says, and that it has ended if that is nothing.
func (n *node) raise(accountAndKind, message string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.raised[accountAndKind] = message
}

// says returns what the alert of an account and kind says, nothing if there is none.
func (n *node) says(accountAndKind string) string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.raised[accountAndKind]
}

// slow makes each step of long work one route, and a whole slice.
func (n *node) slow() {
	clock := time.Now()
	n.pacer.routes = 1
	n.pacer.now = func() time.Time {
		clock = clock.Add(sliceMax)
		return clock
	}
}

// setStatic computes and sets the static routes.
func (n *node) setStatic() {
	routes, _ := n.static.Routes()
	n.SetStatic(route.Identity{Address: n.static.Address, GlobalPrefix: n.static.GlobalPrefix}, routes)
}

// introduce adds account as a neighbor of n.
func (n *node) introduce(account string, relation account.Relation, p route.Policy, link ilp.Handler) {
	if _, known := n.number[account]; !known {
		n.number[account] = route.Hop(len(n.names))
		n.names = append(n.names, account)
		n.static.Accounts = append(n.static.Accounts, route.Account{ID: account, Relation: relation})
	}
	n.Add(Neighbor{Account: account, Relation: relation, Policy: p, Link: link, Send: true, Receive: true})
	n.setStatic()
}

// join links two nodes as peers, and brings the link up.
func (net *network) join(a, b string) { net.joinAs(a, b, account.Peer, account.Peer) }

// joinAs links two nodes; aToB is the relation of b in the configuration of a.
func (net *network) joinAs(a, b string, aToB, bToA account.Relation) {
	x, y := net.nodes[a], net.nodes[b]
	x.links[b], y.links[a] = new(wire), new(wire)
	x.introduce(b, aToB, route.Policy{}, x.links[b])
	y.introduce(a, bToA, route.Policy{}, y.links[a])
	net.link(a, b, true)
}

// link brings the link between two nodes up or down.
func (net *network) link(a, b string, up bool) {
	x, y := net.nodes[a], net.nodes[b]
	x.links[b].set(up, y.For(&account.Account{ID: a}))
	y.links[a].set(up, x.For(&account.Account{ID: b}))
	x.Connected(b, up)
	y.Connected(a, up)
}

func (w *wire) set(up bool, to ilp.Handler) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.up, w.to = up, to
}

func (w *wire) silence(on bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.mute = on
}

// HandlePrepare carries a packet to the other node, as a link does.
func (w *wire) HandlePrepare(up ilp.ReplyWriter, prepare ilp.Prepare) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.sent++
	if !w.up {
		up.WriteReply(ilp.Fail(ilp.T01, "not connected"))
		return
	}
	if w.mute {
		return
	}
	kept, _ := prepare.Clone(nil)
	to := w.to
	time.AfterFunc(time.Millisecond, func() {
		to.HandlePrepare(ilp.ReplyFunc(func(r ilp.Reply) {
			answer, _ := r.Clone(nil)
			time.AfterFunc(time.Millisecond, func() { up.WriteReply(answer) })
		}), kept)
	})
}

// kill stops a node and cuts its links.
func (net *network) kill(name string) {
	n := net.nodes[name]
	n.stop()
	delete(net.nodes, name)
	for other := range n.links {
		if o := net.nodes[other]; o != nil {
			o.links[name].set(false, nil)
			o.Connected(name, false)
		}
	}
}

// end stops all nodes.
func (net *network) end() {
	for _, n := range net.nodes {
		n.stop()
	}
	synctest.Wait()
}

// pass lets time pass. Before and after it the test may read what fakes received.
func (net *network) pass(d time.Duration) {
	net.handOver()
	time.Sleep(d)
	synctest.Wait()
	net.handOver()
}

func (net *network) handOver() {
	for _, t := range net.fakes {
		t.mu.Lock()
		t.mu.Unlock()
	}
}

// way returns the nodes that a packet passes from a node to an address, and whether it
// arrives.
func (net *network) way(from, address string) (way []string, arrives bool) {
	for n := net.nodes[from]; n != nil; {
		way = append(way, n.name)
		n.mu.Lock()
		hop, ok := n.table.Next([]byte(address))
		n.mu.Unlock()
		switch {
		case !ok || len(way) > len(net.nodes):
			return way, false
		case hop == route.Self:
			return way, true
		}
		n = net.nodes[n.names[hop]]
	}
	return way, false
}

// longest returns the number of hops of the longest path in any RIB.
func (net *network) longest() (most int) {
	for _, n := range net.nodes {
		for _, r := range n.Routes() {
			most = max(most, len(r.Path))
		}
	}
	return most
}

// checkWays checks that packets arrive from everywhere at every node.
func (net *network) checkWays() error {
	for from := range net.nodes {
		for to := range net.nodes {
			if way, arrives := net.way(from, "test."+to); !arrives || way[len(way)-1] != to {
				return fmt.Errorf("from %s to %s: %v", from, to, way)
			}
		}
	}
	return nil
}

// knows reports whether a node has a route to exactly this prefix.
func (n *node) knows(prefix string) bool {
	for _, r := range n.Routes() {
		if r.Prefix == prefix {
			return true
		}
	}
	return false
}

// bubble runs a test with a network, and stops the network.
func bubble(t *testing.T, test func(t *testing.T, net *network)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		net := newNetwork(t)
		defer net.end()
		test(t, net)
	})
}
