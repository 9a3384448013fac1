// Package settle pays what we owe to peers, and credits what peers pay us.
//
//	packets ── Consider ──> ┌───────┐ ── Pay ────> Settler ──> money on a ledger elsewhere
//	operator, timer ──────> │ Payer │
//	                        └───────┘ ── Record ─> Ledger: balance and settlement in one durable step
//	                      ┌──────────┐ ── Record ──^
//	an engine, a plugin ─>│ Receiver │
//	            Receive   └──────────┘
//
// The types:
//
//   - [Payer] decides when and how much to pay. It records each step durably, pays through
//     a [Settler], and records the outcome. A [Settlement] and its [State] are the record.
//   - [Receiver] credits each [Receipt] once. It keeps what is too small to credit as a
//     [Leftover], and adds it to the next receipt.
//   - [Settler] moves money to the counterparty of one account. Its optional interfaces say
//     what it needs and what it can do. An [OutOfBand] settler moves no money itself.
//   - [Ledger] is the caller's durable record of the balances.
//
// A settlement goes through these states:
//
//	           handed           paid
//	intended ─────────> sent ─────────> confirmed
//	   │                 │ │                ^
//	   │ dropped         │ │ lost           │ paid
//	   v   refused, void │ └─────> unknown ─┘
//	not sent <───────────┘            │ │^
//	   ^             void             │ └┘ lost, refused
//	   └──────────────────────────────┘
//
// An account that settles out of band has entries in place of settlements: the balance moves
// as if we had paid, and no money moves. An entry is booked when it is due, or written off
// when an operator asks for it, and never changes.
//
// These invariants hold at every moment, even if the process dies between any two steps:
//
//   - Money moves only for a settlement that is durable. A settlement has one id for ever.
//     While its outcome is unknown, the payer asks again under the same id, and pays
//     nothing else to that counterparty. A settler may forget ids, so after 20 hours the
//     payer stops asking, and an operator records the outcome.
//   - A debt leaves the balance in the same durable step that records that the money was sent.
//   - A receipt is credited in the same durable step that remembers its id. The limits of
//     the account do not matter, because the money has already moved.
//
// To read the code, begin with settler.go and settlement.go. Then follow a payment through
// payer.go, worker.go and pay.go, and a receipt through receiver.go and receiptlog.go.
//
// The package knows no packets, links or configuration. Package account/balance decides how
// much is due, and the packages below this one know how money moves.
package settle
