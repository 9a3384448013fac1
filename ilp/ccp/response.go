package ccp

import (
	"bytes"
	"errors"

	"github.com/ilp-go/connector/ilp"
)

// ErrFulfillment says that the answer to a request does not have the fulfillment of the peer
// protocols.
var ErrFulfillment = errors.New("CCP response does not contain the expected fulfillment.") //nolint:staticcheck // the reference's wording

// ControlFromNonPeer is what a connector says to a route control of an account that it
// exchanges no routes with, in the words of the reference.
const ControlFromNonPeer = "cannot process route control messages from non-peers."

// RejectedError says that the neighbor refused a request, and why.
type RejectedError struct {
	Code    ilp.Code
	Message string
}

// Error returns the code and the message of the Reject.
func (e *RejectedError) Error() string {
	return "ccp request rejected with " + e.Code.String() + ": " + e.Message
}

// AppendResponse appends the answer to a request, a Fulfill.
func AppendResponse(b []byte) []byte {
	f := ilp.Fulfill{Fulfillment: ilp.PeerFulfillment}
	return f.Append(b)
}

// CheckResponse returns nil if an answer accepts a request, and a RejectedError or
// ErrFulfillment if not. The error shares no bytes with reply. CheckResponse ignores data,
// as the reference does.
func CheckResponse(reply ilp.Reply) error {
	if !reply.Fulfilled() {
		return &RejectedError{Code: reply.Code(), Message: string(reply.Message())}
	}
	if !bytes.Equal(reply.Fulfillment(), ilp.PeerFulfillment[:]) {
		return ErrFulfillment
	}
	return nil
}

var _ error = (*RejectedError)(nil)
