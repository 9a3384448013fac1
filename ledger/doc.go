// Package ledger keeps the balances of all accounts, in memory and in the store.
//
//		packets ───── Enter ──┐                     ┌──> answers go on
//		settlements ─ Record ─┼─> queue ─ write ────┤
//		operators ─── Adjust ─┘  (one goroutine)    └──> callers return
//		                              │
//		                           the store
//
//	  - [Ledger] takes every change of a balance. Its writer takes all changes that wait,
//	    writes them in one batch, and then tells each [Waiter] that its change is durable.
//	    The batch grows with the load. So durability costs a packet the time of one write,
//	    and hardly any work.
//	  - [Account] is the balance of one account id: what is posted in the store, and the
//	    Balance in memory that packets move.
//
// An account id has one balance. An account that is removed and added again goes on with
// it, and so do the packets of the earlier one that are still under way.
//
// The Balance in memory (account/balance) runs ahead of the store by the changes that
// wait. A crash loses those, but nobody was promised any of them. When a write fails, its
// changes may or may not be in the store, so no later change could be trusted. The ledger
// then fails every change that waits or comes later, and the connector takes no more money.
package ledger
