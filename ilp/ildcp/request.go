package ildcp

import "github.com/ilp-go/connector/ilp"

// Destination is the address of a request. It is the same for every parent.
const Destination = ilp.PeerPrefix + "config"

// Request returns a request that expires at the given time in Unix milliseconds.
func Request(expiryMs int64) ilp.Draft {
	return ilp.Draft{Expiry: expiryMs, Condition: ilp.PeerCondition, Destination: Destination}
}

// Below returns an answer with the address of a child: that of the answer, and the name of the
// child behind it. An answer that is none, or whose address would be none, it returns as it is.
func Below(reply ilp.Reply, name string) ilp.Reply {
	response, err := ParseResponse(reply)
	if err != nil {
		return reply
	}
	response.ClientAddress += "." + name
	if !ilp.ValidAddress(response.ClientAddress) {
		return reply
	}
	answer, err := ilp.ParseReply(response.Append(nil))
	if err != nil {
		return reply
	}
	answer.Batch = reply.Batch
	return answer
}
