// Package ilp is the Interledger protocol (ILPv4, RFC 27) as Go values: the
// three packets, addresses, error codes, and the two interfaces everything in
// a connector meets through.
//
//   - [Prepare] is a view of a Prepare packet over bytes that somebody else owns.
//     Amount and expiry can be patched in place; nothing is copied.
//   - [Reply] is a view of the answer, a Fulfill or a Reject - or a failure, a
//     refusal on this side of the wire that nobody has encoded yet.
//   - [Handler] takes Prepares, [ReplyWriter] takes the answer, once, perhaps
//     after the call that brought the Prepare has returned. An account's side of
//     the engine, the far side of a link, a local protocol and a test double are
//     all Handlers.
//   - [ReadBatch] is what one read of a socket brought, so that the answers to
//     many packets leave in one write.
//
// The package does no I/O, reads no clock and starts no goroutine. Views are
// borrowed: they are valid until the call that was handed them returns.
package ilp
