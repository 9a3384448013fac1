package link

import "github.com/ilp-go/connector/ilp"

// Unmatched is a handler that hears of answers which no request waits for: they came
// twice, or too late. A Fulfill among them is money that the peer may ask for.
//
// HandleUnmatched does not block and borrows reply until it returns.
type Unmatched interface {
	HandleUnmatched(reply ilp.Reply)
}

// PanicHandler is a handler that is told of a panic on a goroutine of the link that is not
// the link's own trouble: of an output of another link.
//
// HandlePanic is called while the panic is being recovered, and does not block.
type PanicHandler interface {
	HandlePanic(cause any)
}
