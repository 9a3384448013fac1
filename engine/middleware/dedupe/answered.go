package dedupe

import (
	"github.com/ilp-go/connector/ilp"
)

// answered is the packets of a shard that were answered, in the order of their answers.
// There may be very many, and lookups are random, so their cost is that of cache misses:
//
//	index   │ │ │#│ │ │     a hash leads to one bucket, a cache line of references
//	           │
//	           v
//	ring   ··│r│r│r│r│r··   new records are added at the end, the oldest are removed
//	           │            from the front
//	           v
//	queue  ···answers···    the same for their bytes
//
// A record is forgotten in the ring alone. The index drops its reference when it needs the
// room. The zero value is empty.
type answered struct {
	ring       []record // a power of two
	index      []references
	tail, head uint32 // numbers of the oldest record and of the next one, which go around
	live       int    // records that are not forgotten
	queue      queue
}

// record is a packet that was answered. It has no pointers, so the garbage collector
// does not look at it.
type record struct {
	packet
	answer piece
	failed bool // the answer is a failure
}

// references is a bucket of references to records: 32 bits of the hash, and the number of the record.
type references [8]uint64

const (
	recordsMin = 64
	// recordsPerBucket is so few that a bucket is full for one packet of 5,000.
	recordsPerBucket = 2
)

// find returns the record of a packet, nil if there is none.
func (a *answered) find(p *packet) *record {
	if a.live == 0 {
		return nil
	}
	for _, reference := range a.bucket(p.hash) {
		if reference>>32 == p.hash>>32 && a.has(uint32(reference)) {
			if r := a.record(uint32(reference)); r.same(p) {
				return r
			}
		}
	}
	return nil
}

// bucket returns the bucket of a hash, by the bits of it that references do not have.
func (a *answered) bucket(hash uint64) *references { return &a.index[hash&uint64(len(a.index)-1)] }

// has reports whether a number is of one of the records.
func (a *answered) has(number uint32) bool { return number-a.tail < a.head-a.tail }

func (a *answered) record(number uint32) *record {
	return &a.ring[number&uint32(len(a.ring)-1)]
}

// put adds the answer to a packet. If there is no room for it, the oldest are forgotten.
func (a *answered) put(p *packet, reply *ilp.Reply) {
	if int(a.head-a.tail) == len(a.ring) && !a.grow() {
		a.pop()
	}
	answer, ok := a.queue.add(reply)
	for ; !ok; answer, ok = a.queue.add(reply) {
		a.pop()
	}
	number := a.head
	a.head++
	a.live++
	*a.record(number) = record{packet: *p, answer: answer, failed: reply.Failed()}
	a.refer(number)
}

// refer makes the index refer to a record, in place of one that is forgotten or else the
// oldest of the bucket.
func (a *answered) refer(number uint32) {
	hash := a.record(number).hash
	b := a.bucket(hash)
	oldest := 0
	for i, reference := range b {
		if reference == 0 || !a.has(uint32(reference)) {
			oldest = i
			break
		}
		if uint32(reference)-a.tail < uint32(b[oldest])-a.tail {
			oldest = i
		}
	}
	b[oldest] = hash>>32<<32 | uint64(number)
}

// grow makes room for twice as many, if there may be more.
func (a *answered) grow() bool {
	n := max(recordsMin, 2*len(a.ring))
	if n > originalsMax {
		return false
	}
	old := *a
	a.ring, a.index = make([]record, n), make([]references, n/recordsPerBucket)
	for number := a.tail; number != a.head; number++ {
		*a.record(number) = *old.record(number)
		a.refer(number)
	}
	return true
}

// drop forgets a record.
func (a *answered) drop(r *record) {
	r.hash = forgotten
	a.live--
}

// pop takes the oldest record out.
func (a *answered) pop() {
	if r := a.oldest(); r.hash != forgotten {
		a.drop(r)
	}
	if a.tail++; a.tail == a.head {
		a.queue.clear()
	} else {
		a.queue.freeBefore(a.oldest().answer)
	}
}

// oldest returns the oldest record, perhaps a forgotten one, or nil if there is none.
func (a *answered) oldest() *record {
	if a.tail == a.head {
		return nil
	}
	return a.record(a.tail)
}

// forget drops what is to be remembered until a steady time before now. If that is everything, the
// memory is given back.
func (a *answered) forget(now int64) {
	for number := a.tail; number != a.head; number++ {
		if r := a.record(number); r.hash != forgotten && r.until < now {
			a.drop(r)
		}
	}
	for r := a.oldest(); r != nil && r.hash == forgotten; r = a.oldest() {
		a.pop()
	}
	if a.live == 0 {
		*a = answered{}
	}
}

// reply returns a copy of an answer.
func (a *answered) reply(r *record) ilp.Reply {
	if r.failed {
		return decodeFailure(a.queue.at(r.answer)).Reply()
	}
	reply, err := ilp.ParseReply(append([]byte(nil), a.queue.at(r.answer)...))
	if err != nil {
		panic("middleware: an answer that was kept does not parse: " + err.Error())
	}
	return reply
}
