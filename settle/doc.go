// Package settle pays what we owe and credits what we are paid.
//
//	packets ─ Consider ─> ┌──────┐ ─ Pay ─────> Settler ─> a ledger
//	operator, timer ────> │ Desk │
//	                      └──────┘ ─ Record ──> Ledger: the balance and the settlement, in one durable step
//	                     ┌─────────┐ ─ Record ─^
//	a ledger ─ Receive ─>│ Cashier │
//	                     └─────────┘
//
// The types:
//
//   - [Payer] decides when and how much to pay, writes that down before any money
//     moves, has a [Settler] pay it, and writes down how that ended. A [Settlement] and
//     its [State] are what is written.
//   - [Receiver] credits each [Receipt] once, and keeps what is too small to credit.
//   - [Settler] is a way to move money; [Manual] is the one that moves none.
//   - [Ledger] is the durable record of the balances, which the caller has.
//
// What holds at every moment, also if the process dies between any two steps:
//
//   - Money moves only for a settlement that is durable, and a settlement is paid
//     under one id for ever. If nobody knows whether it was paid, the same id is asked
//     about again; nothing else is paid to that counterparty until it is known. A settler
//     may forget ids, so after 20 hours it is not asked any more, and an operator says how
//     the settlement ended.
//   - A debt leaves the balance in the same durable step that says the money was sent.
//   - A receipt is credited in the same durable step that remembers its id, whatever the
//     limits of the account: the money has already moved.
//
// The package knows no packets, links or configuration. How much is due is the business
// of account/balance, how money moves that of the packages below this one.
package settle
