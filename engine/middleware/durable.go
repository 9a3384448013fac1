package middleware

import (
	"errors"

	"github.com/ilp-go/connector/account"
	"github.com/ilp-go/connector/engine"
	"github.com/ilp-go/connector/ilp"
	"github.com/ilp-go/connector/ledger"
)

// Ledger is where packets enter what they have moved: a *ledger.Ledger, which says what
// its methods do.
type Ledger interface {
	Enter(t ledger.Transfer, w ledger.Waiter, batch *ilp.ReadBatch)
	State(now int64) ledger.State
}

// The causes of packets that are refused because of the ledger.
const (
	causeLedgerBusy   engine.Reason = "ledger_busy"   // money waits too long to be written
	causeLedgerFailed engine.Reason = "ledger_failed" // money can no longer be written
)

// durableOut parks the Fulfill of a packet until both balances that it moves are durable.
// In the outgoing chain it stands behind deduplicate, so each packet is entered once and
// duplicates are answered later, and before the balance of the account that fulfilled.
type durableOut struct {
	ledger  Ledger
	account *account.Account
}

// Prepare refuses money that could not be written in time. Its Fulfill would reach the
// sender after the packet has expired, and we would owe the next account all the same.
func (d *durableOut) Prepare(p *engine.Packet) engine.Verdict {
	if p.Incoming() == 0 && p.Outgoing() == 0 {
		return engine.Pass
	}
	switch d.ledger.State(p.Arrived().Steady) {
	case ledger.Busy:
		return p.RefuseFor(causeLedgerBusy, ilp.Failure{Code: ilp.T03, Message: "connector is busy."})
	case ledger.Failed:
		return p.RefuseFor(causeLedgerFailed, ilp.Failure{Code: ilp.T00, Message: "internal error."})
	}
	return engine.Pass
}

// Reply parks the answer if it moves money.
func (d *durableOut) Reply(p *engine.Packet) engine.Verdict {
	if !p.Reply().Fulfilled() || p.Incoming() == 0 && p.Outgoing() == 0 {
		return engine.Pass
	}
	p.Note(isWritten, isWritten)
	p.Commit()
	transfer := transferOf(p, d.account)
	batch := p.Reply().Batch
	verdict := p.Park()
	d.ledger.Enter(transfer, (*waiting)(p), batch)
	return verdict // the packet may already be recycled
}

// transferOf returns what a packet moves on to an account.
func transferOf(p *engine.Packet, to *account.Account) ledger.Transfer {
	return ledger.Transfer{From: p.From(), To: to, In: p.Incoming(), Out: p.Outgoing(), AtMid: p.AtMid(), Changes: ledger.ChangesOf(p.Reply(), p.Up(), p.Receipt())}
}

// durableIn does the same in the incoming chain, for a Fulfill that did not come from
// another account: that of a duplicate, or our own.
type durableIn struct{ ledger Ledger }

// Prepare passes: where the packet goes is where it matters.
func (durableIn) Prepare(*engine.Packet) engine.Verdict { return engine.Pass }

// Reply parks the answer if it moves money and durableOut has not parked it.
func (d durableIn) Reply(p *engine.Packet) engine.Verdict {
	if !p.Reply().Fulfilled() || p.Incoming() == 0 || p.Noted(isWritten) != nil {
		return engine.Pass
	}
	batch, changes := p.Reply().Batch, ledger.ChangesOf(p.Reply(), p.Up(), nil)
	verdict := p.Park()
	d.ledger.Enter(ledger.Transfer{From: p.From(), In: p.Incoming(), Changes: changes}, (*waiting)(p), batch)
	return verdict
}

// isWritten is the note on a packet whose answer has been parked.
var isWritten any = new(byte)

// waiting is a packet whose answer is parked.
type waiting engine.Packet

// Written lets the answer go on. After an error, the ledger may or may not have the money,
// so the Fulfill is replaced by T00. Otherwise the sender would hold us to a payment that we
// may have forgotten. We owe the next account all the same.
func (w *waiting) Written(batch *ilp.ReadBatch, err error) {
	p := (*engine.Packet)(w)
	if err != nil {
		p.ResolveReceipt(unwritten(err))
		p.Note(isWritten, nil) // should a middleware fulfill the packet after all
		reply := ilp.Fail(ilp.T00, "internal error.")
		reply.Batch = batch
		p.ResumeFor(causeLedgerFailed, reply)
		return
	}
	p.ResolveReceipt(ilp.Counted)
	p.ResumeReply(batch)
}

// unwritten returns what has become of a Fulfill that was not written. A balance that would
// overflow is left out of what is written.
func unwritten(err error) ilp.Outcome {
	if errors.Is(err, ledger.ErrOverflow) {
		return ilp.Void
	}
	return ilp.Unknown
}

var (
	_ engine.Middleware = (*durableOut)(nil)
	_ engine.Middleware = durableIn{}
	_ ledger.Waiter     = (*waiting)(nil)
)
