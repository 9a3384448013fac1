// Package engine carries packets from the account they come from to the account
// they go to, and the answers back.
//
// A packet's way, in the order of forward.go and resolve.go:
//
//  1. [Port.HandlePrepare] takes a Prepare from an account's link, with one load
//     of the world: routes, rates and settings as of one moment.
//  2. admit: the account's incoming chain of [Middleware], which may refuse it.
//  3. local: what is meant for us (peer.*) goes to a local Handler, never onwards.
//  4. route: the longest prefix of the destination says which Port is next.
//  5. convert: the amount in units of the next account, rounded down.
//  6. shorten: the expiry, so that we have time left to bring back the answer.
//  7. depart: the next account's outgoing chain.
//  8. handOff: to the next account's link. From here on the packet waits, for
//     the link's answer or its own expiry, whichever claims it first.
//  9. [Packet.WriteReply] takes the answer; both chains see it in reverse order,
//     those middlewares that passed the Prepare; then it goes to where the Prepare
//     came from.
//
// Nothing here blocks, no packet has a goroutine of its own, and no lock is held
// while calling out. Links, stores, settlement and the routing protocol are
// strangers to this package: they meet it through ilp.Handler and the small
// interfaces declared here.
package engine
