package ccp

import (
	"encoding/binary"
	"slices"
	"strconv"
	"unicode/utf8"

	"github.com/ilp-go/connector/ilp"
	"github.com/ilp-go/connector/ilp/oer"
)

// Mode says whether the sender of a route control wants updates. As in the reference, a
// mode that it does not know is accepted, and does not mean Sync.
type Mode byte

// The modes of the reference.
const (
	Idle Mode = 0 // send no more updates
	Sync Mode = 1 // send updates
)

// String returns the name of the mode in the status of the reference.
func (m Mode) String() string {
	switch m {
	case Idle:
		return "IDLE"
	case Sync:
		return "SYNC"
	}
	return "MODE " + strconv.Itoa(int(m))
}

// RouteControl asks a neighbor to send its routes, or to stop. Epochs count the
// changes of one routing table: if the neighbor's table still has the last known
// id, it goes on after the last known epoch, otherwise it starts over.
type RouteControl struct {
	Mode                    Mode
	LastKnownRoutingTableID [16]byte
	LastKnownEpoch          uint32
	Features                []string
}

// ParseRouteControl parses the request in prepare at the given time in Unix milliseconds.
// The result shares no bytes with prepare.
func ParseRouteControl(prepare *ilp.Prepare, nowMs int64) (RouteControl, error) {
	if err := checkRequest(prepare, nowMs, ControlDestination, ErrNotControl, ErrControlExpired); err != nil {
		return RouteControl{}, err
	}
	body := cursor{rest: prepare.Data()}
	r := RouteControl{Mode: Mode(body.uint(1))}
	body.into(r.LastKnownRoutingTableID[:])
	r.LastKnownEpoch = uint32(body.uint(4))
	if err := body.checkFeatures(); err != nil {
		return RouteControl{}, err
	}
	n := body.features()
	r.Features = slices.Grow(r.Features, n)
	for range n {
		r.Features = append(r.Features, string(body.octets()))
	}
	return r, nil
}

// checkFeatures returns the first fault so far, or in the features. It does not move the
// cursor.
func (c cursor) checkFeatures() error {
	for range c.features() {
		if !utf8.Valid(c.octets()) {
			c.fail(ErrText)
		}
	}
	return c.err
}

// features reads the number of features.
func (c *cursor) features() int {
	const bytesMin = 1
	return c.count(FeaturesMax, bytesMin, LimitError("features"))
}

// Append appends the request: a Prepare that expires at the given time in Unix
// milliseconds.
func (r *RouteControl) Append(b []byte, expiryMs int64) []byte {
	return wrap(r.AppendData(b), len(b), ControlDestination, expiryMs)
}

// AppendData appends the data of the request.
func (r *RouteControl) AppendData(b []byte) []byte {
	b = append(b, byte(r.Mode))
	b = append(b, r.LastKnownRoutingTableID[:]...)
	b = binary.BigEndian.AppendUint32(b, r.LastKnownEpoch)
	b = oer.AppendUint(b, uint64(len(r.Features)))
	for _, feature := range r.Features {
		b = oer.AppendOctets(b, feature)
	}
	return b
}
