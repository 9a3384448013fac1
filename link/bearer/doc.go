// Package bearer checks and makes the Authorization header of ILP over HTTP (RFC 35,
// "Authentication"; RFC 6750).
//
// A [Verifier] checks the requests of one account, by static tokens and by JSON Web Tokens
// (JWT, RFC 7519). A [Directory] holds the Verifiers of many accounts, and finds the account
// by the header alone. A [Signer] makes the header of the requests that we send.
//
// Nothing here reads a request or writes an answer. The errors are for the operator, and show
// no token and no secret. A peer learns only that its authorization is invalid.
//
// What "the plugin" does is what ilp-plugin-http 1.6.1 does, with jsonwebtoken 8.5.1.
package bearer
