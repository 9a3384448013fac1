package speaker

import "fmt"

// State is how far we are with the routes of a neighbor.
//
//	        connected              control fulfilled           up to its epoch
//	Idle ───────────────> Requested ───────────────> Syncing ──────────────────> Established
//	  ^                    |   ^ ^                      ^                             │
//	  │                    └───┘ │                      └── it has news for us ───────┤
//	  │                  refused │                                                    │
//	  │                          └──────────────────── gap in its epochs ─────────────┤
//	  │                                                                               │
//	  └──── gone for good ──── Stale <─────── gone, or silent for too long ───────────┘
//
// and from everywhere to Suspended if it tells too many prefixes.
type State uint8

// The states.
const (
	// Idle is of a neighbor that is not connected, and of which we know nothing.
	Idle State = iota
	// Requested says that we ask for its routes, and it has not said yes yet.
	Requested
	// Syncing says that it sends what we lack.
	Syncing
	// Established says that we know all it tells.
	Established
	// Stale says that it is gone, and its routes are kept for a moment in case it
	// comes back; or that it is connected but silent, and its routes are dropped.
	Stale
	// Suspended says that it told more prefixes than it may. Its routes are dropped
	// and we want no others for a while.
	Suspended
)

var stateNames = [...]string{"idle", "requested", "syncing", "established", "stale", "suspended"}

// String is the state as operators see it.
func (s State) String() string {
	if int(s) < len(stateNames) {
		return stateNames[s]
	}
	return fmt.Sprintf("state %d", uint8(s))
}

// States is the names of all states, for metrics.
func States() []string { return stateNames[:] }
