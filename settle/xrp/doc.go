// Package xrp settles accounts by claims on payment channels of the XRP Ledger, as the npm plugin
// ilp-plugin-xrp-paychan does, and with it.
//
//	   our connector                                        the peer
//	┌─────────────────┐     claim, over BTP (Transfer)     ┌──────────────┐
//	│ Settler: Pay  ──┼──────────────────────────────────> │ credits it   │
//	│         credit <┼─────────────────────────────────── │ pays         │
//	└───────┬─────────┘                                    └──────┬───────┘
//	        │ opens, funds, claims: Wallet                        │
//	        v                                                     v
//	   ═══════════ our channel ──> the peer ── XRP Ledger ── the peer's channel ──> us ═══════════
//
// There are two channels, one each way. A claim says what its channel has paid in all, signed by the key of
// the channel, and only the best one counts. So a payment costs nothing on the ledger, and a claim that is
// lost is made good by the next one. Now and then the payee takes its best claim to the ledger.
//
//   - [Settler] is for one account. pay.go raises our claim and sends it; credit.go takes those of the peer;
//     messages.go is what the two say to each other; tend.go looks after the channels, in one goroutine: it
//     opens (tend.go), funds (fund.go), claims (claim.go) and closes (operator.go).
//   - [Wallet] makes the transactions of an account of the ledger, one after the other, for all accounts of the
//     connector that use it. Its journal (journal.go) is why none is made twice.
//   - [Owners] gives each channel to one account.
//   - [Server] is the [Ledger] that asks real servers, by package xrpl.
//
// What holds at every moment, even if the process dies between any two steps:
//
//   - Our claim is durable, with the id of the payment, before it leaves. While the peer has not confirmed it,
//     the same claim is sent again, and nothing else is paid.
//   - A claim of the peer is credited in the same durable step that keeps it. For each channel that was ever
//     credited the best claim is kept, so that no channel is credited twice.
//   - A transaction is durable, signed, before it is submitted, and the same bytes are submitted until a
//     validated ledger has it or none can take it any more.
//   - Nothing is credited above what the channel holds on a validated ledger.
//
// Amounts on the wire are units of the account, 10^-scale XRP. The ledger counts drops, 10^-6 XRP. What a
// claim is signed for is the drops of the total, rounded up: see units.go.
package xrp
