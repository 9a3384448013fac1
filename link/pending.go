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
	// that was given in time is still on its way then, and the peer's clock may be
	// behind ours. It finds its request, so that a late Fulfill is told to whoever
	// waited for it: it is money.
	Margin = 5 * time.Second

	// lookMin and lookMax bound the time between two looks through the waiting requests.
	lookMin = time.Second
	lookMax = 30 * time.Second
	// lookPlaces is how many places are looked at under the lock at a time.
	lookPlaces = 1 << 12
)

// Pending is the requests of one account that wait for an answer. An id does not come
// again before 2^32 - PendingMax others, which is over an hour at a million packets a
// second. So an answer that comes twice, or to a request of long ago, finds nothing. The
// first id is random: a peer may answer over a new connection what was asked before we
// were restarted.
//
// The requests outlive a connection: the answer may come over the next one. Those that
// nobody answers are given to the function that Pending was made with, once their
// deadline and Margin are over, and at most a second later.
type Pending struct {
	expired func(id uint32, up ilp.ReplyWriter)

	mu       sync.Mutex
	requests requests
	timer    *time.Timer
	lookAt   int64 // steady time of the next look, never if none is needed
	closed   bool
}

// NewPending makes an empty table. Requests that are not answered in time are given to
// expired, which must not block or panic.
func NewPending(expired func(id uint32, up ilp.ReplyWriter)) *Pending {
	return &Pending{expired: expired, requests: newRequests(), lookAt: never}
}

// Put enters a request whose packet expires at deadline, in steady time, and returns its
// id. It refuses when PendingMax requests wait, or after Close.
func (p *Pending) Put(up ilp.ReplyWriter, deadline int64) (id uint32, ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed || p.requests.wait == PendingMax {
		return 0, false
	}
	until := deadline + int64(Margin)
	id = p.requests.put(up, until)
	if until < p.lookAt-int64(lookMin) {
		p.lookLocked(until)
	}
	return id, true
}

// Take removes a request and returns who waits for it. ok is false if there is no such
// request.
func (p *Pending) Take(id uint32) (up ilp.ReplyWriter, ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	up = p.requests.take(id)
	return up, up != nil
}

// Close refuses new requests and gives all that wait to each.
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

// lookLocked has the timer look at a steady time, as far as lookMin and lookMax allow. A
// look that is due before stays.
func (p *Pending) lookLocked(at int64) {
	if p.closed || at >= p.lookAt {
		return
	}
	now := clock.Now().Steady
	at = min(max(at, now+int64(lookMin)), now+int64(lookMax))
	if at >= p.lookAt {
		return
	}
	p.lookAt = at
	if wait := time.Duration(at - now); p.timer == nil {
		p.timer = time.AfterFunc(wait, p.look)
	} else {
		p.timer.Reset(wait)
	}
}

// look takes out the requests whose time is over. Packets that want the lock pass between
// two pieces of the ring. If one of them has the ring resized, requests are missed, and
// the next look comes soon.
func (p *Pending) look() {
	now := clock.Now().Steady
	var old []request
	next := int64(never)
	p.mu.Lock()
	p.lookAt = never // requests that come from here on see to their own look
	places := len(p.requests.ring)
	for from, more := 0, true; more; from += lookPlaces {
		var soonest int64
		old, soonest, more = p.requests.dead(now, from, lookPlaces, old)
		next = min(next, soonest)
		p.mu.Unlock()
		p.mu.Lock()
	}
	if len(p.requests.ring) != places {
		next = now
	}
	if p.requests.settle(now) {
		next = min(next, now+int64(lookMax))
	}
	p.lookLocked(next)
	p.mu.Unlock()
	for _, one := range old {
		p.expired(one.id, one.up)
	}
}
