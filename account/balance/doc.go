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
//	an operator edits - Adjust, Set ---------------------------------> posted moves
//
// The first phase checks each limit against the worst outcome of all pending
// amounts, so the second phase never has to be refused:
//
//	minimum <= posted - pendingOut <= posted <= posted + pendingIn + settling <= maximum
//	           (lowest)                         (highest)
//
// Money still under way never widens a limit: a settlement helps the minimum
// only once it is sent, a reservation helps the maximum only once it is owed.
//
// A balance may still be outside its limits: after a Credit, which no limit
// refuses, after Restore, after a Set that may ignore them, or after SetLimits. Then only a step that leads further
// out is refused.
//
// The types are Amount (a signed 128-bit integer), Limit (an Amount or an
// infinity), Balance, and State, which is a copy of a Balance at one moment. The
// package knows no packets, no clock, no store and no account ids: the caller
// decides when to call, and makes the posted balance durable.
package balance
