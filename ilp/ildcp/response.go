package ildcp

import (
	"bytes"
	"errors"
	"fmt"
	"unicode/utf8"

	"github.com/ilp-go/connector/ilp"
	"github.com/ilp-go/connector/ilp/oer"
)

// Response is the configuration that a parent gives to a child.
type Response struct {
	ClientAddress string // the child's address
	AssetScale    uint8
	AssetCode     string
}

// Errors of ParseResponse.
var (
	// ErrFulfillment says that the answer does not have the fulfillment of the peer protocols.
	ErrFulfillment = errors.New("ildcp response does not contain the expected fulfillment")
	// ErrClientAddress says that the client address is no ILP address.
	ErrClientAddress = errors.New("ildcp response contains an invalid client address")
	// ErrAssetCode says that the asset code is not UTF-8.
	ErrAssetCode = errors.New("ildcp response contains an asset code that is not utf-8")
)

// RejectedError says that the parent refused the request, and why.
type RejectedError struct {
	Code    ilp.Code
	Message string
}

// Error returns the code and the message of the Reject.
func (e *RejectedError) Error() string {
	return "ildcp request rejected with " + e.Code.String() + ": " + e.Message
}

// Append appends the answer, a Fulfill.
func (r *Response) Append(b []byte) []byte {
	f := ilp.Fulfill{Fulfillment: ilp.PeerFulfillment, Data: r.AppendData(nil)}
	return f.Append(b)
}

// AppendData appends the data of the answer.
func (r *Response) AppendData(b []byte) []byte {
	b = oer.AppendOctets(b, r.ClientAddress)
	b = append(b, r.AssetScale)
	return oer.AppendOctets(b, r.AssetCode)
}

// ParseResponse parses the answer to a request. The result shares no bytes with reply.
// ParseResponse ignores bytes after the asset code, as the reference does.
func ParseResponse(reply ilp.Reply) (Response, error) {
	if !reply.Fulfilled() {
		return Response{}, &RejectedError{Code: reply.Code(), Message: string(reply.Message())}
	}
	if !bytes.Equal(reply.Fulfillment(), ilp.PeerFulfillment[:]) {
		return Response{}, ErrFulfillment
	}
	address, rest, err := oer.CutOctets(reply.Data())
	if err != nil {
		return Response{}, fmt.Errorf("ildcp response: client address: %w", err)
	}
	if !ilp.ValidAddress(address) {
		return Response{}, ErrClientAddress
	}
	scale, rest, err := oer.CutUint8(rest)
	if err != nil {
		return Response{}, fmt.Errorf("ildcp response: asset scale: %w", err)
	}
	code, _, err := oer.CutOctets(rest)
	if err != nil {
		return Response{}, fmt.Errorf("ildcp response: asset code: %w", err)
	}
	if !utf8.Valid(code) {
		return Response{}, ErrAssetCode
	}
	return Response{ClientAddress: string(address), AssetScale: scale, AssetCode: string(code)}, nil
}

var _ error = (*RejectedError)(nil)
