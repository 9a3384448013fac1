package test

import (
	"bytes"
	"errors"
	"fmt"
	"math/big"
	"sync"
	"sync/atomic"
	"time"
)

// crashSender is an account whose other end sends packets, and what that has in its hands.
type crashSender struct {
	id    string
	index int
	unit  uint64
	to    *crashReceiver
	slots []crashSlot
}

// crashSlot is the packets of a slot. Only one at a time is on its way.
type crashSlot struct {
	number int // of the last packet that was sent
	booked int // packets in the ledger after the last start
	copies int // copies of packets among them, which move nothing at the receiver
	held   []time.Time
	waits  bool // for the answer to the last packet
}

// run keeps a packet on its way in every slot until the connection ends. fulfilled hears of each Fulfill, and is
// asked whether to go on. A packet may be refused when the connector stops. The error is what the connector has done
// wrong.
func (s *crashSender) run(c *crashClient, address string, fulfilled func() bool, stops *atomic.Bool) error {
	destination := address + "." + s.to.id + ".x"
	next := func(j int) {
		slot := &s.slots[j]
		if slot.booked+len(slot.held) >= digitMax-1 {
			return // no digit must overflow
		}
		slot.number, slot.waits = slot.number+1, true
		c.send(stamp{s.index, j, slot.number}.prepare(crashAmount(s.unit, j), destination, time.Now().Add(patience)))
	}
	for j := range s.slots {
		next(j)
	}
	for {
		message := c.receive()
		if message == nil {
			return nil // as it must be when the connector is gone
		}
		j, err := s.take(message)
		switch {
		case errors.Is(err, errRefused) && stops.Load():
			s.slots[j].waits = false // and it must not be in the ledger
		case err != nil:
			return fmt.Errorf("%s: %w", s.id, err)
		case fulfilled():
			next(j)
		}
	}
}

var errRefused = errors.New("it was refused")

// take takes an answer, to the packet of a slot.
func (s *crashSender) take(message []byte) (j int, err error) {
	btpType, id, ilpType, contents, err := parseILP(message)
	j = int(id & 0xff)
	switch {
	case err != nil:
		return 0, err
	case btpType != btpResponse || ilpType == 0:
		return 0, errors.New("what came is no answer: " + describeBTP(message))
	case j >= len(s.slots) || !s.slots[j].waits || id != (stamp{s.index, j, s.slots[j].number}).id():
		return 0, fmt.Errorf("an answer to nothing that was asked, or the second one: %d", id)
	case ilpType != 13:
		return j, fmt.Errorf("packet %d: %w: %s", id, errRefused, contents[:min(len(contents), 3)])
	}
	preimage := stamp{s.index, j, s.slots[j].number}.preimage()
	if !bytes.HasPrefix(contents, preimage[:]) {
		return 0, fmt.Errorf("packet %d: another fulfillment", id)
	}
	s.slots[j].waits = false
	s.slots[j].held = append(s.slots[j].held, time.Now())
	return j, nil
}

// crashReceiver is an account whose other end fulfills packets, and what that knows of them.
type crashReceiver struct {
	id   string
	want func(sender, slot int) uint64 // the amount that shall arrive

	mu       sync.Mutex
	answered map[[2]int]int // by sender and slot: the number of the last packet that was fulfilled
}

// run fulfills what comes until the connection ends. The error is what the connector has done wrong.
func (r *crashReceiver) run(c *crashClient) error {
	for {
		message := c.receive()
		if message == nil {
			return nil
		}
		btpType, id, ilpType, contents, err := parseILP(message)
		switch {
		case err != nil:
			return fmt.Errorf("%s: %w", r.id, err)
		case btpType != btpMessage:
			return fmt.Errorf("%s: what came is no message: %s", r.id, describeBTP(message))
		case ilpType != 12:
			continue // routes, or whatever the connector may ask
		}
		l := stampOf(contents)
		if err := r.arrived(l, contents); err != nil {
			return fmt.Errorf("%s: %+v: %w", r.id, l, err)
		}
		c.send(l.fulfill(id))
	}
}

// arrived notes that a packet is about to be fulfilled.
func (r *crashReceiver) arrived(l stamp, contents []byte) error {
	amount := new(big.Int).SetBytes(contents[:8]).Uint64()
	if want := r.want(l.sender, l.slot); l.number == 0 || amount != want {
		return fmt.Errorf("%d arrived, and %d should", amount, want)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	at := [2]int{l.sender, l.slot}
	if l.number <= r.answered[at] {
		return errors.New("it came twice")
	}
	r.answered[at] = l.number
	return nil
}

// hasAnswered reports whether the receiver has, or may have, fulfilled a packet.
func (r *crashReceiver) hasAnswered(l stamp) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.answered[[2]int{l.sender, l.slot}] >= l.number
}
