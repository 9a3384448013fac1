package ildcp

import "github.com/ilp-go/connector/ilp"

// Destination is the address of a request. It is the same for every parent.
const Destination = ilp.PeerPrefix + "config"

// Request returns a request that expires at the given time in Unix milliseconds.
func Request(expiryMs int64) ilp.Draft {
	return ilp.Draft{Expiry: expiryMs, Condition: ilp.PeerCondition, Destination: Destination}
}
