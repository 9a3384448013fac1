package route

import (
	"encoding"
	"fmt"
	"slices"
)

// Route is one way to the addresses that Prefix covers. Routes are handed from RIB to
// View to Log without a copy: once made, a Route and its Path never change.
type Route struct {
	// Prefix is a whole number of address segments, without a final dot.
	Prefix string
	// NextHop is the id of the account that packets leave by, empty if they
	// have arrived.
	NextHop string
	// Path is the addresses of the connectors beyond us, the nearest first. It
	// is empty for a route that begins with us.
	Path []string
	// Auth lets the originator of the route recognise it. For a route that
	// begins with us it is HMAC-SHA-256(routing secret, prefix); every connector
	// that passes a route on hashes it once more, beginning with the originator.
	Auth [32]byte
	// Source says how we came by the route.
	Source Source
	// relation is what the account NextHop is to us.
	relation rank
}

// Relation is what the next hop is to us, empty if that is ourselves.
func (r *Route) Relation() Relation { return r.relation.relation() }

// same reports whether two routes to one prefix do not differ in anything that
// packets or neighbors could notice. Either may be nil, for no route.
func (r *Route) same(other *Route) bool {
	if r == nil || other == nil {
		return r == other
	}
	return r == other || r.NextHop == other.NextHop && r.Auth == other.Auth && r.Source == other.Source &&
		r.relation == other.relation && slices.Equal(r.Path, other.Path)
}

// Source says how we came by a route.
type Source uint8

// The sources of routes. All but the last begin with us.
const (
	Local      Source = iota + 1 // our own address
	Child                        // the address of a child
	Default                      // the default route, at the global prefix
	Configured                   // from the configuration
	Learned                      // a neighbor told us
)

// String is the name of the source, as operators see it.
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

// MarshalText is the name of the source, for JSON.
func (s Source) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

var _ encoding.TextMarshaler = Source(0)
