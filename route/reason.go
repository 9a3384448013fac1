package route

import "fmt"

// Reason says why Policy.Import refused a route.
type Reason uint8

// The reasons, in the order in which Import checks them.
const (
	// Accepted says that the route was not refused.
	Accepted Reason = iota
	// InvalidPrefix: the prefix is not made of address segments.
	InvalidPrefix
	// WholeNetwork: the route is to the whole global prefix. Only the operator may set a
	// default route.
	WholeNetwork
	// OtherNetwork: the prefix is outside the global prefix.
	OtherNetwork
	// OurAddress: the prefix is our own address or below it, as a child's is.
	OurAddress
	// PathLong: the path leads through more connectors than the policy allows.
	PathLong
	// PathThroughUs: the path leads through us, so the route would be a loop.
	PathThroughUs
	// OtherSpeaker: the path does not begin with the address of the neighbor.
	OtherSpeaker
	// InvalidPath: a part of the path is not an address.
	InvalidPath
	// Denied: the import lists of the policy do not allow the prefix.
	Denied
)

var reasonNames = [...]string{
	Accepted:      "accepted",
	InvalidPrefix: "invalid prefix",
	WholeNetwork:  "the whole network",
	OtherNetwork:  "outside the global prefix",
	OurAddress:    "our own address space",
	PathLong:      "path too long",
	PathThroughUs: "path leads through us",
	OtherSpeaker:  "path does not begin with its speaker",
	InvalidPath:   "invalid path",
	Denied:        "denied by policy",
}

// String returns the reason as operators see it.
func (r Reason) String() string {
	if int(r) < len(reasonNames) {
		return reasonNames[r]
	}
	return fmt.Sprintf("reason %d", uint8(r))
}
