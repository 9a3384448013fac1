// Package xrplsim simulates the XRP Ledger with its payment channels, and a server that programs
// ask about it over WebSocket.
//
// A Ledger is both. New starts it, Fund gives accounts their money, and URL says where clients
// connect. Transactions of clients are signed, and are judged as rippled judges them:
//
//   - state.go, view.go: accounts and channels, and the changes of one transaction.
//   - apply.go, payment.go, channel.go: what transactions do. result.go names the results.
//   - open.go: the open ledger, to which submit adds. close.go: the order in a closed ledger.
//   - history.go: ledgers that are closed, and what is said about transactions.
//   - server.go, conn.go, request.go: connections and requests. The files cmd_*.go answer one
//     family of commands each.
//   - fault.go, broken.go: what goes wrong, when a test says so.
//
// Nothing moves by itself unless Options says so: a test closes each ledger and moves the clock.
// So what a test sees does not depend on time.
//
// The rules are those of rippled 2.x with all amendments that concern channels. Directories,
// tickets, several signers, tokens and the consensus between servers are not simulated. All
// money that there is begins at the account Genesis, and Total never changes.
package xrplsim
