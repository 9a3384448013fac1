package httplink

import (
	"errors"
	"net/url"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ilp-go/connector/clock"
	"github.com/ilp-go/connector/ilp"
	"github.com/ilp-go/connector/uuid"
)

// call is a packet on its way to the peer.
type call struct {
	up       ilp.ReplyWriter
	body     []byte // the Prepare; the transport may read it after its request has ended
	to       string // the address that the packet goes to, if the peer wants to see it
	url      *url.URL
	deadline int64 // steady time at which the packet expires
	taken    atomic.Bool

	// Of a packet whose answer is a request of the peer.
	id     uuid.UUID
	expiry int64 // Unix milliseconds
	waits  bool  // its request has ended; guarded by calls.mu

	// Guarded by the lock of calls.
	prev, next *call
	abort      func() // ends what the call is waiting for, nil if that is nothing
	ended      bool   // its packet has expired, or the link ends
}

var freeCalls = sync.Pool{New: func() any { return new(call) }}

// newCall returns a call, which may be one that was freed.
func (l *Link) newCall() *call { return freeCalls.Get().(*call) }

// freeCall gives a call that has ended to its next use, unless the transport may still read its body.
func (l *Link) freeCall(c *call) {
	if l.conns != nil && cap(c.body) <= keptMax {
		*c = call{body: c.body}
		freeCalls.Put(c)
	}
}

// errAborted says that the packet of a call has expired, or that the link ends.
var errAborted = errors.New("request was ended")

// calls are the packets under way to the peer. One timer ends the requests of those that have
// expired.
type calls struct {
	link *Link

	mu     sync.Mutex // guards what follows
	first  call       // its next is the first call, and its prev the last
	count  int
	timer  *time.Timer
	armed  bool
	closed bool
}

// Times of the end of requests.
const (
	// endEvery is how often calls looks for packets that have expired.
	endEvery = 200 * time.Millisecond
	// lateTime is how long a request goes on after its packet has expired: a Fulfill that comes
	// then is money that the peer may hold us to, and must be seen.
	lateTime = time.Second
)

func (s *calls) init(l *Link) {
	s.link = l
	s.first.prev, s.first.next = &s.first, &s.first
	s.timer = time.AfterFunc(time.Hour, s.expire)
	s.timer.Stop()
}

// begin enters a call. It returns false if most are under way, or if none is taken any more.
func (s *calls) begin(c *call, most int) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed || s.count >= most {
		return false
	}
	last := s.first.prev
	c.prev, c.next = last, &s.first
	last.next, s.first.prev = c, c
	s.count++
	s.link.running.Add(1)
	if !s.armed {
		s.armed = true
		s.timer.Reset(endEvery)
	}
	return true
}

// end takes a call out. It returns how many are left. The caller says running.Done when it has written
// the answer.
func (s *calls) end(c *call) (left int) {
	s.mu.Lock()
	c.prev.next, c.next.prev = c.next, c.prev
	s.count--
	left = s.count
	under := c.id != uuid.UUID{} && !c.waits
	s.mu.Unlock()
	if under { // the answer has overtaken the response, which comes in a moment
		time.AfterFunc(lateTime, func() { s.abort(c) })
	}
	return left
}

// guard makes abort end what a call waits for next, nil for nothing. abort must not block. It returns
// false if the call has ended already.
func (s *calls) guard(c *call, abort func()) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	c.abort = abort
	return !c.ended
}

// abort ends a call.
func (s *calls) abort(c *call) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c.endLocked()
}

// endLocked ends a call. Whatever it waits for returns at once.
func (c *call) endLocked() {
	if c.ended = true; c.abort != nil {
		c.abort()
	}
}

// take reports whether the caller is to answer the packet. It is true once.
func (c *call) take() bool { return c.taken.CompareAndSwap(false, true) }

// wait notes that the request of a packet has ended, and that its answer comes in another. It
// returns false if none can come any more: then the caller answers.
func (s *calls) wait(c *call) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	c.waits = !s.closed
	return c.waits
}

// expire ends the requests of packets that have expired.
func (s *calls) expire() {
	now := clock.Now().Steady
	s.mu.Lock()
	overdue := s.overdueLocked(func(c *call) bool { return now >= c.deadline+int64(lateTime) })
	if s.armed = s.count > 0 && !s.closed; s.armed {
		s.timer.Reset(endEvery)
	}
	s.mu.Unlock()
	s.link.endWaiting(overdue, ilp.Fail(ilp.R00, "packet expired."))
}

// overdueLocked ends the requests of the packets that is says, and returns those that have none.
func (s *calls) overdueLocked(is func(*call) bool) (waiting []*call) {
	for c := s.first.next; c != &s.first; c = c.next {
		if !is(c) {
			continue
		}
		c.endLocked()
		if c.waits {
			waiting = append(waiting, c)
		}
	}
	return waiting
}

// close ends all requests, and takes no more.
func (s *calls) close() {
	s.mu.Lock()
	s.closed = true
	s.timer.Stop()
	waiting := s.overdueLocked(func(*call) bool { return true })
	s.mu.Unlock()
	s.link.endWaiting(waiting, sendFailure(ilp.T01, "link has stopped."))
}
