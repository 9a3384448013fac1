package ccp

import (
	"bytes"
	"errors"
	"time"

	"github.com/ilp-go/connector/ilp"
)

// The addresses of the requests. They are the same for every neighbor.
const (
	ControlDestination = ilp.PeerPrefix + "route.control"
	UpdateDestination  = ilp.PeerPrefix + "route.update"
)

// Lifetime is how long after it is made a request expires, as the reference has
// it.
const Lifetime = 60 * time.Second

// Errors about the Prepare of a request. Their texts are the reference's and are
// sent to the peer.
var (
	// ErrNotControl says that the Prepare is for another destination.
	ErrNotControl = errors.New("packet is not a CCP route control request.") //nolint:staticcheck // the reference's wording, which clients match
	// ErrNotUpdate says that the Prepare is for another destination.
	ErrNotUpdate = errors.New("packet is not a CCP route update request.") //nolint:staticcheck // as above
	// ErrCondition says that the condition is not that of the peer protocols.
	ErrCondition = errors.New("packet does not contain correct condition for a peer protocol request.") //nolint:staticcheck // as above
	// ErrControlExpired says that a route control came too late.
	ErrControlExpired = errors.New("CCP route control request packet is expired.") //nolint:staticcheck // as above
	// ErrUpdateExpired says that a route update came too late.
	ErrUpdateExpired = errors.New("CCP route update request packet is expired.") //nolint:staticcheck // as above
)

// Errors about the data of a request. Data that ends too soon or has a length
// that is not canonical gives ilp.ErrShort or ilp.ErrLength, data with too much
// of something a LimitError. All are sent to the peer.
var (
	// ErrCount says that the data claims more entries than its bytes could hold,
	// or does not say how many.
	ErrCount = errors.New("ccp message contains an impossible number of entries")
	// ErrSpeaker says that the speaker is no ILP address.
	ErrSpeaker = errors.New("ccp message contains an invalid speaker")
	// ErrText says that a feature or the value of a prop is not UTF-8 although it
	// should be.
	ErrText = errors.New("ccp message contains text that is not utf-8")
)

// checkRequest checks what is around the data of a request, in the order of the
// reference.
func checkRequest(prepare *ilp.Prepare, nowMs int64, destination string, other, expired error) error {
	switch {
	case string(prepare.Destination()) != destination:
		return other
	case !bytes.Equal(prepare.Condition(), ilp.PeerCondition[:]):
		return ErrCondition
	case nowMs > prepare.Expiry():
		return expired
	}
	return nil
}

// wrap turns b[start:], the data of a request, into the request. The packet is
// written after the data, because its header holds the data's length, and moved
// down over it.
func wrap(b []byte, start int, destination string, expiryMs int64) []byte {
	d := ilp.Draft{Expiry: expiryMs, Condition: ilp.PeerCondition, Destination: destination, Data: b[start:]}
	packet := d.Append(b)
	n := copy(packet[start:], packet[len(b):])
	return packet[:start+n]
}
