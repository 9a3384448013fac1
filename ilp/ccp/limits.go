package ccp

// Limits of one message. The reference has none. It sends at most 50 routes in an update,
// with paths as long as its network is wide.
const (
	// RoutesMax is the most new routes in an update.
	RoutesMax = 1000
	// WithdrawnMax is the most withdrawn prefixes in an update.
	WithdrawnMax = 4000
	// PathLenMax is the most hops in the path of a route. A longer route is left out.
	PathLenMax = 64
	// PropsMax is the most props of a route.
	PropsMax = 32
	// FeaturesMax is the most features in a route control.
	FeaturesMax = 32
)

// DataBytesMax bounds the data of a Prepare, in bytes (RFC 27). An update whose Size is
// larger has to be split.
const DataBytesMax = 32767

// LimitError says that a message has more of some kind of entry than the limits allow. It
// names the kind.
type LimitError string

// Error returns the text that is sent to the peer.
func (e LimitError) Error() string { return "ccp message contains too many " + string(e) }

var _ error = LimitError("")
