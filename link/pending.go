package link

import (
	"sync"
	"time"

	"github.com/ilp-go/connector/clock"
	"github.com/ilp-go/connector/ilp"
)

const (
	// PendingMax is how many requests of one account can wait for an answer.
	PendingMax = 1 << 16

	// Margin is how long a request waits beyond the deadline of its packet. An answer
	// that the peer gave in time may still be on its way then, and the peer's clock may
	// be behind ours. A late Fulfill must find its request, as it is worth money.
	Margin = 5 * time.Second

	// sweepMin and sweepMax bound the time between two sweeps.
	sweepMin = time.Second
	sweepMax = 30 * time.Second
	// sweepPlaces is how many places of the ring a sweep visits under one lock.
	sweepPlaces = 1 << 12
)

// Pending holds the requests of one account that wait for an answer. An id is not used
// again before 2^32 - PendingMax others, which takes over an hour at a million packets a
// second. So a second answer, or one to a request of long ago, finds nothing. The first
// id is random, because a peer may answer a request from before our restart over a new
// connection.
//
// Requests outlive a connection: their answers may come over the next one. A request
// that gets no answer expires when its deadline and Margin are over, at most a second
// later.
type Pending struct {
	expired func(id uint32, up ilp.ReplyWriter)

	mu       sync.Mutex
	requests requests
	timer    *time.Timer
	sweepAt  int64 // steady time of the next sweep, never if none is needed
	closed   bool
}

// NewPending returns an empty table. It calls expired with each request that gets no
// answer in time. expired must not block or panic.
func NewPending(expired func(id uint32, up ilp.ReplyWriter)) *Pending {
	return &Pending{expired: expired, requests: newRequests(), sweepAt: never}
}

// Put enters a request whose packet expires at deadline, in steady time, and returns its
// id. It refuses when PendingMax requests wait, or after Close.
func (p *Pending) Put(up ilp.ReplyWriter, deadline int64) (id uint32, ok bool) {
	return p.PutVia(up, deadline, 0)
}

// PutVia enters a request like Put, with the number of the connection that it is sent over.
func (p *Pending) PutVia(up ilp.ReplyWriter, deadline int64, via uint32) (id uint32, ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed || p.requests.count == PendingMax {
		return 0, false
	}
	until := deadline + int64(Margin)
	id = p.requests.put(up, until, via)
	if until < p.sweepAt-int64(sweepMin) {
		p.sweepLocked(until)
	}
	return id, true
}

// Take removes a request and returns the ReplyWriter that waits for its answer. ok is
// false if there is no such request.
func (p *Pending) Take(id uint32) (up ilp.ReplyWriter, ok bool) { return p.TakeVia(id, nil) }

// TakeVia removes a request like Take, if may says that its answer may come in place of the
// connection that the request was sent over. may must not call p.
func (p *Pending) TakeVia(id uint32, may func(via uint32) bool) (up ilp.ReplyWriter, ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	up = p.requests.take(id, may)
	return up, up != nil
}

// Len returns the number of requests that wait.
func (p *Pending) Len() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.requests.count
}

// Close refuses new requests, and calls each with those that wait.
func (p *Pending) Close(each func(up ilp.ReplyWriter)) {
	p.mu.Lock()
	p.closed = true
	if p.timer != nil {
		p.timer.Stop()
	}
	left := p.requests.all()
	p.requests = requests{}
	p.mu.Unlock()
	for _, one := range left {
		each(one.up)
	}
}

// sweepLocked sets the timer to sweep at a steady time, as far as sweepMin and sweepMax
// allow. An earlier sweep stays due.
func (p *Pending) sweepLocked(at int64) {
	if p.closed || at >= p.sweepAt {
		return
	}
	now := clock.Now().Steady
	at = min(max(at, now+int64(sweepMin)), now+int64(sweepMax))
	if at >= p.sweepAt {
		return
	}
	p.sweepAt = at
	if wait := time.Duration(at - now); p.timer == nil {
		p.timer = time.AfterFunc(wait, p.sweep)
	} else {
		p.timer.Reset(wait)
	}
}

// sweep removes the requests that have expired. It releases the lock between two pieces
// of the ring, so that packets get it. If one of them resizes the ring, the sweep misses
// requests, and the next sweep comes soon.
func (p *Pending) sweep() {
	now := clock.Now().Steady
	var old []request
	next := int64(never)
	p.mu.Lock()
	p.sweepAt = never // requests that come from here on set it for themselves
	places := len(p.requests.ring)
	for from, more := 0, true; more; from += sweepPlaces {
		var soonest int64
		old, soonest, more = p.requests.expire(now, from, sweepPlaces, old)
		next = min(next, soonest)
		p.mu.Unlock()
		p.mu.Lock()
	}
	if len(p.requests.ring) != places {
		next = now
	}
	if p.requests.shrink(now) {
		next = min(next, now+int64(sweepMax))
	}
	p.sweepLocked(next)
	p.mu.Unlock()
	for _, one := range old {
		p.expired(one.id, one.up)
	}
}
