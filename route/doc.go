// Package route knows the way: which account is the next hop to an ILP address,
// what neighbors told us about it, and what we tell them.
//
//	configuration           neighbors
//	    |                       |  Policy.Import, Damping, Quota
//	  Static                    |
//	    +-- SetStatic --> RIB <-+  Learn, Withdraw, Drop
//	                      |  Changes
//	          +-----------+-----------+
//	        Table                   View -- Log
//	          |                              |  Since, Policy.Export
//	       packets                      neighbors
//
// The types, from top to bottom:
//
//   - [Route] is one known way to a prefix, with the path and the authenticity
//     value that the route control protocol passes on.
//   - [Static] computes the routes that need no neighbor to tell us: our own
//     address, the default route, our children and the configured ones.
//   - [Policy] is what an operator allows one neighbor, [Quota] and [Damping] what
//     we bear of it.
//   - [RIB] is all routes that we know, and the best of each prefix. Every change of
//     a best route is a [Change]. [Routes] is a copy of the best, for operators.
//   - [Table] is the same made for speed: what a packet asks. It is immutable;
//     a change of routes is a new Table.
//   - [View] is what may be told, less what DRAGON finds redundant; [Log] is its
//     history, as far as a neighbor needs it that comes back or lags behind.
//
// A prefix covers an address if it is the address or a whole number of its
// leading segments: g.us covers g.us.alice and not g.usa.
//
// The package does no I/O, reads no clock and starts no goroutine. Table, Routes and
// Route never change and are for everybody. RIB, View, Log, Quota and Damping belong to
// one goroutine, which speaks with the neighbors (route/speaker).
package route
