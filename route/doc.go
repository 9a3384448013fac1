// Package route knows the way: which account is the next hop to an ILP address.
//
//   - [Route] is one known way to a prefix, with the path and the authenticity
//     value that the route control protocol passes on.
//   - [Routes] is the best route to every prefix, sorted; what an operator sees.
//   - [Table] is the same made for speed: what a packet asks. It is immutable;
//     a change of routes is a new Table.
//   - [Static] computes the routes that need no neighbour to tell us: our own
//     address, the default route, our children and the configured ones.
//
// A prefix covers an address if it is the address or a whole number of its
// leading segments: g.us covers g.us.alice and not g.usa.
//
// The package does no I/O, reads no clock and starts no goroutine.
package route
