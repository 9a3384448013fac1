// Package speaker speaks the routing protocol (ilp/ccp) with neighbors: it learns
// their routes and advertises ours.
//
//	neighbor's link                                         packets
//	  │          ^                                               ^
//	  │ requests │ requests, one of each kind at a time          │ route.Table, the FIB
//	  v          │                                               │
//	handler ─> inbox ─> Speaker.Run                              │
//	                      │      ^                               │
//	               action │      │ update                        │ changes
//	                      v      │                               │
//	    ┌─ of each neighbor ─────┴──┐   Policy, Damping, Quota   │
//	    │ receiver ──> importer ────┼───────────────────────> route.RIB
//	    │ sender   <────────────────┼── ribOut: route.View, Log <┘
//	    └───────────────────────────┘
//
// The types:
//
//   - receiver is the half of a session in which a neighbor announces its routes;
//     its states are drawn at [State].
//   - sender is the half in which we advertise ours.
//   - [Speaker] holds all sessions and the routes that come from them.
//   - [Status], [Explanation] and [Advertisement] are copies of its state for operators.
//
// receiver and sender are pure: events and the time go in, and actions come out. Only
// Speaker has a clock and connections.
//
// Where we differ from the reference: we enforce the hold-down time; we ask again for a gap
// in the epochs; a new table id drops the routes of the old table; an update that is
// refused or lost is sent again, with growing waits; changes of a path are advertised;
// routes of a neighbor whose connection breaks stay for a moment, after all others.
package speaker
