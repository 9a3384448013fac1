package admin

import "github.com/ilp-go/connector/route"

// RoutingState is the state of the routing protocol. GET /routing shows it as a Routing.
type RoutingState struct {
	// TableID is the id of the routing table that we advertise. Epoch is the number of its
	// changes.
	TableID string
	Epoch   uint32
	// Routes is the best route to every prefix.
	Routes route.Routes
	// Advertised is the last update of each prefix that we advertised, oldest first, with
	// the paths that neighbors get.
	Advertised []route.Update
	// Peers are the neighbors, by account.
	Peers map[string]RoutingPeer
}

// Routing is GET /routing: the state of the routing protocol. Empty objects are {}, not
// null.
type Routing struct {
	// RoutingTableID is the id of the routing table that we advertise. CurrentEpoch is the
	// number of its changes.
	RoutingTableID string `json:"routingTableId"`
	CurrentEpoch   uint32 `json:"currentEpoch"`
	// LocalRoutingTable is the best route to every prefix.
	LocalRoutingTable map[string]route.Entry `json:"localRoutingTable"`
	// ForwardingRoutingTable is what we advertise. A withdrawn prefix is nil.
	ForwardingRoutingTable map[string]*route.Entry `json:"forwardingRoutingTable"`
	// RoutingLog is the changes of ForwardingRoutingTable, oldest first.
	RoutingLog []RoutingChange `json:"routingLog"`
	// Peers are the neighbors that exchange routes with us, by account.
	Peers map[string]RoutingPeer `json:"peers"`
}

// RoutingChange is one change of the table that we advertise.
type RoutingChange struct {
	Prefix string       `json:"prefix"`
	Route  *route.Entry `json:"route,omitempty"` // nil if the change withdraws it
	Epoch  uint32       `json:"epoch"`
}

// RoutingPeer is the exchange of routes with a neighbor, in both directions.
type RoutingPeer struct {
	Send    *RoutingSend    `json:"send,omitempty"`    // nil if we send no routes
	Receive *RoutingReceive `json:"receive,omitempty"` // nil if we take no routes
	// Session is not in the reference.
	Session RoutingSession `json:"session"`
}

// RoutingSession is the session with a neighbor.
type RoutingSession struct {
	// Relation is the relation of the neighbor's account.
	Relation string `json:"relation"`
	// AccountState is the state of the account, one of States.
	AccountState string `json:"accountState,omitempty"`
	// State is idle, requested, syncing, established, stale, suspended or
	// declined. It is about the
	// neighbor's routes, and idle if we take none. Since is when it began.
	State string `json:"state"`
	Since Time   `json:"since,omitzero"`
	// Speaker is the address that the neighbor says it has.
	Speaker string `json:"speaker,omitempty"`
	// Received counts the prefixes that the neighbor advertises. Accepted counts those of
	// them in use, Damped those that we hold back because they come and go. Advertised
	// counts the prefixes that we advertise to it.
	Received   int `json:"received"`
	Accepted   int `json:"accepted"`
	Damped     int `json:"damped"`
	Advertised int `json:"advertised"`
	// Faults counts the invalid routes that it has sent.
	Faults int `json:"faults"`
	// LastError is the last error, empty once the exchange works again. NextRetry is when
	// we try again. Expires is when its routes expire if it sends nothing. A time that is
	// not known is left out.
	LastError string `json:"lastError,omitempty"`
	NextRetry Time   `json:"nextRetry,omitzero"`
	Expires   Time   `json:"expires,omitzero"`
	// Outage says more of the state of an account that packets cannot go to.
	Outage *Outage `json:"outage,omitempty"`
}

// RoutingSend is the direction to a neighbor. Epoch is the last one that it has confirmed.
// Mode is IDLE or SYNC.
type RoutingSend struct {
	Epoch uint32 `json:"epoch"`
	Mode  string `json:"mode"`
}

// RoutingReceive is the direction from a neighbor: its table, and our epoch of it.
type RoutingReceive struct {
	RoutingTableID string `json:"routingTableId"`
	Epoch          uint32 `json:"epoch"`
}
