package ccp

import (
	"bytes"
	"errors"

	"github.com/ilp-go/connector/ilp"
)

// ErrFulfillment says that the answer to a request is not that of a peer
// protocol.
var ErrFulfillment = errors.New("CCP response does not contain the expected fulfillment.") //nolint:staticcheck // the reference's wording

// RejectedError says that the neighbor refused a request, and its reason.
type RejectedError struct {
	Code    ilp.Code
	Message string
}

// Error repeats the code and the message of the Reject.
func (e *RejectedError) Error() string {
	return "ccp request rejected with " + e.Code.String() + ": " + e.Message
}

// AppendResponse appends the answer to a request, a Fulfill.
func AppendResponse(b []byte) []byte {
	f := ilp.Fulfill{Fulfillment: ilp.PeerFulfillment}
	return f.Append(b)
}

// CheckResponse reads the answer to a request: nil, a RejectedError or
// ErrFulfillment. It copies what it keeps. Data is ignored, as the reference
// does.
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
