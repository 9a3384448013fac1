// Package rafikipeer stands in for Rafiki, a connector and wallet backend that peers over HTTP. It
// writes the bytes that Rafiki writes, and accepts what Rafiki accepts, as of its main branch of
// August 2026: Koa 2.16.4 and axios 1.16.0 on Node.js 20.
//
// It has one peer. Routes and addresses come from its configuration: it knows neither IL-DCP nor
// CCP.
package rafikipeer

import (
	"crypto/sha256"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ilp-go/connector/ilp"
	"github.com/ilp-go/connector/ilptest"
	"github.com/ilp-go/connector/ilptest/httpwire"
)

// Options are the options of a Node.
type Options struct {
	Address  string // its ILP address
	Incoming string // the token that the peer sends
	Outgoing string // the token that it sends to the peer
	// Receive answers a packet to an address of the node. If it is nil, each packet is fulfilled with
	// ilptest.Preimage. It is called on many goroutines.
	Receive func(prepare ilp.Prepare) ilp.Reply
	// Idle is after what time a connection without a request is closed, 6 s if it is 0, as measured.
	Idle time.Duration
}

// Node is a Rafiki with one peer. It runs until the test ends.
type Node struct {
	*httpwire.Server
	o      Options
	client httpwire.Client

	mu       sync.Mutex // guards what follows
	endpoint string     // of the peer
	received uint64
	sent     uint64
}

// Start starts a node.
func Start(t testing.TB, o Options) *Node {
	t.Helper()
	if o.Receive == nil {
		o.Receive = func(ilp.Prepare) ilp.Reply { return ilptest.Fulfill() }
	}
	if o.Idle == 0 {
		o.Idle = 6 * time.Second
	}
	n := &Node{o: o}
	n.Server = httpwire.Serve(t, 0, o.Idle, n.answer)
	t.Cleanup(n.client.Close)
	return n
}

// Peer says where the peer takes packets.
func (n *Node) Peer(endpoint string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.endpoint = endpoint
}

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

// handle returns the answer to a packet of the peer. The node looks for the account of the
// destination first, so that it does not answer peer.config and peer.route.*.
func (n *Node) handle(prepare ilp.Prepare) ilp.Reply {
	if !strings.HasPrefix(string(prepare.Destination()), n.o.Address+".") {
		return n.reject(ilp.F02, "unknown destination account")
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
