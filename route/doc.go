// Package route decides which account is the next hop to an ILP address. It keeps the
// routes that neighbors announce to us, and decides which routes we announce to them.
//
//	configuration           neighbors
//	    |                       |  Policy.Import, Damping, Quota
//	  Static                    |
//	    +-- SetStatic --> RIB <-+  Learn, Withdraw, Drop
//	                      |  Changes
//	          +-----------+-----------+
//	   Table, the FIB               View -- Log
//	          |                              |  Since, Policy.Export
//	       packets                      neighbors
//
// The types, from top to bottom:
//
//   - [Route] is a path to a prefix, as the route control protocol passes it on.
//   - [Static] computes the routes that do not depend on neighbors: to our own address,
//     the default route, those to our children, and the configured ones.
//   - [Policy] holds what the operator accepts from one neighbor and advertises to it.
//     [Quota] and [Damping] limit how many prefixes a neighbor announces, and how often.
//   - [RIB] is the routing information base: all routes, and the best one to each prefix.
//     Each change of a best route is a [Change]. [Routes] is a copy for operators.
//   - [Table] is the forwarding information base (FIB): the next hop of each best route,
//     made for fast lookups. It changes in place while packets look up their next hops.
//   - [View] selects the routes that we advertise, without those that DRAGON finds
//     redundant. [Log] numbers its updates, so that each neighbor can follow them at its
//     own pace.
//
// A prefix covers an address if it is the address or a whole number of its
// leading segments: g.us covers g.us.alice and not g.usa.
//
// The package does no I/O, reads no clock and starts no goroutine. A Route never changes;
// any number of goroutines may look up hops in a Table while one changes it. RIB, View,
// Log, Quota and Damping have no lock: route/speaker calls them with its own held.
package route
