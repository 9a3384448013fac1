package admin

import "slices"

// The states of an account. docs/operations.md says what each means, and what leads from one to
// another.
const (
	// Disabled is an account whose link does not run: its code has panicked, an operator has
	// blocked the client, or the connector has not come so far.
	Disabled = "disabled"
	// Draining is an account that takes no new packets and waits for those under way, before it
	// changes or goes, or the connector stops.
	Draining = "draining"
	// Paused is an account that an operator has paused, whatever its link does.
	Paused = "paused"
	// Disconnected is an account that has no connection, and will have one when its counterparty
	// comes: a client of a listener of many, or one that has said goodbye.
	Disconnected = "disconnected"
	// Invited is an account whose peer has not accepted its invitation yet.
	Invited = "invited"
	// Connecting and Authenticating are accounts whose link tries to connect.
	Connecting     = "connecting"
	Authenticating = "authenticating"
	// Configuring is a connected account that has not told us our address yet, or whose routes
	// have not all come yet.
	Configuring = "configuring"
	// Degraded is a connected account with a Problem.
	Degraded = "degraded"
	// Established is a connected account without one.
	Established = "established"
)

var states = []string{
	Disabled, Draining, Paused, Invited, Disconnected, Connecting, Authenticating, Configuring, Degraded, Established,
}

// States returns all states of an account.
func States() []string { return slices.Clone(states) }

// Problem is what an operator should know of an account, whatever its state is.
type Problem struct {
	// Reason says what is wrong, in words, and what to do about it.
	Reason string `json:"reason"`
	// Since is when it began, if that is known.
	Since Time `json:"since,omitzero"`
}
