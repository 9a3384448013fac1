// Package xrpl speaks with the XRP Ledger as far as payment channels need it: it reads and
// writes the ledger's keys, claims and transactions. It knows nothing of our accounts and
// balances, and decides nothing: package settle/xrp does, on top of it.
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
//
// The formats are those of npm xrpl, which testdata/vectors.json shows for hundreds of values.
// All of it is checked, not only the amounts: bytes or text that this package reads come out of
// it unchanged, and anything else is an error.
package xrpl
