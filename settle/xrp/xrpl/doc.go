// Package xrpl speaks with the XRP Ledger as far as payment channels need it. It reads and
// writes the ledger's keys, claims and transactions, and asks its servers. It knows nothing of
// our accounts and balances, and decides nothing: package settle/xrp does, on top of it.
//
// Read it in this order:
//
//   - account.go, hash.go, drops.go, publickey.go: the values, each with the one text that it
//     has. base58.go reads and writes addresses and secrets.
//   - seed.go, key.go: what signs. No way of printing a [Seed] or [Key] shows the secret. A
//     [Signer] may take the place of a Key.
//   - channel.go: the key, the id and the claims of a payment channel.
//   - transaction.go: a [Transaction], and what no ledger would take. fields.go: the table of
//     fields, from which encode.go, decode.go and json.go follow. sign.go: signatures and ids.
//   - client.go: a [Client] and its life. visit.go: one server, from the connect until there is
//     a [Reason] to leave it. session.go: the requests of one connection. events.go,
//     subscribe.go: what the ledger tells. status.go: what operators see.
//   - serverinfo.go, accountinfo.go, paychannels.go, submit.go, tx.go: the requests.
//
// The formats are those of npm xrpl, which testdata/vectors.json shows for hundreds of values.
// All of it is checked, not only the amounts: bytes or text that this package reads come out of
// it unchanged, and anything else is an error.
//
// A request ends in one of four ways. It has an answer; or the server refuses it ([Error]); or it
// was not sent ([ErrNotSent]); or it may have been executed ([ErrLost]). What was submitted is
// final only as an [Outcome] that is validated, or as [ErrAbsent].
package xrpl
