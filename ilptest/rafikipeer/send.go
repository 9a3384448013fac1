package rafikipeer

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
	// expiryLess is how much sooner a packet expires at the peer, and how long that must be from now.
	expiryLess = time.Second
	// holdMax is how long a packet may be under way.
	holdMax = 30 * time.Second
	// requestMax is how long axios waits for an answer.
	requestMax = 30 * time.Second
)

// Pay sends a packet to the peer, as for a sender behind the node, and returns what the sender gets.
// It blocks until then. It changes the expiry of the packet.
func (n *Node) Pay(prepare ilp.Prepare) ilp.Reply {
	now := time.Now()
	expires := prepare.ExpiresAt().Add(-expiryLess)
	if hold := now.Add(holdMax); hold.Before(expires) {
		expires = hold
	}
	if expires.Before(now.Add(expiryLess)) {
		return n.reject(ilp.R02, "source transfer expires too soon to complete payment.")
	}
	prepare.SetExpiry(expires.UnixMilli())
	ctx, cancel := context.WithTimeoutCause(context.Background(), requestMax, errors.New("axios has waited for long enough"))
	defer cancel()
	ctx, cancel = context.WithDeadlineCause(ctx, expires, errExpired)
	defer cancel()
	reply, err := n.post(ctx, prepare.Bytes())
	switch {
	case err != nil && errors.Is(context.Cause(ctx), errExpired):
		return n.reject(ilp.R00, "packet expired.")
	case err != nil:
		return n.reject(ilp.T00, "unexpected internal error")
	case reply.Fulfilled() && !fulfills(reply, prepare):
		return n.reject(ilp.F05, "fulfillment did not match expected value.")
	case reply.Fulfilled():
		n.mu.Lock()
		defer n.mu.Unlock()
		n.sent += prepare.Amount()
	}
	return reply
}

var errExpired = errors.New("packet has expired")

// post makes the request of axios, with its headers in their order, and reads the answer.
func (n *Node) post(ctx context.Context, packet []byte) (ilp.Reply, error) {
	n.mu.Lock()
	endpoint := n.endpoint
	n.mu.Unlock()
	to, err := url.Parse(endpoint)
	if err != nil {
		return ilp.Reply{}, err
	}
	answer, body, err := n.client.Do(ctx, to.Host, n.head(to, len(packet)), packet)
	if err != nil {
		return ilp.Reply{}, err
	}
	if answer.StatusCode/100 != 2 {
		return ilp.Reply{}, fmt.Errorf("status %d", answer.StatusCode)
	}
	return ilp.ParseReply(body) // an empty body is an error too, whatever the status
}

func (n *Node) head(to *url.URL, length int) string {
	return "POST " + to.RequestURI() + " HTTP/1.1\r\n" +
		"Accept: application/json, text/plain, */*\r\n" +
		"Content-Type: " + octetStream + "\r\n" +
		"Authorization: Bearer " + n.o.Outgoing + "\r\n" +
		"User-Agent: axios/1.16.0\r\n" +
		fmt.Sprintf("Content-Length: %d\r\n", length) +
		"Accept-Encoding: gzip, compress, deflate, br\r\n" +
		"Host: " + to.Host + "\r\n" +
		"Connection: keep-alive\r\n"
}
