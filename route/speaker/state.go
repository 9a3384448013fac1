package speaker

import "fmt"

// State says how far the routes of a neighbor have been received.
//
//	        connected              control fulfilled           up to its epoch
//	Idle ───────────────> Requested ───────────────> Syncing ──────────────────> Established
//	  ^                    |   ^ ^                      ^                             │
//	  │                    └───┘ │                      └── it has more updates ──────┤
//	  │                  refused │                                                    │
//	  │                          └──────────────────── gap in its epochs ─────────────┤
//	  │                                                                               │
//	  └──── grace time is over ── Stale <─── disconnected, or silent for too long ────┘
//
// and from everywhere to Suspended if the neighbor announces too many prefixes, and to
// Declined if it answers a control that it is configured to send us no routes. From there
// the next control that it fulfills leads to Syncing.
type State uint8

// The states.
const (
	// Idle: the neighbor is not connected, and we have no routes from it.
	Idle State = iota
	// Requested: we ask the neighbor for its routes, and it has not agreed yet.
	Requested
	// Syncing: the neighbor sends the updates that we lack.
	Syncing
	// Established: we have all updates of the neighbor.
	Established
	// Stale: the neighbor is disconnected, and its routes stay for a moment in case it
	// comes back; or it is connected but silent, and its routes are dropped.
	Stale
	// Suspended: the neighbor announced more prefixes than it may. Its routes are
	// dropped, and we accept no others for a while.
	Suspended
	// Declined: the neighbor is configured to send us no routes, and says so. We ask again
	// from time to time.
	Declined
)

var stateNames = [...]string{"idle", "requested", "syncing", "established", "stale", "suspended", "declined"}

// String returns the state as operators see it.
func (s State) String() string {
	if int(s) < len(stateNames) {
		return stateNames[s]
	}
	return fmt.Sprintf("state %d", uint8(s))
}

// States returns the names of all states, for metrics.
func States() []string { return stateNames[:] }
