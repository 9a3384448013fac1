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
//  6. reach: the next account must be connected and take packets.
//  7. shorten: the expiry, so that we have time left to bring back the answer.
//  8. leave: the next account's outgoing chain.
//  9. send: to the next account's link. From here on the packet waits for the link's
//     answer or for its expiry, whichever claims it first.
//  10. [Packet.WriteReply] takes the answer. Both chains see it in reverse order, those
//     middlewares that passed the Prepare. Then it goes to where the Prepare came from.
//
// Nothing here blocks, no packet has a goroutine of its own, and no lock is held while
// calling out. The package knows no links, stores, settlement or routing protocol. It meets
// them through ilp.Handler and the small interfaces declared here.
package engine
