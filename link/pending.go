package link

import (
	"math/rand/v2"
	"sync"
	"time"

	"github.com/ilp-go/connector/ilp"
)

// PendingMax is how many requests of one account can wait for an answer.
const PendingMax = 1 << slotBits

const slotBits = 16

// Pending is the requests of one account that wait for an answer. A request id
// is ours to choose, so it holds the request's slot and how often that slot was
// used: finding a request is indexing, and an answer that comes twice, or to a
// request of long ago, finds nothing. Uses are counted from a random number: a
// peer may answer over a new connection what was asked before we were restarted.
//
// The requests outlive a connection: the answer may come over the next one.
// Those that nobody answers in time are given to the function that Pending was
// made with.
type Pending struct {
	timeout time.Duration
	expired func(id uint32, up ilp.ReplyWriter)

	mu          sync.Mutex
	slots       []slot
	free        int32 // head of the list of free slots, none if < 0
	first, last int32 // list of the used ones, oldest first, none if < 0
	timer       *time.Timer
	armed       bool // the timer will look at the oldest
	closed      bool
}

// slot is a request, or room for one.
type slot struct {
	up         ilp.ReplyWriter
	since      int64 // Unix nanoseconds
	next, prev int32
	use        uint16
}

// NewPending makes an empty table. Requests that are not answered within timeout
// are given to expired, which must not block.
func NewPending(timeout time.Duration, expired func(id uint32, up ilp.ReplyWriter)) *Pending {
	return &Pending{timeout: timeout, expired: expired, free: -1, first: -1, last: -1}
}

// Put enters a request and returns its id. It refuses when PendingMax requests
// wait, or after Close. now is in Unix nanoseconds.
func (p *Pending) Put(up ilp.ReplyWriter, now int64) (id uint32, ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	i := p.free
	switch {
	case p.closed:
		return 0, false
	case i >= 0:
		p.free = p.slots[i].next
	case len(p.slots) < PendingMax:
		i = int32(len(p.slots))
		p.slots = append(p.slots, slot{use: uint16(rand.Uint32())})
	default:
		return 0, false
	}
	s := &p.slots[i]
	s.up, s.since, s.next, s.prev = up, now, -1, p.last
	if p.last >= 0 {
		p.slots[p.last].next = i
	} else {
		p.first = i
	}
	p.last = i
	if !p.armed {
		p.armLocked(p.timeout)
	}
	return uint32(s.use)<<slotBits | uint32(i), true
}

// Take removes a request and returns who waits for it; ok is false if there is no
// such request.
func (p *Pending) Take(id uint32) (up ilp.ReplyWriter, ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	i := int32(id & (PendingMax - 1))
	if int(i) >= len(p.slots) {
		return nil, false
	}
	if s := &p.slots[i]; s.up == nil || s.use != uint16(id>>slotBits) {
		return nil, false
	}
	return p.takeLocked(i), true
}

// Close refuses new requests and gives all that wait to each.
func (p *Pending) Close(each func(up ilp.ReplyWriter)) {
	p.mu.Lock()
	p.closed = true
	if p.timer != nil {
		p.timer.Stop()
	}
	var left []ilp.ReplyWriter
	for p.first >= 0 {
		left = append(left, p.takeLocked(p.first))
	}
	p.mu.Unlock()
	for _, up := range left {
		each(up)
	}
}

func (p *Pending) takeLocked(i int32) ilp.ReplyWriter {
	s := &p.slots[i]
	if s.prev >= 0 {
		p.slots[s.prev].next = s.next
	} else {
		p.first = s.next
	}
	if s.next >= 0 {
		p.slots[s.next].prev = s.prev
	} else {
		p.last = s.prev
	}
	up := s.up
	*s = slot{next: p.free, use: s.use + 1}
	p.free = i
	return up
}

// armLocked has the timer look at the oldest request after d. It is set once and
// not with every request: it looks, and sets itself for the oldest there is then.
func (p *Pending) armLocked(d time.Duration) {
	p.armed = true
	if p.timer == nil {
		p.timer = time.AfterFunc(d, p.look)
	} else {
		p.timer.Reset(d)
	}
}

// look takes out the requests that are too old.
func (p *Pending) look() {
	type late struct {
		id uint32
		up ilp.ReplyWriter
	}
	var old []late
	now := time.Now().UnixNano()
	p.mu.Lock()
	for p.first >= 0 && !p.closed {
		s := &p.slots[p.first]
		s.since = min(s.since, now) // the clock was put back: count from now
		if age := time.Duration(now - s.since); age < p.timeout {
			p.armLocked(p.timeout - age)
			break
		}
		id := uint32(s.use)<<slotBits | uint32(p.first)
		old = append(old, late{id, p.takeLocked(p.first)})
	}
	p.armed = p.first >= 0 && !p.closed
	p.mu.Unlock()
	for _, l := range old {
		p.expired(l.id, l.up)
	}
}
