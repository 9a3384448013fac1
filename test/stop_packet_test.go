//go:build unix

package test

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// stopPacket is a packet, with the times at which things happened to it. They are by a clock that is never stepped.
type stopPacket struct {
	stamp
	sender                         *crashSender
	says                           time.Time // the expiry on the wire
	expiry                         time.Time // when that is by the steady clock
	sent, arrived, answered, ended time.Time
	code                           string // of the Reject; "fulfilled" if there was none
	odd                            bool   // the sender's clock was another one than the connector's
	crossed                        bool   // the clock was stepped before it reached its receiver
	judged                         bool
}

const fulfilledCode = "fulfilled"

// heldPacket is a packet whose Fulfill its receiver keeps back.
type heldPacket struct {
	*stopPacket
	id uint32 // at the receiver
}

// holdTimeMax is the default of maxHoldTime.
const holdTimeMax = 30 * time.Second

// retryTime is the pause of a slot whose packet was refused.
const retryTime = 20 * time.Millisecond

// sendLocked sends the next packet of a slot. The sender's wall clock, by which it says the expiry, has that shift.
func (w *stopWorld) sendLocked(s *crashSender, j int, shift time.Duration) (p *stopPacket) {
	end, slot := w.ends[s.id], &s.slots[j]
	if end.busy[j] {
		end.busy[j], w.busy = false, w.busy-1
	}
	if slot.booked+len(slot.held) >= digitMax-1 {
		return nil // no digit must overflow
	}
	slot.number, slot.waits = slot.number+1, true
	end.busy[j], w.busy = true, w.busy+1
	now := time.Now()
	p = &stopPacket{
		stamp: stamp{s.index, j, slot.number}, sender: s, sent: now,
		expiry: now.Add(w.life), says: now.Add(w.life + shift), odd: shift != w.shift(),
	}
	w.packets[p.stamp] = p
	end.send(w.prepare(p))
	return p
}

// prepare is the message with a packet.
func (w *stopWorld) prepare(p *stopPacket) []byte {
	return p.stamp.prepare(crashAmount(p.sender.unit, p.slot), w.address+"."+p.sender.to.id+".x", p.says)
}

// takeAnswer takes the answer to the packet of a slot, and sends the next one.
func (w *stopWorld) takeAnswer(s *crashSender, message []byte) error {
	now := time.Now()
	w.mu.Lock()
	defer w.mu.Unlock()
	j, err := s.take(message)
	if err != nil && !errors.Is(err, errRefused) {
		return err
	}
	p, end := w.packets[stamp{s.index, j, s.slots[j].number}], w.ends[s.id]
	p.ended, p.code = now, fulfilledCode
	if err == nil {
		w.fulfilled++
	} else {
		_, _, _, contents, _ := parseILP(message)
		p.code = string(contents[:min(3, len(contents))])
		if p.code == "T03" && !strings.Contains(string(contents), "connector is busy.") {
			p.code += " for another reason"
		}
		s.slots[j].waits = false
	}
	again := func() {
		if w.resting || j >= w.slots {
			end.busy[j], w.busy = false, w.busy-1
		} else {
			w.sendLocked(s, j, w.shift())
		}
	}
	if p.code == fulfilledCode || w.resting {
		again()
		return nil
	}
	time.AfterFunc(retryTime, func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		if w.ends[s.id] == end { // else this is another life
			again()
		}
	})
	return nil
}

// takePacket takes a packet at its receiver, which fulfills it or keeps the Fulfill back.
func (w *stopWorld) takePacket(r *crashReceiver, message []byte) error {
	btpType, id, ilpType, contents, err := parseILP(message)
	if err != nil || btpType != btpMessage {
		return fmt.Errorf("what came is no packet: %s", describeBTP(message))
	}
	if ilpType != 12 {
		return nil // routes, or whatever the connector may ask
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	l := stampOf(contents)
	p := w.packets[l]
	if p == nil {
		return fmt.Errorf("%+v: nobody has sent it", l)
	}
	if err := r.arrived(l, contents); err != nil {
		return fmt.Errorf("%+v: %w", l, err)
	}
	p.arrived = time.Now()
	says, most := string(contents[8:25]), wireTime(time.Now().Add(w.shift()+holdTimeMax))
	if want := wireTime(p.says.Add(-w.window)); !p.crossed && (says > most || !p.odd && says != want) {
		return fmt.Errorf("%+v: it says that it expires at %s, not %s, or before %s", l, says, want, most)
	}
	if w.holding {
		w.held = append(w.held, heldPacket{p, id})
		return nil
	}
	p.answered = time.Now()
	w.ends[r.id].send(l.fulfill(id))
	return nil
}
