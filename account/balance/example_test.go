package balance_test

import (
	"fmt"

	"github.com/ilp-go/connector/account/balance"
)

// A packet of 100 crosses from one account to another and is fulfilled; then we
// settle what we owe the account that delivered it.
func Example() {
	limits := balance.Limits{
		Minimum: balance.Finite(balance.FromInt64(-1000)),
		Maximum: balance.Finite(balance.FromInt64(1000)),
	}
	alice, bob := balance.New(limits), balance.New(limits)

	// The Prepare: 100 come in, 99 go out, 1 is our spread.
	fmt.Println(alice.Hold(100), bob.Reserve(99))
	// The Fulfill.
	bob.Owe(99)
	alice.Post(100)
	fmt.Println(alice.Snapshot().Balance(), bob.Snapshot().Balance())

	// Bob's balance is below the threshold of -50.
	amount, due := bob.Settle(balance.FromInt64(-50), balance.FromInt64(0))
	fmt.Println(amount, due)
	bob.Settled(amount)
	fmt.Println(bob.Snapshot().Balance())
	// Output:
	// true true
	// 100 -99
	// 99 true
	// 0
}
