// Package rate says how much of one asset is paid out for an amount of another.
//
// A [Rate] is an exact ratio of two assets' smallest units; [Rate.Convert] is all
// that happens per packet. A [Table] is one immutable snapshot of prices, from which
// the rate between any two assets is derived when the world is built. A [Backend]
// supplies tables; a [Poller] asks it in the background and publishes what it gets.
//
// There is no float anywhere here. Configuration and price feeds are read as decimal
// text into big.Rat ([ParseDecimal]), and the only rounding is the floor in Convert.
//
// The package does not decide what a missing or stale rate means for a packet; that
// is the engine's. The backends built in are rate/onetoone, rate/ecb and
// rate/randomizer.
package rate
