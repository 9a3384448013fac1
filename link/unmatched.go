package link

import "github.com/ilp-go/connector/ilp"

// Unmatched is a handler that also takes answers which no request waits for: they came
// twice, or too late. A Fulfill among them is money that the peer may ask for.
//
// HandleUnmatched does not block and borrows reply until it returns.
type Unmatched interface {
	HandleUnmatched(reply ilp.Reply)
}

// PanicHandler is a handler that also takes panics which another link has caused on a
// goroutine of this one, by a fault in its output.
//
// HandlePanic is called while the panic is being recovered, and does not block.
type PanicHandler interface {
	HandlePanic(cause any)
}
