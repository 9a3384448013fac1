// Package ilp holds the Interledger protocol (ILPv4, RFC 27) as Go values: the three
// packets, addresses, error codes, and the two interfaces that connect the parts of a
// connector.
//
//   - [Prepare] is a view of a Prepare packet over borrowed bytes. Amount and expiry
//     can be patched in place; nothing is copied.
//   - [Reply] is a view of the answer, a Fulfill or a Reject. It may also be a failure:
//     a refusal on our side of the wire that is not encoded yet.
//   - [Handler] takes Prepares, and [ReplyWriter] takes the answer, once, perhaps after
//     the call that brought the Prepare has returned. An account's side of the engine,
//     a link, a local protocol and a test double are all Handlers.
//   - [ReadBatch] stands for one read of a socket, so that the answers to many packets
//     leave in one write.
//
// The package does no I/O, reads no clock and starts no goroutine. Views borrow their
// bytes: they are valid until the call that was given them returns.
package ilp
