// Package remote settles through settlement engines: services beside the connector that
// move money on a ledger and speak HTTP with it (RFC 38).
//
//		     Desk ──> Engine ── set up, remove, settle ──> ┌────────┐
//		                                                   │ engine │ <─> a ledger
//		  Cashier <── Accounting <── credit, message ───── └────────┘
//		                  │                                    ^
//		                  v                                    │ message
//		peer <── link ── Prepare to peer.settle      Inbox ── Engine
//		peer ──> link ── Prepare to peer.settle ───────^
//
//	  - [Engine] is the engine of one account, to be asked: a settle.Settler.
//	  - [Accounting] is the HTTP API that engines ask.
//	  - [Inbox] hands what the engine of a peer says to ours.
//	  - [Engines] are all engines, by account.
//
// An engine is trusted with the money of the accounts that are configured to settle
// through it, and with nothing else: not to answer, not to answer once, not to be brief,
// not to send us elsewhere. Every exchange has a bound in time and size and a connection
// of its own, so that no answer is taken for that to another question.
package remote
