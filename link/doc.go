// Package link holds what all links share: [Pending], the requests that wait for an
// answer; [Inbound], which reads from a socket; [Outbound], the bytes that wait for one;
// [Status], the state of a link; and [Panic], a panic that ends a link but not the process.
//
// A link carries the packets of one account. It is an ilp.Handler for the packets that
// the engine sends, and hands the packets that come in to another Handler. It knows
// nothing else of the engine. The links themselves are the packages below this one.
package link
