package middleware

import (
	"slices"
	"sync"

	"github.com/ilp-go/connector/engine"
	"github.com/ilp-go/connector/ilp"
)

// Bounds of the memory. At either the packets that were answered longest ago are
// forgotten first; a packet that finds no room, because all the others wait for
// their answers, is sent without being remembered.
const (
	duplicatesMax      = 1 << 18
	duplicateBytesMax  = 64 << 20
	duplicateShards    = 16  // a power of two
	originalBytesKept  = 512 // buffer that an original keeps for its next use
	originalsMax       = duplicatesMax / duplicateShards
	originalsBytesMax  = duplicateBytesMax / duplicateShards
	originalsFreeMax   = 4096
	originalsSweepStep = 8
)

// Duplicates remembers the packets that were sent lately and their answers. One
// memory serves all accounts, so that a packet that comes back to us by a loop
// is known whatever account it comes from.
type Duplicates struct {
	shards [duplicateShards]duplicateShard
}

// key is the head of the SHA-256 of a packet's unchanging part: 128 bits are
// more than anybody can collide.
type key [16]byte

type duplicateShard struct {
	mu          sync.Mutex
	known       map[key]*original
	first, last *original // the answered ones, in the order of their answers
	free        *original
	freed       int
	bytes       int // of the answers
}

// original is a packet that was sent. It belongs to its shard, and is guarded by
// its lock. There may be very many, so they are small: an answer is kept as its
// bytes alone, and read again for the few that ask for it.
type original struct {
	next, prev *original

	key      key
	amount   uint64
	expiry   int64 // Unix milliseconds
	until    int64 // and when to forget it
	answered bool
	known    bool             // whether it is in its shard's map
	failed   bool             // whether the answer is the failure
	answer   []byte           // encoded
	failure  *ilp.Failure     // kept for the next use as well
	waiting  []*engine.Packet // duplicates, parked
}

// NewDuplicates is an empty memory.
func NewDuplicates() *Duplicates {
	m := new(Duplicates)
	for i := range m.shards {
		m.shards[i].known = make(map[key]*original)
	}
	return m
}

// remember looks whether a packet is known. If it is not, known is false and
// first what to resolve when its answer comes, nil if there is no room. If it is,
// answer is that of the original, or none: then the packet has been held and
// parked until the original is answered.
func (m *Duplicates) remember(p *engine.Packet, k key, until int64) (first *original, answer ilp.Reply, known bool) {
	s := &m.shards[k[0]%duplicateShards]
	s.mu.Lock()
	defer s.mu.Unlock()
	if o := s.known[k]; o != nil {
		if o.amount >= p.Outgoing() && o.expiry >= p.Expiry() {
			if !o.answered {
				p.Hold()
				o.waiting = append(o.waiting, p)
				return nil, ilp.Reply{}, true
			}
			return nil, o.reply(), true
		}
		s.dropLocked(o) // worth less than this one: this one takes its place
	}
	s.sweepLocked(p.Arrived() / 1e6)
	o := s.newLocked()
	if o == nil {
		return nil, ilp.Reply{}, false
	}
	o.key, o.amount, o.expiry, o.until, o.known = k, p.Outgoing(), p.Expiry(), until, true
	s.known[k] = o
	return o, ilp.Reply{}, false
}

// keep keeps the answer.
func (o *original) keep(reply *ilp.Reply) {
	if o.failed = reply.Failed(); !o.failed {
		o.answer = append(o.answer[:0], reply.Bytes()...)
		return
	}
	if o.failure == nil {
		o.failure = new(ilp.Failure)
	}
	*o.failure = reply.Failure()
	o.failure.Data = slices.Clone(o.failure.Data)
}

// reply is a copy of the answer that was kept.
func (o *original) reply() ilp.Reply {
	if o.failed {
		return o.failure.Reply()
	}
	reply, err := ilp.ParseReply(slices.Clone(o.answer))
	if err != nil {
		panic("middleware: an answer that was kept does not parse: " + err.Error())
	}
	return reply
}

// resolve gives the answer to an original to its duplicates, and stores it if the
// original was sent: what was refused before that deserves another try.
func (m *Duplicates) resolve(o *original, reply *ilp.Reply, sent bool) {
	s := &m.shards[o.key[0]%duplicateShards]
	s.mu.Lock()
	waiting := o.waiting
	o.waiting = nil
	o.answered = true
	switch {
	case !o.known: // replaced meanwhile
		s.recycleLocked(o)
	case !sent:
		delete(s.known, o.key)
		s.recycleLocked(o)
	default:
		o.keep(reply)
		s.pushLocked(o)
	}
	s.mu.Unlock()
	for _, p := range waiting {
		p.ResumeWith(*reply)
	}
}

// forget drops what is older than now, in Unix milliseconds.
func (m *Duplicates) forget(now int64) {
	for i := range m.shards {
		s := &m.shards[i]
		s.mu.Lock()
		for o := s.first; o != nil; {
			next := o.next
			if o.until < now {
				s.dropLocked(o)
			}
			o = next
		}
		s.mu.Unlock()
	}
}

// sweepLocked forgets a few of the oldest, so that a busy memory stays small by
// itself: those that are too old, and any while there are too many.
func (s *duplicateShard) sweepLocked(now int64) {
	for range originalsSweepStep {
		o := s.first
		if o == nil || o.until >= now && len(s.known) < originalsMax {
			return
		}
		s.dropLocked(o)
	}
}

func (s *duplicateShard) newLocked() *original {
	if len(s.known) >= originalsMax {
		return nil
	}
	o := s.free
	if o == nil {
		return new(original)
	}
	s.free, o.next = o.next, nil
	s.freed--
	return o
}

// pushLocked enters an answered original into the list, and forgets the oldest of
// it while the answers take too much room.
func (s *duplicateShard) pushLocked(o *original) {
	o.prev = s.last
	if s.last == nil {
		s.first = o
	} else {
		s.last.next = o
	}
	s.last = o
	s.bytes += cap(o.answer)
	for s.bytes > originalsBytesMax {
		s.dropLocked(s.first)
	}
}

// dropLocked forgets an original. One that is not answered yet lives on until it
// is, for its duplicates, but is not found any more.
func (s *duplicateShard) dropLocked(o *original) {
	delete(s.known, o.key)
	o.known = false
	if !o.answered {
		return
	}
	if o.prev == nil {
		s.first = o.next
	} else {
		o.prev.next = o.next
	}
	if o.next == nil {
		s.last = o.prev
	} else {
		o.next.prev = o.prev
	}
	s.bytes -= cap(o.answer)
	s.recycleLocked(o)
}

func (s *duplicateShard) recycleLocked(o *original) {
	answer := o.answer[:0]
	if cap(answer) > originalBytesKept {
		answer = nil
	}
	*o = original{answer: answer, failure: o.failure, key: o.key}
	if s.freed < originalsFreeMax {
		o.next, s.free = s.free, o
		s.freed++
	}
}
