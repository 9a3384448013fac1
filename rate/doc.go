// Package rate computes how much of one asset we pay out for an amount of another.
//
// A [Rate] is an exact ratio of the smallest units of two assets. Per packet only
// [Rate.Convert] is called. A [Table] is one immutable snapshot of prices; the rate
// between any two assets is derived from it when the world is built. A [Backend]
// supplies tables. A [Poller] asks it in the background and publishes its tables. A [Feed]
// tells an [Observer] what was forwarded.
//
// There is no float anywhere here. Configuration and price feeds are read as decimal
// text into big.Rat ([ParseDecimal]), and the only rounding is the floor in Convert.
//
// The package does not decide what a missing or stale rate means for a packet: the engine
// does. The built-in backends are the packages below this one; rate/fetch gets their documents.
package rate
