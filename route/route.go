package route

import "fmt"

// Route is one way to the addresses that Prefix covers.
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
}

// Source says how we came by a route.
type Source uint8

// The sources of the routes that begin with us.
const (
	Local      Source = iota + 1 // our own address
	Child                        // the address of a child
	Default                      // the default route, at the global prefix
	Configured                   // from the configuration
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
	}
	return fmt.Sprintf("source %d", uint8(s))
}
