// Package link is what links share: [Pending], the requests that wait for an
// answer; [Outbound], the bytes that wait for a socket; [Backoff], how long to
// wait before trying again; [Status], how a link is doing; and [Panic], a panic that
// takes down a link and not the process.
//
// A link carries the packets of one account. Towards the engine it is an
// ilp.Handler for what goes out, and hands what comes in to another one; it knows
// nothing else of the engine. The links themselves are the packages below this.
package link
