package route

import (
	"encoding"
	"fmt"
	"slices"

	"github.com/ilp-go/connector/account"
)

// Route is a path to the addresses that Prefix covers. RIB, View and Log share a Route
// without a copy, so neither it nor its Path may change once it is made.
type Route struct {
	// Prefix is a whole number of address segments, without a final dot.
	Prefix string
	// NextHop is the id of the account that packets leave by. It is empty for a route
	// that ends with us.
	NextHop string
	// Path lists the addresses of the connectors beyond us, the nearest first. It
	// is empty for a route that begins with us.
	Path []string
	// Auth lets the originator of the route recognize it. For a route that
	// begins with us it is HMAC-SHA-256(routing secret, prefix); every connector
	// that passes a route on hashes it once more, beginning with the originator.
	Auth [32]byte
	// Source says where the route comes from.
	Source Source
	// relation is the relation of the account NextHop, or self without a next hop.
	relation account.Relation
}

// self is the relation of routes that end with us. It comes before that of a child, as a
// child comes before a peer and a peer before a parent: a child pays us for its packets, a
// peer may, and a parent is paid.
const self = account.Child + 1

// Relation returns the relation of the next hop, 0 without a next hop.
func (r *Route) Relation() account.Relation {
	if r.relation == self {
		return 0
	}
	return r.relation
}

// equal reports whether two routes to one prefix are the same for packets and for
// neighbors. A nil Route stands for no route.
func (r *Route) equal(other *Route) bool {
	if r == nil || other == nil {
		return r == other
	}
	return r == other || r.NextHop == other.NextHop && r.Auth == other.Auth && r.Source == other.Source &&
		r.relation == other.relation && slices.Equal(r.Path, other.Path)
}

// Source says where a route comes from.
type Source uint8

// The sources of routes. All but Learned begin with us.
const (
	Local      Source = iota + 1 // our own address
	Child                        // the address of a child
	Default                      // the default route, to the global prefix
	Configured                   // the configuration
	Learned                      // an update of a neighbor
)

// String returns the name of the source, as operators see it.
func (s Source) String() string {
	switch s {
	case Local:
		return "local"
	case Child:
		return "child"
	case Default:
		return "default"
	case Configured:
		return "configured"
	case Learned:
		return "learned"
	}
	return fmt.Sprintf("source %d", uint8(s))
}

// MarshalText returns the name of the source, for JSON.
func (s Source) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

var _ encoding.TextMarshaler = Source(0)
