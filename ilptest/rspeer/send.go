package rspeer

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"time"

	"github.com/ilp-go/connector/ilp"
)

// Times of a packet to the peer.
const (
	expiryMax  = 30 * time.Second // how long a packet may be under way
	requestMax = 30 * time.Second // how long reqwest waits for an answer
)

// f09 is a code of interledger-rs alone: invalid peer response.
const f09 ilp.Code = 'F'<<16 | '0'<<8 | '9'

var errExpired = errors.New("packet has expired")

// Pay sends a packet to the peer, as for a sender behind the node, and returns what the sender gets.
// It blocks until then. It may change the expiry of the packet.
func (n *Node) Pay(prepare ilp.Prepare) ilp.Reply {
	if latest := time.Now().Add(expiryMax); prepare.ExpiresAt().After(latest) {
		prepare.SetExpiry(latest.UnixMilli())
	}
	if time.Until(prepare.ExpiresAt()) <= 0 {
		return n.reject(ilp.R00, "")
	}
	ctx, cancel := context.WithTimeoutCause(context.Background(), requestMax, errors.New("reqwest has waited for long enough"))
	defer cancel()
	ctx, cancel = context.WithDeadlineCause(ctx, prepare.ExpiresAt(), errExpired)
	defer cancel()
	reply := n.post(ctx, prepare.Bytes())
	switch {
	case !reply.Fulfilled() && errors.Is(context.Cause(ctx), errExpired):
		return n.reject(ilp.R00, "")
	case reply.Fulfilled() && !fulfills(reply, prepare):
		return n.reject(f09, "Fulfillment did not match condition")
	case reply.Fulfilled():
		n.mu.Lock()
		defer n.mu.Unlock()
		n.sent += prepare.Amount()
	}
	return reply
}

// post makes the request of reqwest, with its headers in their order. It returns the answer, or the
// Reject that the node makes of what comes instead.
func (n *Node) post(ctx context.Context, packet []byte) ilp.Reply {
	to, err := url.Parse(n.o.Endpoint)
	if err != nil {
		return n.reject(ilp.T01, "Error sending ILP over HTTP request: "+err.Error())
	}
	head := "POST " + to.RequestURI() + " HTTP/1.1\r\n" +
		"authorization: Bearer " + n.o.Outgoing + "\r\n" +
		"accept: */*\r\n" +
		"content-type: " + octetStream + "\r\n" +
		"host: " + to.Host + "\r\n" +
		fmt.Sprintf("content-length: %d\r\n", len(packet))
	answer, body, err := n.client.Do(ctx, to.Host, head, packet)
	switch {
	case err != nil:
		return n.reject(ilp.T01, "Error sending ILP over HTTP request: "+err.Error())
	case answer.StatusCode/100 == 4:
		return n.reject(ilp.F02, "")
	case answer.StatusCode/100 == 5:
		return n.reject(ilp.T01, "")
	}
	reply, err := ilp.ParseReply(body)
	if err != nil {
		return n.reject(ilp.T01, "")
	}
	return reply
}
