package dedupe

import (
	"hash/maphash"
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
	duplicateShards    = 16 // a power of two
	originalsMax       = duplicatesMax / duplicateShards
	originalsBytesMax  = duplicateBytesMax / duplicateShards
	originalsFreeMax   = 1024
	originalsSweepStep = 8
)

// Memory holds the packets that were sent lately and their answers. One memory serves all
// accounts, so that it knows a packet that a loop brings back from another account.
type Memory struct {
	seed   maphash.Seed
	shards [duplicateShards]duplicateShard
	parked parking
}

// packet is what is remembered of a packet: what makes it the same as another, and how
// much it was worth.
//
// Two are the same if their conditions are, and the hashes of all that no hop changes.
// The hash has 64 bits and a secret seed, so a sender can make two packets of one hash only
// by chance.
type packet struct {
	hash      uint64 // forgotten once it can no longer be found
	condition [ilp.ConditionBytes]byte
	amount    uint64
	expiry    int64 // Unix milliseconds
	until     int64 // steady time from which it may be forgotten
}

// forgotten is the hash of no packet.
const forgotten = 0

// same reports whether a packet that is remembered is the one that has come.
func (p *packet) same(came *packet) bool {
	return p.hash == came.hash && p.condition == came.condition
}

// serves reports whether the answer to a packet serves for the same one that has come:
// it must have been worth as much, and not have expired sooner.
func (p *packet) serves(came *packet) bool { return p.amount >= came.amount && p.expiry >= came.expiry }

// duplicateShard is a part of the memory with a lock of its own.
type duplicateShard struct {
	mu       sync.Mutex
	waiting  map[uint64]*original // those that are not answered, by hash
	answered answered
	free     *original
	freed    int
}

// original is a packet that was sent and is not answered. It is guarded by the lock of
// its shard.
type original struct {
	packet
	known       bool             // whether it is in its shard's map
	parked      []*engine.Packet // duplicates that wait for its answer
	parkedBytes int64            // of their Prepares
	next        *original        // while it is free
}

// NewMemory returns an empty memory.
func NewMemory() *Memory {
	m := &Memory{seed: maphash.MakeSeed()}
	for i := range m.shards {
		m.shards[i].waiting = make(map[uint64]*original)
	}
	return m
}

// shard returns the shard of a hash, by bits that the index of answered does not use.
func (m *Memory) shard(hash uint64) *duplicateShard {
	return &m.shards[hash>>28&(duplicateShards-1)]
}

// packet returns what to remember of a packet until a steady time.
func (m *Memory) packet(p *engine.Packet, until int64) packet {
	return packet{
		hash: max(maphash.Bytes(m.seed, p.Prepare().Invariant()), forgotten+1), condition: *p.Condition(),
		amount: p.Outgoing(), expiry: p.Expiry(), until: until,
	}
}

// finding is what the memory knows of a packet that comes.
type finding uint8

const (
	unknown       finding = iota // remember returns what to resolve with its answer, nil if there is no room
	knownAnswer                  // remember returns the original's answer
	knownParked                  // the packet is parked until the original is answered
	knownCrowding                // the original is not answered, and too many duplicates wait
)

// remember looks up a packet. It notes an unknown one as an original, and parks a
// duplicate whose original is not answered.
func (m *Memory) remember(p *engine.Packet, until int64) (first *original, answer ilp.Reply, found finding) {
	came := m.packet(p, until)
	s := m.shard(came.hash)
	s.mu.Lock()
	defer s.mu.Unlock()
	if o := s.waiting[came.hash]; o != nil {
		if o.same(&came) && o.serves(&came) {
			if m.parkLocked(o, p) {
				return nil, ilp.Reply{}, knownParked
			}
			return nil, ilp.Reply{}, knownCrowding
		}
		s.loseLocked(o) // worth less than this one: this one takes its place
	} else if r := s.answered.find(&came); r != nil {
		if r.serves(&came) {
			return nil, s.answered.reply(r), knownAnswer
		}
		s.answered.drop(r)
	}
	s.sweepLocked(p.Arrived().Steady)
	o := s.newLocked()
	if o == nil {
		return nil, ilp.Reply{}, unknown
	}
	o.packet, o.known = came, true
	s.waiting[came.hash] = o
	return o, ilp.Reply{}, unknown
}

// resolve gives the answer to an original to its duplicates, and stores it if the
// original was sent: what was refused before that deserves another try.
func (m *Memory) resolve(o *original, reply *ilp.Reply, sent bool) {
	s := m.shard(o.hash)
	s.mu.Lock()
	parked := o.parked
	m.parked.leave(len(parked), o.parkedBytes)
	if o.known { // else another has taken its place
		s.loseLocked(o)
		if sent {
			s.answered.put(&o.packet, reply)
		}
	}
	s.recycleLocked(o)
	s.mu.Unlock()
	for _, p := range parked {
		p.ResumeFor(engine.CauseRepeated, *reply)
	}
}

// forget drops the packets that are to be remembered until a steady time before now.
func (m *Memory) forget(now int64) {
	for i := range m.shards {
		s := &m.shards[i]
		s.mu.Lock()
		s.answered.forget(now)
		s.mu.Unlock()
	}
}

// sweepLocked forgets a few of the oldest packets, so that a busy memory stays small by
// itself: those that are too old, and any others while there are too many.
func (s *duplicateShard) sweepLocked(now int64) {
	for range originalsSweepStep {
		r := s.answered.oldest()
		if r == nil || r.hash != forgotten && r.until >= now && s.len() < originalsMax {
			return
		}
		s.answered.pop()
	}
}

// len returns how many packets are known.
func (s *duplicateShard) len() int { return len(s.waiting) + s.answered.live }

// loseLocked takes an original out of the map. It lives on until it is answered, for
// its duplicates.
func (s *duplicateShard) loseLocked(o *original) {
	delete(s.waiting, o.hash)
	o.known = false
}

func (s *duplicateShard) newLocked() *original {
	if s.len() >= originalsMax {
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

func (s *duplicateShard) recycleLocked(o *original) {
	*o = original{}
	if s.freed < originalsFreeMax {
		o.next, s.free = s.free, o
		s.freed++
	}
}
