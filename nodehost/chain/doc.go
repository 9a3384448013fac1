// Package chain has methods of npm modules stand between the middlewares of an account. A packet that
// comes to such a method, a stage, is parked here, and its bytes go to the external side: the process in
// which the module runs. There a method is a function of a value and of next, which returns what the rest
// of the chain answers:
//
//	slot.Prepare -> Carrier.Stage       the method is called with the Prepare
//	Chain.Next                          the method calls next: the packet goes on
//	slot.Reply   -> Carrier.Outcome     next returns the answer, or throws the failure
//	Chain.Answer, Chain.Fail            the method returns, or throws: its answer goes on
//
// A [Chain] is the calls to one process, for as long as that lives. An [Account] has the places in the two
// chains of an account and knows which stages stand there. [Accounts] makes them.
//
// No packet has a goroutine or a timer. A Prepare that is parked when it expires is refused. An answer of
// the rest of the chain is never lost: it goes on as it is when the process dies, takes too many calls or
// does not return.
//
// The package does not know processes and frames. It moves no money and counts none: see middleware.Place
// for what the balances on either side of a stage see.
package chain
