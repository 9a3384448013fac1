// Package listen is the one port that the accounts of a connector share, with whatever else is
// served there.
//
//	        ┌── /accounts/ID/ilp ──────> ILP over HTTP
//	port ───┼── /accounts/ID/ilp/btp ──> BTP, by an upgrade to WebSocket
//	        ├── /ilp ──────────────────> ILP over HTTP: the token alone says whose it is
//	        └── / ─────────────────────> BTP, in the same way
//
// A [Server] listens, with or without TLS, and serves HTTP/1.1 and HTTP/2. Others put their
// http.Handlers behind its paths with [Server.Handle].
//
// Strangers may come to the port, so their sockets are bounded: in all, for one network address,
// and those that have not authenticated themselves yet. Of these the oldest is closed when one
// too many comes, so that a flood of silent sockets keeps no peer out. A handler says with
// [Known] that its peer has authenticated itself, and with [Failed] that a stranger could not.
package listen
