package link

import (
	"math"
	"math/rand/v2"
	"time"

	"github.com/ilp-go/connector/ilp"
)

// request is a request that waits for an answer, or none if up is nil.
type request struct {
	up    ilp.ReplyWriter
	until int64 // steady time at which it is given up
	id    uint32
}

// requests finds the requests that wait by their ids. Ids are one sequence that begins
// at a random number, so an id comes again only after all the others. Its lowest bits are
// the request's place in a ring:
//
//	ring   | 8 | 9 | 2 | 3 |   |   |   | 7 |
//	              next = 10
//	late   {}
//
// Request 2 still waits when 10 comes, a whole turn later. It moves to the late ones. So
// put never searches: whichever requests are left unanswered, it moves one at most, and
// each request once.
type requests struct {
	next uint32
	ring []request // a power of two, at least twice as many as wait
	late map[uint32]request
	wait int   // how many wait, in both
	most int   // how many have waited at once since the last call of settle
	calm int64 // steady time since when the ring has been nearly empty, 0 if it has not
}

const (
	// ringMin is the smallest ring. An idle account has one of them.
	ringMin = 4
	// ringCalm is how long a ring must be nearly empty to be halved.
	ringCalm = 30 * time.Second
)

func newRequests() requests { return requests{next: rand.Uint32()} }

// put enters a request and returns its id.
func (r *requests) put(up ilp.ReplyWriter, until int64) uint32 {
	if 2*r.wait >= len(r.ring) {
		r.resize(max(ringMin, 2*len(r.ring)))
	}
	id := r.next
	at := r.at(id)
	if at.up != nil || len(r.late) > 0 {
		id, at = r.makeRoom(id)
	}
	at.up, at.until, at.id = up, until, id
	r.next = id + 1
	if r.wait++; r.wait > r.most {
		r.most = r.wait
	}
	return id
}

// take removes a request. It returns nil if there is none of that id.
func (r *requests) take(id uint32) ilp.ReplyWriter {
	if len(r.ring) == 0 {
		return nil
	}
	if at := r.at(id); at.id == id && at.up != nil {
		up := at.up
		at.up = nil
		r.wait--
		return up
	}
	if len(r.late) == 0 {
		return nil
	}
	one, there := r.late[id]
	if there {
		delete(r.late, id)
		r.wait--
	}
	return one.up
}

// never is a steady time that does not come.
const never = math.MaxInt64

// dead removes the requests whose time is over and appends them to old. It looks at n
// places of the ring, from the one given, and with the last of them at the late ones.
// soonest is when the first of the others there is over, and more is whether there are
// further places.
func (r *requests) dead(now int64, from, n int, old []request) (all []request, soonest int64, more bool) {
	soonest = never
	over := func(one *request) bool {
		if one.until > now {
			soonest = min(soonest, one.until)
			return false
		}
		old = append(old, *one)
		r.wait--
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

// settle gives memory back. It is called now and then, and reports whether it should be
// called again though nothing waits.
func (r *requests) settle(now int64) bool {
	if len(r.late) == 0 {
		r.late = nil
	}
	calm := r.calm
	if r.calm = 0; r.most <= len(r.ring)/8 && len(r.ring) > ringMin {
		if r.calm = calm; calm == 0 {
			r.calm = now
		} else if now-calm >= int64(ringCalm) {
			r.resize(len(r.ring) / 2)
			r.calm = now
		}
	}
	r.most = r.wait
	return len(r.ring) > ringMin
}

// all returns the requests that wait, in no order.
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
	for r.waits(id) { // since 2^32 others
		id++
	}
	at := r.at(id)
	r.move(at)
	return id, at
}

// waits reports whether a request of that id waits.
func (r *requests) waits(id uint32) bool {
	if at := r.at(id); at.id == id && at.up != nil {
		return true
	}
	_, there := r.late[id]
	return there
}

// move moves the request at a place, if there is one, to the late ones.
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

// resize makes a ring of size places.
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
