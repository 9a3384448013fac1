// Package speaker speaks the routing protocol (ilp/ccp) with neighbors: it learns
// their routes and tells them ours.
//
//	neighbor's link                                        packets
//	 │          ^                                              ^
//	 │ requests │ requests, at most one of each kind           │ route.Table
//	 v          │ under way                                    │
//	host ─> inbox ─> Speaker.Run ── the one goroutine ───────┐
//	                   │      ^                                │
//	            Order  │      │ update                         │ changes
//	                   v      │                                │
//	   ┌─ of each neighbor ──┴─────┐   Policy, Damping, Quota │
//	   │ Receiver ──> intake ───────┼────────> route.RIB ──────┤
//	   │ Sender   <─────────────────┼── Table: route.View, Log <┘
//	   └────────────────────────────┘
//
// The types:
//
//   - [Receiver] is the half of a session in which a neighbor tells us its routes;
//     its states are drawn at [State].
//   - [Sender] is the half in which it is told ours.
//   - [Speaker] is all sessions and the routes that come of them.
//   - [Status], [Explanation] and [Advertisement] are what operators see of it.
//
// Receiver and Sender are pure: what happens, and when, goes in, and what is to be done
// comes out. Everything that knows a clock or a connection is in Speaker.
//
// Where we differ from the reference: the hold-down time is enforced; a gap in the
// epochs is asked for again; a new table id drops what the old table said; an update
// that is refused or lost is told again, with growing waits; changes of a path are told;
// routes of a neighbor whose connection breaks stay for a moment, after all others.
package speaker
