package engine

import (
	"log/slog"
	"time"

	"github.com/ilp-go/connector/account"
	"github.com/ilp-go/connector/clock"
	"github.com/ilp-go/connector/ilp"
)

// WriteReply takes the answer of whoever the packet was handed to. It never
// waits, and borrows reply until it returns.
func (p *Packet) WriteReply(reply ilp.Reply) {
	if reply.None() {
		reply = ilp.Fail(ilp.F00, "handler did not return a value.")
	}
	if p.claim() {
		p.engine.expiry.remove(p)
		if p.sent != 0 {
			p.measure(reply.Batch.Now())
		}
		p.reply = reply
		p.unwind()
	} else {
		p.late(reply)
	}
	p.release()
}

// expire ends a packet that its link did not answer in time. The wheel has
// claimed it.
func (p *Packet) expire(batch *ilp.Batch) {
	p.reply = expired()
	p.reply.Batch = batch
	p.unwind()
}

func expired() ilp.Reply { return ilp.Fail(ilp.R00, "packet expired.") }

// refuse ends a packet that goes no further.
func (p *Packet) refuse(reply ilp.Reply) {
	reply.Batch = p.prepare.Batch
	p.reply = reply
	p.unwind()
}

// claim reports whether the caller is the one to resolve the packet.
func (p *Packet) claim() bool { return p.claimed.CompareAndSwap(false, true) }

// unwind shows the answer to those middlewares that passed the Prepare, last
// first, and gives it to where the Prepare came from.
func (p *Packet) unwind() {
	for p.departed > 0 {
		p.departed--
		if p.to.out[p.departed].Reply(p) == Hold {
			return
		}
	}
	for p.admitted > 0 {
		p.admitted--
		if p.from.in[p.admitted].Reply(p) == Hold {
			return
		}
	}
	p.answer()
}

// answer gives the answer back.
func (p *Packet) answer() {
	if p.reply.Failed() && !p.world.settings.RawFailures {
		p.encode()
	}
	p.up.WriteReply(p.reply)
	p.from.account.Counters.InFlight.Add(-1) // not sooner: at none, links are closed
	p.release()
}

// encode makes a Reject of a failure, with our address as the one who made it.
func (p *Packet) encode() {
	f := p.reply.Failure()
	reject := ilp.Reject{Code: f.Code, TriggeredBy: p.world.address, Message: f.Message, Data: f.Data}
	if len(f.Data) > 0 {
		p.replyBuf = nil // where a held answer lies, whose data this may be
	}
	p.replyBuf = reject.Append(p.replyBuf[:0])
	batch := p.reply.Batch
	reply, err := ilp.ParseReply(p.replyBuf)
	if err != nil { // our own address is not one
		reject.TriggeredBy = ""
		p.replyBuf = reject.Append(p.replyBuf[:0])
		reply, _ = ilp.ParseReply(p.replyBuf)
	}
	p.reply = reply
	p.reply.Batch = batch
}

// measure notes how long the account took to answer.
func (p *Packet) measure(now clock.Reading) {
	if now.None() {
		now = clock.Now()
	}
	p.to.account.Counters.Latency.Observe(time.Duration(now.Steady - p.sent))
}

// late counts an answer to a packet that has expired. A Fulfill is money: the
// counterparty believes that we owe it.
func (p *Packet) late(reply ilp.Reply) {
	if p.to == nil {
		return
	}
	result := account.ResultOf(&reply)
	p.to.account.Counters.Late.Count(result)
	if p.engine.late != nil {
		p.engine.late(p.to.account, &reply)
	}
	if result == account.Fulfilled && p.engine.mayLog(time.Now()) {
		p.engine.log.Warn("fulfilled after expiry; the counterparty may hold us to it",
			slog.String("account", p.to.account.ID), slog.Uint64("amount", p.outgoing))
	}
}

// lateLogInterval keeps a peer that is always late from filling the log. All are
// counted.
const lateLogInterval = time.Second

// mayLog reports whether enough time has gone by since the last line.
func (e *Engine) mayLog(now time.Time) bool {
	last := e.logged.Load()
	return now.UnixNano()-last >= int64(lateLogInterval) && e.logged.CompareAndSwap(last, now.UnixNano())
}

var _ ilp.ReplyWriter = (*Packet)(nil)
