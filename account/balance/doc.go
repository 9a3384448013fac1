// Package balance is the arithmetic of one account's money.
//
// The sign rule, everywhere: a positive balance means the counterparty owes
// us, a negative one that we owe the counterparty. All amounts are in the
// account's indivisible base units; nothing here is ever rounded.
//
// Interledger moves money in two phases, and so does a Balance. A Prepare makes
// an amount pending, its answer posts or drops it; a settlement is under way
// first, and sent or not sent after:
//
//	incoming Prepare -- Hold -----> pendingIn --- Post (Fulfill) ----> posted rises
//	                                         \--- Void (Reject, timeout)
//
//	outgoing Prepare -- Reserve --> pendingOut -- Owe (Fulfill) -----> posted falls
//	                                         \--- Free (Reject, timeout)
//
//	we pay them ------- Settle ---> settling ---- Settled (sent) ----> posted rises
//	                                         \--- Unsettled (not sent)
//
//	they pay us ------- Credit --------------------------------------> posted falls
//	an operator edits - Adjust --------------------------------------> posted moves
//
// Each limit is checked in the first phase and against the worst that the
// pending amounts can still do, so the second phase never has to be refused:
//
//	minimum <= posted - pendingOut <= posted <= posted + pendingIn + settling <= maximum
//	           (lowest)                         (highest)
//
// Money still under way never widens a limit: a settlement helps the minimum
// only once it is sent, a reservation helps the maximum only once it is owed.
//
// A balance may stand outside its limits all the same: after a Credit, which is
// never refused for a limit, after Restore, or after SetLimits. Then only what
// would lead further out is refused.
//
// The types are Amount (a signed 128-bit integer), Limit (an Amount or an
// infinity), Balance, and State, which is a copy of a Balance to look at. The
// package knows no packets, no clock, no store and no account ids: whoever calls
// decides when, and makes durable what must be.
package balance
