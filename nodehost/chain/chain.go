package chain

import (
	"math"
	"sync"
	"sync/atomic"

	"github.com/ilp-go/connector/clock"
	"github.com/ilp-go/connector/ilp"
)

// callsMax is how many calls one process may have under way. A packet beyond it is refused with T03.
const callsMax = 1 << 16

// Chain is the calls to one process. It is made when the process starts, and of no use after Lost. Its
// methods are safe for concurrent use. They borrow what they are given, do not block, and carry packets
// on: so they return when what follows has taken the packet.
type Chain struct {
	carrier Carrier
	ignored atomic.Uint64
	wake    chan struct{} // tells Run that a call ends sooner than the others

	mu      sync.Mutex
	calls   map[uint32]*call
	last    uint32 // the latest id
	soonest int64  // steady time before which no call has to end
	swept   int64  // steady time of the last sweep
	lost    bool
	silent  bool // the process does not answer
}

// New makes the Chain of a process that has just started.
func New(carrier Carrier) *Chain {
	return &Chain{
		carrier: carrier, calls: make(map[uint32]*call), soonest: math.MaxInt64,
		wake: make(chan struct{}, 1),
	}
}

// Next lets a packet go on from the stage that was called with it, with the bytes of a Prepare, or
// unchanged if there are none. The method's second call of next must not come here: it is ignored. What
// the packet sends is flushed with batch, which may be nil.
func (c *Chain) Next(id uint32, packet []byte, batch *ilp.ReadBatch) {
	call, over := c.run(id)
	switch {
	case call != nil:
		call.next(packet, batch)
	case over: // the method waits for next, whose answer never comes
		c.carrier.Over(0, id)
	}
}

// Answer ends a call: its method has returned the bytes of a reply. If next has not returned yet, they
// wait for it.
func (c *Chain) Answer(id uint32, reply []byte, batch *ilp.ReadBatch) {
	parsed, err := ilp.ParseReply(reply)
	if err != nil {
		c.end(id, answer{garbage: true, reply: ilp.Fail(ilp.F00, err.Error())}, batch)
		return
	}
	c.end(id, answer{reply: parsed}, batch)
}

// Fail ends a call like Answer: its method has thrown an error. The code is F00 if there is none.
func (c *Chain) Fail(id uint32, f ilp.Failure, batch *ilp.ReadBatch) {
	if !f.Code.Valid() {
		f.Code = ilp.F00
	}
	c.end(id, answer{reply: f.Reply()}, batch)
}

// Lost ends all calls, because the process is gone. Prepares that wait for it are refused, answers go on
// as they are. From then on every packet that comes to one of its stages is refused.
func (c *Chain) Lost() {
	c.mu.Lock()
	c.lost = true
	var ended []*call
	for id, call := range c.calls {
		delete(c.calls, id)
		if call.lost = true; call.idle() {
			ended = append(ended, call)
		}
	}
	c.mu.Unlock()
	for _, call := range ended {
		call.giveUp(lostCall)
	}
}

// Silent says whether the process does not answer for the moment. Then it ends all calls that wait for it,
// as Lost does, and has packets refused. Packets that are beyond a stage come back past it.
func (c *Chain) Silent(silent bool) {
	c.mu.Lock()
	c.silent = silent
	var ended []*call
	if silent {
		for id, call := range c.calls {
			if call.state == running {
				continue
			}
			delete(c.calls, id)
			if call.lost = true; call.idle() {
				ended = append(ended, call)
			}
		}
	}
	c.mu.Unlock()
	for _, call := range ended {
		stage, id := call.stage.number, call.id
		call.giveUp(lostCall)
		c.carrier.Over(stage, id)
	}
}

// Ignored returns how many calls of Next, Answer and Fail were for no call, or came twice.
func (c *Chain) Ignored() uint64 { return c.ignored.Load() }

// Calls returns how many calls are under way.
func (c *Chain) Calls() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.calls)
}

// open gives a call its id, and leaves it handing. It returns false at the bound or after Lost.
func (c *Chain) open(call *call) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	call.lost = c.lost || c.silent
	if call.lost || len(c.calls) >= callsMax {
		return false
	}
	for c.last++; c.last == 0 || c.calls[c.last] != nil; c.last++ {
	}
	call.id = c.last
	c.calls[call.id] = call
	call.state, call.handing = asked, asked
	c.dueLocked(call)
	return true
}

// run marks a call whose method calls next. It returns nil if next is not to be called any more, and over if
// that is because the call has ended.
func (c *Chain) run(id uint32) (waits *call, over bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	call := c.calls[id]
	if call == nil || call.state != asked {
		c.ignored.Add(1)
		return nil, call == nil
	}
	call.state = running
	return call, false
}

// end ends a call with the answer of its method. If next has not returned, the answer is kept until then.
func (c *Chain) end(id uint32, a answer, batch *ilp.ReadBatch) {
	c.mu.Lock()
	call := c.calls[id]
	switch {
	case call == nil || call.early != nil:
		c.mu.Unlock()
		c.ignored.Add(1)
		return
	case call.state == running:
		a.reply, _ = a.reply.Clone(nil)
		call.early = &a
		c.mu.Unlock()
		return
	}
	delete(c.calls, id)
	c.mu.Unlock()
	call.settle(call.judge(a), batch)
}

// returned marks a call whose next has returned, and leaves it handing. It returns false if the call has
// ended: by an answer that was early, or because the process is gone.
func (c *Chain) returned(call *call, until int64) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if call.early != nil || call.lost || c.silent {
		delete(c.calls, call.id)
		return false
	}
	call.state, call.handing, call.until = returned, returned, until
	c.dueLocked(call)
	return true
}

// handed ends what open or returned began: the carrier has taken the call. It returns true if the process
// was lost meanwhile, and the external side has not gone on with the call before. Then the caller ends it.
func (c *Chain) handed(call *call, state state) (lost bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if call.handing != state {
		return false
	}
	call.handing = none
	return call.lost && call.state == state
}

// drop ends a call that the carrier has not taken.
func (c *Chain) drop(call *call) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.calls, call.id)
}

// dueLocked has Run wake up in time for a call.
func (c *Chain) dueLocked(call *call) {
	if call.until >= c.soonest {
		return
	}
	c.soonest = call.until
	select {
	case c.wake <- struct{}{}:
	default:
	}
}

// now returns the steady time.
func now() int64 { return clock.Now().Steady }
