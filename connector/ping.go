package connector

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/ilp-go/connector/ilp"
	"github.com/ilp-go/connector/ilp/echo"
)

// pingTimeout is how long a ping may take.
const pingTimeout = 10 * time.Second

// pingsMax is how many pings may be under way.
const pingsMax = 1000

// pings are the pings of our own that are under way, by condition.
type pings struct {
	mu    sync.Mutex
	known map[[ilp.ConditionBytes]byte][ilp.ConditionBytes]byte
}

func newPings() *pings {
	return &pings{known: make(map[[ilp.ConditionBytes]byte][ilp.ConditionBytes]byte)}
}

// Fulfillment returns the preimage of the condition of a ping that has come back.
func (p *pings) Fulfillment(condition []byte) (preimage [ilp.ConditionBytes]byte, ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	preimage, ok = p.known[[ilp.ConditionBytes]byte(condition)]
	return preimage, ok
}

// RejectedError says that a packet of ours was rejected.
type RejectedError struct {
	Code        ilp.Code
	TriggeredBy string
	Message     string
}

// Reject returns the parts of the rejection.
func (e *RejectedError) Reject() (code, triggeredBy, message string) {
	return e.Code.String(), e.TriggeredBy, e.Message
}

// Error says by whom and why.
func (e *RejectedError) Error() string {
	return fmt.Sprintf("rejected with %s by %s: %s", e.Code, e.TriggeredBy, e.Message)
}

// Errors of Ping.
var (
	ErrNoAddress = errors.New("our own address is not known yet")
	ErrManyPings = errors.New("too many pings are under way")
)

// Ping sends a packet of no value to a destination that echoes it, and waits for
// it to come back. It returns the time that took, or a *RejectedError.
func (c *Connector) Ping(ctx context.Context, destination string) (time.Duration, error) {
	own := c.Address()
	if own == "" {
		return 0, ErrNoAddress
	}
	if destination == own {
		return 0, nil // it is us: there is no way to go
	}
	if !ilp.ValidAddress(destination) {
		return 0, fmt.Errorf("%q is not an ILP address", destination)
	}
	var preimage [ilp.ConditionBytes]byte
	if _, err := rand.Read(preimage[:]); err != nil {
		return 0, err
	}
	condition := sha256.Sum256(preimage[:])
	if !c.pings.enter(condition, preimage) {
		return 0, ErrManyPings
	}
	defer c.pings.leave(condition)
	return c.ping(ctx, ilp.Draft{
		Expiry: time.Now().Add(pingTimeout).UnixMilli(), Condition: condition,
		Destination: destination, Data: echo.AppendRequest(nil, own),
	})
}

func (c *Connector) ping(ctx context.Context, d ilp.Draft) (time.Duration, error) {
	began := time.Now()
	reply, err := c.Send(ctx, d)
	if err == nil && !reply.Fulfilled() {
		err = &RejectedError{reply.Code(), string(reply.TriggeredBy()), string(reply.Message())}
	}
	return time.Since(began), err
}

func (p *pings) enter(condition, preimage [ilp.ConditionBytes]byte) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.known) >= pingsMax {
		return false
	}
	p.known[condition] = preimage
	return true
}

func (p *pings) leave(condition [ilp.ConditionBytes]byte) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.known, condition)
}
