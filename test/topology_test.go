package test

import (
	"fmt"
	"testing"
	"time"
)

const (
	// broadcastInterval is how often the connectors of a topology repeat their routes.
	broadcastInterval = time.Second
	// cleanupInterval is how often they look for routes that are too old.
	cleanupInterval = 100 * time.Millisecond
	// convergence is how long news of a lost route may take: a broadcast interval until the neighbor of
	// what is lost tells it, as a connector may wait for its next broadcast, and one more for those behind,
	// who are told at once but no more often than the protocol's least time between updates.
	convergence = 2 * broadcastInterval
	// slack is what a machine with other things to do may add to a bound of the protocol.
	slack = 500 * time.Millisecond
)

// stages bounds how many topologies run at once, as each is up to a dozen processes whose timing is looked at.
var stages = make(chan struct{}, 2)

// topology is a network of connectors that exchange routes. Declare its links first, then start it; all its
// processes end with the test.
type topology struct {
	t     *testing.T
	nodes []*station
	peers *Peers // the clients of the nodes
	sent  int    // packets so far, none of which may be a duplicate of another
	// delivery is how the first messages of listeners get to their clients; nil leaves that to the network.
	delivery pass
}

// station is one connector of a topology.
type station struct {
	*Connector
	name    string
	kind    kind
	above   *station // from whom it has its address, nil if that is configured
	address string
	// neighbors are those that it exchanges routes with.
	neighbors []*station
	config    config
	ports     map[string]int
	adminPort int
	hasClient bool
	client    *Peer
}

// newTopology declares connectors with addresses of their own, test. and the name, without any link.
func newTopology(t *testing.T, c cast, names ...string) *topology {
	t.Helper()
	stages <- struct{}{}
	t.Cleanup(func() { <-stages })
	n := &topology{t: t}
	for i, name := range names {
		n.nodes = append(n.nodes, &station{
			name:    name,
			kind:    c[i],
			address: "test." + name,
			config: config{
				address: "test." + name,
				env: map[string]string{
					"ROUTE_BROADCAST_INTERVAL": fmt.Sprint(broadcastInterval.Milliseconds()),
					"ROUTE_CLEANUP_INTERVAL":   fmt.Sprint(cleanupInterval.Milliseconds()),
				},
			},
			ports:     make(map[string]int),
			adminPort: freePort(t),
		})
	}
	return n
}

// node is the connector of that name.
func (n *topology) node(name string) *station {
	n.t.Helper()
	for _, s := range n.nodes {
		if s.name == name {
			return s
		}
	}
	n.t.Fatalf("there is no node %s", name)
	return nil
}

// peer links two connectors as peers; each calls the account by the name of the other. The first one listens.
func (n *topology) peer(listener, dialler string) { n.peerAt(listener, dialler, 9) }

// peerAt is peer with the scale of the asset that the two trade.
func (n *topology) peerAt(listener, dialler string, scale int) {
	n.t.Helper()
	n.link(n.node(listener), n.node(dialler), peer(dialler, scale), peer(listener, scale))
}

// parent makes below a child of above, from whom it has its address. Declare the links from the root downwards.
func (n *topology) parent(above, below string) {
	n.t.Helper()
	up, down := n.node(above), n.node(below)
	n.link(up, down, child(below, 9), parent(above, 9))
	down.above, down.address, down.config.address = up, up.address+"."+below, ""
}

// ring links each of the nodes with the next one as peers, and the last one with the first.
func (n *topology) ring() {
	n.t.Helper()
	for i := range n.nodes {
		n.peer(n.nodes[i].name, n.nodes[(i+1)%len(n.nodes)].name)
	}
}

func (n *topology) link(listener, dialler *station, listens, dials account) {
	n.t.Helper()
	listener.neighbors = append(listener.neighbors, dialler)
	dialler.neighbors = append(dialler.neighbors, listener)
	port := listener.listen(n.t, listens)
	begin := n.delivery
	if begin == nil && listener.kind == reference && dialler.kind == reference {
		begin = apart
	}
	if begin != nil {
		port = startRelay(n.t, port, begin)
	}
	dials.server = fmt.Sprintf("btp+ws://:%s@127.0.0.1:%d", listens.token(), port)
	dialler.config.accounts = append(dialler.config.accounts, limited(dials))
}

// listen gives the connector an account that waits for its other end, and tells on which port.
func (s *station) listen(t *testing.T, a account) int {
	t.Helper()
	s.ports[a.id] = freePort(t)
	s.config.accounts = append(s.config.accounts, limited(a))
	return s.ports[a.id]
}

// adjust changes an account before the start.
func (s *station) adjust(id string, change func(account) account) {
	for i, a := range s.config.accounts {
		if a.id == id {
			s.config.accounts[i] = change(a)
		}
	}
}

// start starts all connectors at once, but children after their parent, or they would spend most of the test on
// waiting to try again. It waits until all listen, and connects the clients.
func (n *topology) start() {
	n.t.Helper()
	for _, s := range n.nodes {
		if s.above != nil {
			s.above.awaitListening(n.t)
		}
		s.launch(n.t)
	}
	for _, s := range n.nodes {
		s.awaitListening(n.t)
	}
	n.connectClients()
}

// launch starts one connector, or starts it again on the same ports.
func (s *station) launch(t *testing.T) {
	t.Helper()
	s.Connector = launchConnector(t, s.name+", "+string(s.kind), s.kind, s.config, s.ports, s.adminPort)
}
