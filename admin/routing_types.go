package admin

import "github.com/ilp-go/connector/route"

// Protocol is the state of the routing protocol, as a Node tells it. Of it GET
// /routing makes a Routing.
type Protocol struct {
	// TableID names the table that neighbors learn from us, Epoch is how many
	// changes it has seen.
	TableID string
	Epoch   uint32
	// Routes is the best route to every prefix.
	Routes route.Routes
	// Told is the last word that neighbors were told about each prefix, oldest
	// first, with the paths that they hear.
	Told []route.Update
	// Peers is the neighbors, by account.
	Peers map[string]RoutingPeer
}

// Routing is GET /routing: the state of the routing protocol. What is empty is an
// empty object, not null.
type Routing struct {
	// RoutingTableID names the table that neighbors learn from us, CurrentEpoch
	// is how many changes it has seen.
	RoutingTableID string `json:"routingTableId"`
	CurrentEpoch   uint32 `json:"currentEpoch"`
	// LocalRoutingTable is the best route to every prefix.
	LocalRoutingTable map[string]route.Entry `json:"localRoutingTable"`
	// ForwardingRoutingTable is what neighbors are told, nil for a prefix that
	// was withdrawn.
	ForwardingRoutingTable map[string]*route.Entry `json:"forwardingRoutingTable"`
	// RoutingLog is the changes of that, oldest first.
	RoutingLog []RoutingChange `json:"routingLog"`
	// Peers is the neighbors that speak the protocol, by account.
	Peers map[string]RoutingPeer `json:"peers"`
}

// RoutingChange is one epoch of the table that neighbors learn from us.
type RoutingChange struct {
	Prefix string       `json:"prefix"`
	Route  *route.Entry `json:"route,omitempty"` // nil if it was withdrawn
	Epoch  uint32       `json:"epoch"`
}

// RoutingPeer is how far the two directions between us and a neighbor are.
type RoutingPeer struct {
	Send    *RoutingSend    `json:"send,omitempty"`    // nil if we send it no routes
	Receive *RoutingReceive `json:"receive,omitempty"` // nil if we want none from it
	// Session is not in the reference.
	Session RoutingSession `json:"session"`
}

// RoutingSession is how the exchange of routes with a neighbor is doing.
type RoutingSession struct {
	// Relation is what the neighbor is to us.
	Relation string `json:"relation"`
	// State is idle, requested, syncing, established, stale or suspended, and tells
	// how far we are with its routes, Since when. It is idle if we want none.
	State string `json:"state"`
	Since Time   `json:"since,omitzero"`
	// Speaker is the neighbor's address, as it says.
	Speaker string `json:"speaker,omitempty"`
	// Received counts the prefixes it tells us, Accepted those we use, Damped those
	// we keep back because they come and go; Advertised counts those it was told.
	Received   int `json:"received"`
	Accepted   int `json:"accepted"`
	Damped     int `json:"damped"`
	Advertised int `json:"advertised"`
	// Faults counts what it sent and could not be believed at all.
	Faults int `json:"faults"`
	// LastError is what went wrong last, empty once it is well again; NextRetry is
	// when we try again, Expires when its routes are too old if it stays silent. The
	// times are left out if there is none.
	LastError string `json:"lastError,omitempty"`
	NextRetry Time   `json:"nextRetry,omitzero"`
	Expires   Time   `json:"expires,omitzero"`
}

// RoutingSend is what a neighbor has of us: the last epoch it is known to have,
// and IDLE or SYNC.
type RoutingSend struct {
	Epoch uint32 `json:"epoch"`
	Mode  string `json:"mode"`
}

// RoutingReceive is what we have of a neighbor.
type RoutingReceive struct {
	RoutingTableID string `json:"routingTableId"`
	Epoch          uint32 `json:"epoch"`
}
