// Package rspeer stands in for interledger-rs, a connector that peers over HTTP. It follows the
// sources of its main branch of August 2022, with warp 0.3, hyper 0.14 and reqwest 0.11. It speaks
// IL-DCP and CCP.
package rspeer

import (
	"crypto/rand"
	"crypto/sha256"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ilp-go/connector/ilp"
	"github.com/ilp-go/connector/ilptest"
	"github.com/ilp-go/connector/ilptest/httpwire"
)

// Relation is what the peer is to the node.
type Relation int

// The relations.
const (
	Peer Relation = iota
	Child
)

// Options are the options of a Node.
type Options struct {
	Port     int    // where it listens, any free port if it is 0
	Address  string // its ILP address
	Username string // the account of its peer, which is part of the path
	Relation Relation
	// PeerAddress is the ILP address of the account. It is that of the node with the name of the
	// account behind it, if it is empty.
	PeerAddress string
	Incoming    string // the token that the peer sends
	Outgoing    string // the token that it sends to the peer
	// Endpoint is where the peer takes packets.
	Endpoint string
	// Broadcast is how often it tells its routes, 30 s if it is 0.
	Broadcast time.Duration
	// Receive answers a packet to an address of the node. If it is nil, each packet is fulfilled with
	// ilptest.Preimage. It is called on many goroutines.
	Receive func(prepare ilp.Prepare) ilp.Reply
}

// Node is an interledger-rs with one account. It runs until the test ends.
type Node struct {
	*httpwire.Server
	o       Options
	client  httpwire.Client
	tableID [16]byte
	stopped chan struct{}
	running sync.WaitGroup

	mu       sync.Mutex // guards what follows
	stopping bool
	received uint64
	sent     uint64
	learned  map[string][]string // paths of the routes of the peer, by prefix
}

// Start starts a node, which begins to exchange routes with its peer. It asks for those of the peer
// only once, so the peer should be there.
func Start(t testing.TB, o Options) *Node {
	t.Helper()
	if o.Receive == nil {
		o.Receive = func(ilp.Prepare) ilp.Reply { return ilptest.Fulfill() }
	}
	if o.PeerAddress == "" {
		o.PeerAddress = o.Address + "." + o.Username
	}
	if o.Broadcast == 0 {
		o.Broadcast = 30 * time.Second
	}
	n := &Node{o: o, stopped: make(chan struct{}), learned: make(map[string][]string)}
	_, _ = rand.Read(n.tableID[:])
	n.Server = httpwire.Serve(t, o.Port, time.Hour, n.answer) // hyper keeps connections
	n.running.Go(n.broadcast)
	t.Cleanup(n.end)
	return n
}

// end ends what the node does by itself.
func (n *Node) end() {
	n.mu.Lock()
	n.stopping = true
	n.mu.Unlock()
	close(n.stopped)
	n.Stop()
	n.running.Wait()
	n.client.Close()
}

// Endpoint returns the URL that takes the packets of the peer.
func (n *Node) Endpoint() string { return n.URL("/accounts/" + n.o.Username + "/ilp") }

// Received returns the sum of the packets from the peer that were fulfilled.
func (n *Node) Received() uint64 {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.received
}

// Sent returns the sum of the packets to the peer that were fulfilled.
func (n *Node) Sent() uint64 {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.sent
}

// handle returns the answer to a packet of the peer, in the order of the services of
// interledger-rs.
func (n *Node) handle(prepare ilp.Prepare) ilp.Reply {
	if prepare.Expiry() < time.Now().UnixMilli() {
		return n.reject(ilp.R00, "")
	}
	switch destination := string(prepare.Destination()); {
	case destination == "peer.config":
		return n.configure()
	case destination == "peer.route.control":
		return n.control(prepare)
	case destination == "peer.route.update":
		return n.update(prepare)
	case !strings.HasPrefix(destination, n.o.Address+"."):
		return n.reject(ilp.F02, "")
	}
	reply := n.o.Receive(prepare)
	if reply.Fulfilled() && fulfills(reply, prepare) {
		n.mu.Lock()
		defer n.mu.Unlock()
		n.received += prepare.Amount()
	}
	return reply
}

// reject returns a Reject of the node itself.
func (n *Node) reject(code ilp.Code, message string) ilp.Reply {
	return ilptest.RejectBy(n.o.Address, code, message)
}

// fulfills reports whether a Fulfill is that of a Prepare.
func fulfills(reply ilp.Reply, prepare ilp.Prepare) bool {
	return sha256.Sum256(reply.Fulfillment()) == [ilp.ConditionBytes]byte(prepare.Condition())
}
