// Package remote settles through settlement engines: services beside the connector that
// move money on a ledger and exchange HTTP requests with it (RFC 38).
//
//		    Payer ──> Engine ── set up, remove, settle ──> ┌────────┐
//		                                                   │ engine │ <─> a ledger
//		 Receiver <── Accounting <── credit, message ───── └────────┘
//		                  │                                    ^
//		                  v                                    │ message
//		peer <── link ── Prepare to peer.settle      Inbox ── Engine
//		peer ──> link ── Prepare to peer.settle ───────^
//
//	  - [Engine] sends requests to the engine of one account. It is a settle.Settler.
//	  - [Accounting] is the HTTP API for the requests of engines.
//	  - [Inbox] passes messages of the peer's engine to ours.
//	  - [Engines] holds all engines by account.
//
// We trust an engine with the money of the accounts that are configured to settle through
// it, and with nothing else. It may not answer, answer twice, answer at any length, or
// redirect us. So every exchange has bounds of time and size, and a connection of its own,
// on which no answer to another request can arrive.
package remote
