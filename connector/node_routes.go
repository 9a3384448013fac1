package connector

import (
	"github.com/ilp-go/connector/admin"
	"github.com/ilp-go/connector/ilp/ccp"
	"github.com/ilp-go/connector/route"
	"github.com/ilp-go/connector/route/speaker"
)

// Routes is the best route to every prefix.
func (n node) Routes() route.Routes { return n.speaker.Routes() }

// Prefixes is how many prefixes there is a route to.
func (n node) Prefixes() int { return n.speaker.Prefixes() }

// Neighbours is the sessions with the neighbours.
func (n node) Neighbours() []speaker.Status { return n.speaker.Neighbours() }

// Explain is why packets to an address go where they go.
func (n node) Explain(address string) admin.Explanation {
	e := n.speaker.Explain(address)
	x := admin.Explanation{Explanation: e.Explanation, Refused: []admin.RefusedRoute{}}
	for _, r := range e.Refused {
		x.Refused = append(x.Refused, admin.RefusedRoute(r))
	}
	return x
}

// Routing is the state of the routing protocol.
func (n node) Routing() admin.Routing {
	told := n.speaker.Advertisement()
	r := admin.Routing{
		RoutingTableID:         ccp.UUID(told.TableID),
		CurrentEpoch:           told.Epoch,
		LocalRoutingTable:      n.Routes().Entries(),
		ForwardingRoutingTable: make(map[string]*route.Entry),
		RoutingLog:             []admin.RoutingChange{},
		Peers:                  make(map[string]admin.RoutingPeer),
	}
	for _, u := range told.Updates {
		var e *route.Entry
		if u.Route != nil {
			entry := u.Route.Entry()
			e = &entry
		}
		r.ForwardingRoutingTable[u.Prefix] = e
		r.RoutingLog = append(r.RoutingLog, admin.RoutingChange{Prefix: u.Prefix, Route: e, Epoch: u.Epoch})
	}
	for _, s := range n.Neighbours() {
		r.Peers[s.Account] = peer(s)
	}
	return r
}

// peer is a session as the admin API shows it.
func peer(s speaker.Status) admin.RoutingPeer {
	p := admin.RoutingPeer{Session: admin.RoutingSession{
		State: s.State.String(), Since: s.Since, Speaker: s.Speaker,
		Received: s.Received, Accepted: s.Accepted, Damped: s.Damped, Advertised: s.Advertised, Faults: s.Faults,
		LastError: s.LastError, NextRetry: s.NextRetry, Expires: s.Expires,
	}}
	if s.Sends {
		p.Send = &admin.RoutingSend{Epoch: s.Told, Mode: s.Mode.String()}
	}
	if s.Receives {
		p.Receive = &admin.RoutingReceive{RoutingTableID: ccp.UUID(s.TableID), Epoch: s.Epoch}
	}
	return p
}
