// Package httplink carries the packets of an account over HTTP, as ilp-plugin-http, Rafiki and
// interledger-rs do: a POST with a Prepare, and its response with the Fulfill or Reject.
//
//	the peer ── POST ──> ServeHTTP ─────────> the engine
//	the peer <── POST ── send <── HandlePrepare ── the engine
//
// A [Link] is both an http.Handler, for what the peer sends, and an ilp.Handler, for what it is
// sent. Each packet under way has one goroutine: that of its request. It ends here, as the engine
// has none.
//
// Over HTTP/1.1 two things go without package net/http, as it costs more than all the rest: requests to
// one peer (conns.go), and those of a peer that are like the first on their connection (kept.go). Whatever
// is unusual about a message is left to net/http.
//
// HTTP has no connection that could tell whether the peer is there. So a link asks, with a GET
// that moves no money: when it begins, and after requests have failed, until there is an answer.
// Meanwhile it is not connected, and routes avoid it.
//
// The package knows nothing of configuration, nor of listeners: its caller checks who asks (see
// [Options]) and serves the link where the peer expects it.
package httplink
