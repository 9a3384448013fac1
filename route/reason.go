package route

import "fmt"

// Reason says why a route was not believed.
type Reason uint8

// The reasons, in the order in which they are looked for.
const (
	// Accepted is the absence of a reason.
	Accepted Reason = iota
	// InvalidPrefix is of a prefix that is not made of address segments.
	InvalidPrefix
	// WholeNetwork is of a route to the whole global prefix: a default route is for
	// the operator to choose.
	WholeNetwork
	// OtherNetwork is of a prefix outside the global prefix.
	OtherNetwork
	// OurAddress is of a prefix in our own address space: our address, those of our
	// children, and all others below ours.
	OurAddress
	// PathLong is of a path through more connectors than the policy allows.
	PathLong
	// PathThroughUs is of a path that would be a loop.
	PathThroughUs
	// OtherSpeaker is of a path that does not begin with who tells it.
	OtherSpeaker
	// InvalidPath is of a path with something in it that is no address.
	InvalidPath
	// Denied is of a prefix that the policy's lists do not allow.
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

// String is the reason as operators see it.
func (r Reason) String() string {
	if int(r) < len(reasonNames) {
		return reasonNames[r]
	}
	return fmt.Sprintf("reason %d", uint8(r))
}
