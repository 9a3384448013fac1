// Package miniaccounts lets many clients connect to one address over BTP, as
// ilp-plugin-mini-accounts does. Each client has a name, which is the next segment of its ILP
// address below that of the account:
//
//	test.us.clients          the account, with its listening socket
//	test.us.clients.alice    a client, with its token and its connections
//
// A [Server] is the link of the account. server.go holds its life and the way of packets,
// login.go who a client is, and tokens.go what it must know to be let in. Operators change that
// with provision.go, and see it with known.go. The connections
// themselves are those of package btplink: each client has a btplink.Link of its own, so its
// connections and its requests are not mixed up with another's.
//
// The clients share the account's balance and limits, as in the reference, unless Host makes each
// an account of its own. Then packets to a client do not pass the Server: they
// leave by the client's own account.
package miniaccounts
