package middleware

import (
	"github.com/ilp-go/connector/account"
	"github.com/ilp-go/connector/engine"
	"github.com/ilp-go/connector/ilp"
)

// Ledger is the durable record of the balances.
type Ledger interface {
	// Enter writes down that from owes us in more, and we owe to out more, in one
	// step. It does not block, and w hears of it once that is durable. to is nil if
	// only from's balance moves. Accounts without a balance are left out. What is
	// entered in one batch, which may be nil, may wait for its end.
	Enter(from, to *account.Account, in, out uint64, w Waiter, batch *ilp.ReadBatch)
	// State returns whether new money can be taken, at a steady time. It does not block.
	State(now int64) LedgerState
}

// LedgerState says whether new money can be taken.
type LedgerState uint8

// The states of a Ledger.
const (
	LedgerOpen   LedgerState = iota
	LedgerBusy               // what waits to be written waits for too long, or is too much
	LedgerFailed             // nothing can be written any more
)

// Waiter is an answer that must not be given before what it moves is durable.
type Waiter interface {
	// Written says that it is, or that nobody knows. It is called once and does not
	// block; what it sends may be flushed with batch.
	Written(batch *ilp.ReadBatch, err error)
}

// durableOut holds the Fulfill of a packet, outside of all accounting of the account
// that gave it, until both balances that it moves are written down. What is inside of
// deduplicate happens once, so a duplicate's answer comes after the original's.
type durableOut struct {
	ledger  Ledger
	account *account.Account
}

// Prepare refuses money that could not be written down in time: its Fulfill would go up
// after the sender has given it up, and the next account would be owed all the same.
func (d *durableOut) Prepare(p *engine.Packet) engine.Verdict {
	if p.Incoming() == 0 && p.Outgoing() == 0 {
		return engine.Pass
	}
	switch d.ledger.State(p.Arrived().Steady) {
	case LedgerBusy:
		return p.Refuse(ilp.T03, "connector is busy.")
	case LedgerFailed:
		return p.Refuse(ilp.T00, "internal error.")
	}
	return engine.Pass
}

// Reply holds the answer if it moves money.
func (d *durableOut) Reply(p *engine.Packet) engine.Verdict {
	if !p.Reply().Fulfilled() || p.Incoming() == 0 && p.Outgoing() == 0 {
		return engine.Pass
	}
	p.Note(isWritten, isWritten)
	p.Commit()
	batch := p.Reply().Batch
	verdict := p.Park()
	d.ledger.Enter(p.From(), d.account, p.Incoming(), p.Outgoing(), (*waiting)(p), batch)
	return verdict // of the packet only that: it may be gone
}

// durableIn does the same, where the packet came from, for a Fulfill that did not come
// from another account: that of a duplicate, or our own.
type durableIn struct{ ledger Ledger }

// Prepare passes: where the packet goes is where it matters.
func (durableIn) Prepare(*engine.Packet) engine.Verdict { return engine.Pass }

// Reply holds the answer if it moves money and has not been held for that before.
func (d durableIn) Reply(p *engine.Packet) engine.Verdict {
	if !p.Reply().Fulfilled() || p.Incoming() == 0 || p.Noted(isWritten) != nil {
		return engine.Pass
	}
	batch := p.Reply().Batch
	verdict := p.Park()
	d.ledger.Enter(p.From(), nil, p.Incoming(), 0, (*waiting)(p), batch)
	return verdict
}

// isWritten is the note on a packet whose answer has been held.
var isWritten any = new(byte)

// waiting is a packet whose answer is held.
type waiting engine.Packet

// Written lets the answer go on. If nobody knows whether the money is in the books, it
// must not: upstream would hold us to what we may have forgotten. What downstream was
// promised is owed all the same.
func (w *waiting) Written(batch *ilp.ReadBatch, err error) {
	p := (*engine.Packet)(w)
	if err != nil {
		reply := ilp.Fail(ilp.T00, "internal error.")
		reply.Batch = batch
		p.ResumeWith(reply)
		return
	}
	p.ResumeReply(batch)
}

var (
	_ engine.Middleware = (*durableOut)(nil)
	_ engine.Middleware = durableIn{}
	_ Waiter            = (*waiting)(nil)
)
