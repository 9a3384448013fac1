//go:build linux

package load

import (
	"errors"
	"fmt"

	"github.com/ilp-go/connector/ilp"
	"github.com/ilp-go/connector/ilp/btp"
)

// sender sends packets and checks the answers.
type sender struct {
	*client
	load *Load

	template *prepareTemplate
	targets  []uint32 // indices in load.targets
	next     int      // index in targets
	seq      uint64

	slots []slot
	free  []uint16

	request func(packet []byte) []byte // makes requests of HTTP, nil for BTP
	asked   uint32                     // the request that waits, over HTTP
}

// slot holds a packet that waits for its answer, if it is taken. A request id names a slot and its
// use, so a second answer finds nothing.
type slot struct {
	label label
	since int64 // when the packet was due
	use   uint16
	phase int16 // in which the packet was due
	taken bool
}

const slotsMax = 1 << 16

// stride is the distance in targets from a packet to the next one, so that no cache of adjacent
// targets helps. It is prime, so it reaches all of them.
const stride = 7919

// send appends one packet, which was due at since.
func (s *sender) send(since int64) error {
	if len(s.free) == 0 {
		if s.request != nil && len(s.slots) > 0 {
			return fmt.Errorf("%s: an HTTP connection has one request at a time", s.name)
		}
		if len(s.slots) == slotsMax {
			return fmt.Errorf("%s: %d packets wait for an answer: the process does not keep up", s.name, slotsMax)
		}
		s.slots = append(s.slots, slot{})
		s.free = append(s.free, uint16(len(s.slots)-1))
	}
	i := s.free[len(s.free)-1]
	s.free = s.free[:len(s.free)-1]

	target := s.targets[s.next]
	s.next = (s.next + stride) % len(s.targets)
	s.seq++
	l := s.load
	sl := &s.slots[i]
	sl.label = label{run: l.run, sender: uint32(s.index), target: target, seq: s.seq}
	if l.opts.Prices != nil {
		sl.label.version = l.opts.Prices.Seen()
	}
	sl.since, sl.phase, sl.taken = since, l.phase, true
	id := uint32(sl.use)<<16 | uint32(i)
	s.asked = id
	s.out = s.template.append(s.out, id, sl.label, l.targets[target].Address, l.expiry())
	l.inFlight++
	l.sent++
	return nil
}

var (
	errNoRequest = errors.New("an answer without a request, or a second answer to one")
	errRequest   = errors.New("a sender got a request")
)

// receive handles an answer.
func (s *sender) receive(message []byte, now int64) error {
	if s.request != nil {
		return s.receivePacket(s.asked, message, now)
	}
	p, err := btp.Parse(message)
	if err != nil {
		return err
	}
	if p.Type == btp.TypeMessage || p.Type == btp.TypeTransfer {
		return errRequest
	}
	if p.Type == btp.TypeError {
		return fmt.Errorf("%s: the answer is a BTP error: %s", s.name, p.ErrorView().Data)
	}
	entry, _ := p.First(btp.ILP)
	return s.receivePacket(p.RequestID, entry.Data, now)
}

// receivePacket handles the packet that answers a request.
func (s *sender) receivePacket(id uint32, packet []byte, now int64) error {
	i := int(id & (slotsMax - 1))
	if i >= len(s.slots) || !s.slots[i].taken || s.slots[i].use != uint16(id>>16) {
		return errNoRequest
	}
	sl := &s.slots[i]
	reply, err := ilp.ParseReply(packet)
	if err != nil {
		return fmt.Errorf("packet %d: %w", sl.label.seq, err)
	}
	l := s.load
	err = checkReply(&reply, sl.label, l.want, &l.targets[sl.label.target], l.opts.Address)
	if err != nil && (l.probe == nil || reply.Fulfilled() && l.want == Fulfilled) {
		return fmt.Errorf("packet %d: %w", sl.label.seq, err)
	}
	sl.taken = false
	sl.use++
	s.free = append(s.free, uint16(i))
	return l.answered(s, sl, err, now)
}

var _ actor = (*sender)(nil)
