package ildcp

import "github.com/ilp-go/connector/ilp"

// Destination is the address of a request. It is the same for every parent.
const Destination = ilp.PeerPrefix + "config"

// AppendRequest appends a request: a Prepare that expires at the given time in Unix
// milliseconds.
func AppendRequest(b []byte, expiryMs int64) []byte {
	d := ilp.Draft{Expiry: expiryMs, Condition: ilp.PeerCondition, Destination: Destination}
	return d.Append(b)
}
