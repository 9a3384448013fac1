package link

import "github.com/ilp-go/connector/ilp"

// Unmatched is a handler that hears of answers which no request waits for: they came
// twice, or too late. A Fulfill among them is money that the peer may ask for.
//
// HandleUnmatched does not block and borrows reply until it returns.
type Unmatched interface {
	HandleUnmatched(reply ilp.Reply)
}
