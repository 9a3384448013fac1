package chain

import (
	"sync/atomic"

	"github.com/ilp-go/connector/engine"
	"github.com/ilp-go/connector/engine/middleware"
	"github.com/ilp-go/connector/ilp"
)

// slot is what stands at a place: the stages there, if any. They may change at any time. A packet that
// has passed some comes back through the same.
type slot struct {
	place  middleware.Place
	row    atomic.Pointer[row]
	beyond atomic.Int64 // packets that went on from here and are not back
}

// row is the stages at a place, in the order of a Prepare. It does not change.
type row struct {
	stages []*Stage
	absent absent // the module that has to say first which stages there are; empty if that is known
}

// Prepare hands the packet to the stages. Malformed packets have no bytes to hand over.
func (s *slot) Prepare(p *engine.Packet) engine.Verdict {
	r := s.row.Load()
	if r == nil || p.Fault() != nil {
		return engine.Pass
	}
	if r.absent != "" {
		return p.RefuseFor(r.absent, notThere)
	}
	v := &visit{slot: s, packet: p, stages: r.stages}
	batch := p.Prepare().Batch
	verdict := p.Park()
	v.enter(batch)
	return verdict // the packet may already be recycled
}

// Reply hands the answer to the stages that the Prepare has passed, last first.
func (s *slot) Reply(p *engine.Packet) engine.Verdict {
	if s.beyond.Load() == 0 {
		return engine.Pass
	}
	v, ok := p.Noted(s).(*visit)
	if !ok {
		return engine.Pass
	}
	s.beyond.Add(-1)
	batch := p.Reply().Batch
	verdict := p.Park()
	v.back(batch)
	return verdict
}

// visit is one packet at a slot, from its Prepare to its answer.
type visit struct {
	slot   *slot
	packet *engine.Packet // parked, unless it is beyond the slot
	stages []*Stage
	calls  []*call
}

// enter calls the first stage.
func (v *visit) enter(batch *ilp.ReadBatch) { v.onward(-1, batch) }

// onward takes the Prepare from the stage of an index to the next one, or out of the slot.
func (v *visit) onward(from int, batch *ilp.ReadBatch) {
	if i := from + 1; i < len(v.stages) {
		call := &call{visit: v, stage: v.stages[i], index: i}
		v.calls = append(v.calls, call)
		call.ask(batch)
		return
	}
	v.slot.beyond.Add(1)
	p := v.packet
	p.Note(v.slot, v)
	p.Prepare().Batch = batch
	p.Resume()
}

// back has the last stage see the answer, which is parked.
func (v *visit) back(batch *ilp.ReadBatch) {
	v.calls[len(v.calls)-1].result(answer{reply: *v.packet.Reply(), asIs: true}, batch)
}

// leave lets the packet go with the answer of the first stage.
func (v *visit) leave(a answer, batch *ilp.ReadBatch) {
	if a.asIs {
		v.packet.ResumeReply(batch)
		return
	}
	a.reply.Batch = batch
	v.packet.ResumeFor(a.cause, a.reply)
}

var _ engine.Middleware = (*slot)(nil)
