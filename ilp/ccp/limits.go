package ccp

// Bounds on what one message may hold. The reference has none, and sends at most
// 50 routes in an update, on paths as long as its network is wide.
const (
	// RoutesMax is the most new routes in an update.
	RoutesMax = 1000
	// WithdrawnMax is the most withdrawn prefixes in an update.
	WithdrawnMax = 4000
	// PathLenMax is the most hops in the path of a route; one with more is left out.
	PathLenMax = 64
	// PropsMax is the most props of a route.
	PropsMax = 32
	// FeaturesMax is the most features in a route control.
	FeaturesMax = 32
	// PrefixBytesMax is the longest prefix, as long as the longest address.
	PrefixBytesMax = 1023
)

// DataBytesMax is the most data that a Prepare carries (RFC 27). An update whose
// Size is above it has to be split.
const DataBytesMax = 32767

// LimitError says that a message has more of something than the bounds allow. It
// names what.
type LimitError string

// Error is sent to the peer.
func (e LimitError) Error() string { return "ccp message contains too many " + string(e) }

var _ error = LimitError("")
