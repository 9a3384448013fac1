package engine

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ilp-go/connector/clock"
	"github.com/ilp-go/connector/ilp"
)

// The wheel is a ring of slots, one for each tick of time; a packet waits in the
// slot of the tick it expires in, or comes round again if that is more than one
// turn away. It is cut into shards, each with a lock of its own that is held for
// a handful of instructions.
//
// The wheel goes by steady time: a step of the wall clock moves no deadline. A packet
// expires at the first turn at or after its deadline, so up to one tick late and never
// early: an answer that came in time is never refused, and the minimum message window
// covers the tick. The wheel need not turn at the boundary of a slot, so the last slot
// looked at is looked at again.
const (
	wheelTick   = 10 * time.Millisecond
	wheelSlots  = 1024 // a turn of about 10 s
	wheelShards = 16   // a power of two
)

type wheel struct {
	shards  [wheelShards]wheelShard
	waiting atomic.Int64  // packets in all shards
	batch   ilp.ReadBatch // what one tick answers is written at once
	wake    chan struct{} // tells run that there are packets again

	panicked func(cause any) // told of a panic of an output
}

type wheelShard struct {
	mu    sync.Mutex
	slots [wheelSlots]deadline // heads of circular lists
	done  int64                // the last tick that was looked at
}

// deadline is a packet's place in the wheel.
type deadline struct {
	next, prev *deadline
	packet     *Packet
	chain      *Packet // the next one that is due with it
	shard      uint8
}

func (w *wheel) init() {
	w.wake = make(chan struct{}, 1)
	for s := range w.shards {
		for i := range w.shards[s].slots {
			head := &w.shards[s].slots[i]
			head.next, head.prev = head, head
		}
	}
}

// add puts a packet in the wheel.
func (w *wheel) add(p *Packet) {
	d := &p.due
	d.packet = p
	d.shard = uint8(p.from.account.Number % wheelShards)
	s := &w.shards[d.shard]
	s.mu.Lock()
	tick := max(tickOf(p.deadline), s.done) // one that has gone by does not come again
	head := &s.slots[tick%wheelSlots]
	d.next, d.prev = head, head.prev
	head.prev.next, head.prev = d, d
	s.mu.Unlock()
	if w.waiting.Add(1) == 1 {
		select {
		case w.wake <- struct{}{}:
		default:
		}
	}
}

// remove takes a packet out, if it is still in. After it returns the wheel does
// not touch the packet.
func (w *wheel) remove(p *Packet) {
	d := &p.due
	if d.packet == nil { // never was in
		return
	}
	s := &w.shards[d.shard]
	s.mu.Lock()
	in := d.unlink()
	s.mu.Unlock()
	if in {
		w.waiting.Add(-1)
	}
}

func (d *deadline) unlink() bool {
	if d.next == nil {
		return false
	}
	d.prev.next, d.next.prev = d.next, d.prev
	d.next, d.prev = nil, nil
	return true
}

// run expires packets until ctx ends. While there are none it sleeps.
func (w *wheel) run(ctx context.Context) {
	ticker := time.NewTicker(wheelTick)
	defer ticker.Stop()
	for {
		if w.waiting.Load() == 0 {
			ticker.Stop()
			select {
			case <-ctx.Done():
				return
			case <-w.wake:
				ticker.Reset(wheelTick)
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			w.advance(clock.Now())
		}
	}
}

// advance expires what is due by now.
func (w *wheel) advance(now clock.Reading) {
	w.batch.Begin(now)
	defer w.batch.EndGuarded(w.panicked) // an output that panics does not stop the wheel
	for i := range w.shards {
		for p := w.shards[i].take(now.Steady); p != nil; {
			next := p.due.chain
			p.due.chain = nil
			w.waiting.Add(-1)
			p.expire(&w.batch)
			p = next
		}
	}
}

// take unlinks and claims the packets that are due by now, in steady time, and returns
// them, chained.
// They are claimed under the lock: an answer that finds its packet unclaimed has
// to take it out of the wheel before the packet can serve another, so the wheel
// never meets a packet that is not its own any more.
func (s *wheelShard) take(now int64) (due *Packet) {
	s.mu.Lock()
	defer s.mu.Unlock()
	tick := tickOf(now)
	from := max(s.done, tick-wheelSlots+1)
	for t := from; t <= tick; t++ {
		head := &s.slots[t%wheelSlots]
		for d := head.next; d != head; {
			next := d.next
			if d.packet.deadline <= now && d.packet.claim() {
				d.unlink()
				d.chain = due
				due = d.packet
			}
			d = next
		}
	}
	s.done = tick
	return due
}

// tickOf returns the tick that a steady time lies in.
func tickOf(at int64) int64 { return at / int64(wheelTick) }
