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

// Lifetime is the time from the making of a request to its expiry, as in the reference.
const Lifetime = 60 * time.Second

// Errors about the Prepare of a request. Their texts are those of the reference, and are
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

// Errors about the data of a request. For data that ends too soon or has a length that is
// not canonical, the error is ilp.ErrShort or ilp.ErrLength; for data with too many
// entries it is a LimitError. All are sent to the peer.
var (
	// ErrCount says that the number of entries is missing, or is more than the bytes
	// could hold.
	ErrCount = errors.New("ccp message contains an impossible number of entries")
	// ErrSpeaker says that the speaker is no ILP address.
	ErrSpeaker = errors.New("ccp message contains an invalid speaker")
	// ErrText says that a feature, or the text of a prop, is not UTF-8.
	ErrText = errors.New("ccp message contains text that is not utf-8")
)

// checkRequest checks the Prepare around the data of a request, in the order of the
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

// wrap turns b[start:], the data of a request, into the request. It writes the packet
// behind the data, because the header holds the length of the data, and then moves it down.
func wrap(b []byte, start int, destination string, expiryMs int64) []byte {
	d := ilp.Draft{Expiry: expiryMs, Condition: ilp.PeerCondition, Destination: destination, Data: b[start:]}
	packet := d.Append(b)
	n := copy(packet[start:], packet[len(b):])
	return packet[:start+n]
}
