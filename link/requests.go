package link

import (
	"math"
	"math/rand/v2"
	"time"

	"github.com/ilp-go/connector/ilp"
)

// request is a request that waits for an answer, or a free place if up is nil.
type request struct {
	up    ilp.ReplyWriter
	until int64 // steady time at which it expires
	id    uint32
	via   uint32 // the connection that it was sent over, 0 if its answer may come over any
}

// requests finds the waiting requests by their ids. Ids are one sequence that begins at a
// random number, so an id is used again only after all the others. Its lowest bits are
// the place of the request in a ring:
//
//	ring   | 8 | 9 | 2 | 3 |   |   |   | 7 |
//	              next = 10
//	late   {}
//
// Request 2 still waits when request 10 takes its place, a whole turn later. So request 2
// moves to the map late. However many requests stay unanswered, put never searches: it
// moves one request at most, and moves each request only once.
type requests struct {
	next uint32
	ring []request // a power of two, at least twice as many as wait
	late map[uint32]request

	count     int   // requests that wait, in both
	countMax  int   // the highest count since the last call of shrink
	idleSince int64 // steady time since when the ring has been nearly empty, 0 if it is not
}

const (
	// ringMin is the smallest ring. An idle account has one of them.
	ringMin = 4
	// ringIdle is how long a ring must be nearly empty before it is halved.
	ringIdle = 30 * time.Second
)

func newRequests() requests { return requests{next: rand.Uint32()} }

// put enters a request and returns its id.
func (r *requests) put(up ilp.ReplyWriter, until int64, via uint32) uint32 {
	if 2*r.count >= len(r.ring) {
		r.resize(max(ringMin, 2*len(r.ring)))
	}
	id := r.next
	at := r.at(id)
	if at.up != nil || len(r.late) > 0 {
		id, at = r.makeRoom(id)
	}
	at.up, at.until, at.id, at.via = up, until, id, via
	r.next = id + 1
	if r.count++; r.count > r.countMax {
		r.countMax = r.count
	}
	return id
}

// take removes a request. It returns nil if no request has that id, or if may, unless that is
// nil, says that the answer may not come in place of the connection that the request was sent
// over.
func (r *requests) take(id uint32, may func(via uint32) bool) ilp.ReplyWriter {
	if len(r.ring) == 0 {
		return nil
	}
	if at := r.at(id); at.id == id && at.up != nil {
		if may != nil && !may(at.via) {
			return nil
		}
		up := at.up
		at.up = nil
		r.count--
		return up
	}
	if len(r.late) == 0 {
		return nil
	}
	one, there := r.late[id]
	if !there || may != nil && !may(one.via) {
		return nil
	}
	delete(r.late, id)
	r.count--
	return one.up
}

// never is a steady time that does not come.
const never = math.MaxInt64

// expire removes the requests that have expired and appends them to old. It visits n
// places of the ring from the given one, and after the last place the late requests.
// soonest is when the first of the other requests there expires, and more says whether
// there are further places.
func (r *requests) expire(now int64, from, n int, old []request) (all []request, soonest int64, more bool) {
	soonest = never
	over := func(one *request) bool {
		if one.until > now {
			soonest = min(soonest, one.until)
			return false
		}
		old = append(old, *one)
		r.count--
		return true
	}
	to := min(from+n, len(r.ring))
	for i := from; i < to; i++ {
		if at := &r.ring[i]; at.up != nil && over(at) {
			at.up = nil
		}
	}
	if to < len(r.ring) {
		return old, soonest, true
	}
	for id, one := range r.late {
		if over(&one) {
			delete(r.late, id)
		}
	}
	return old, soonest, false
}

// shrink frees memory. Each sweep calls it. It reports whether it should be called again
// though no request waits.
func (r *requests) shrink(now int64) bool {
	if len(r.late) == 0 {
		r.late = nil
	}
	since := r.idleSince
	if r.idleSince = 0; r.countMax <= len(r.ring)/8 && len(r.ring) > ringMin {
		if r.idleSince = since; since == 0 {
			r.idleSince = now
		} else if now-since >= int64(ringIdle) {
			r.resize(len(r.ring) / 2)
			r.idleSince = now
		}
	}
	r.countMax = r.count
	return len(r.ring) > ringMin
}

// all returns the waiting requests, in no order.
func (r *requests) all() (all []request) {
	for _, one := range r.ring {
		if one.up != nil {
			all = append(all, one)
		}
	}
	for _, one := range r.late {
		all = append(all, one)
	}
	return all
}

// at returns the place of an id in the ring.
func (r *requests) at(id uint32) *request { return &r.ring[id&uint32(len(r.ring)-1)] }

// makeRoom returns the next id from the given one on, and its place, which is free.
func (r *requests) makeRoom(id uint32) (uint32, *request) {
	for r.waits(id) { // since 2^32 other requests
		id++
	}
	at := r.at(id)
	r.move(at)
	return id, at
}

// waits reports whether a request with that id waits.
func (r *requests) waits(id uint32) bool {
	if at := r.at(id); at.id == id && at.up != nil {
		return true
	}
	_, there := r.late[id]
	return there
}

// move moves the request at a place, if there is one, to the late requests.
func (r *requests) move(at *request) {
	if at.up == nil {
		return
	}
	if r.late == nil {
		r.late = make(map[uint32]request)
	}
	r.late[at.id] = *at
	at.up = nil
}

// resize gives the ring size places.
func (r *requests) resize(size int) {
	before := r.ring
	r.ring = make([]request, size)
	for _, one := range before {
		if one.up != nil {
			r.move(r.at(one.id))
			*r.at(one.id) = one
		}
	}
}
