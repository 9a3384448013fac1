package middleware

import (
	"github.com/ilp-go/connector/account"
	"github.com/ilp-go/connector/engine"
	"github.com/ilp-go/connector/ilp"
)

// The causes of packets that are refused because of a balance.
const (
	CauseMaximum = "maximum_balance" // of the account that the packet comes from
	CauseMinimum = "minimum_balance" // of the account that it would go to
)

// balanceIn keeps the balance of the account that packets come from: an amount is
// held while the packet is under way, and owed to us once it is fulfilled.
type balanceIn struct {
	account *account.Account
	payer   Payer
}

// Prepare holds the amount.
func (b *balanceIn) Prepare(p *engine.Packet) engine.Verdict {
	if !b.account.Balance.Hold(p.Incoming()) {
		return p.RefuseFor(b, ilp.Failure{Code: ilp.T04, Message: "exceeded maximum balance."})
	}
	return engine.Pass
}

// Name returns the cause of its refusals.
func (*balanceIn) Name() string { return CauseMaximum }

// Room returns the maximum and what the account may still send.
func (b *balanceIn) Room() (limit, headroom string) {
	state := b.account.Balance.Snapshot()
	return state.Maximum.String(), state.RoomIn().String()
}

// Reply posts it or voids it.
func (b *balanceIn) Reply(p *engine.Packet) engine.Verdict {
	amount := p.Incoming()
	if amount == 0 {
		return engine.Pass
	}
	result := account.ResultOf(p.Reply())
	if result == account.Fulfilled {
		b.account.Balance.Post(amount)
	} else {
		b.account.Balance.Void(amount)
		consider(b.payer, b.account)
	}
	b.account.Counters.IncomingValue.Add(result, amount)
	return engine.Pass
}

// balanceOut keeps the balance of the account that packets go to: an amount is
// reserved before the packet is sent, and owed by us once it is fulfilled.
type balanceOut struct {
	account *account.Account
	payer   Payer
}

// Prepare reserves the amount.
func (b *balanceOut) Prepare(p *engine.Packet) engine.Verdict {
	if !b.account.Balance.Reserve(p.Outgoing()) {
		return p.RefuseFor(b, ilp.Failure{Code: ilp.T04, Message: "exceeded minimum balance."})
	}
	return engine.Pass
}

// Name returns the cause of its refusals.
func (*balanceOut) Name() string { return CauseMinimum }

// Room returns the minimum and what may still be sent to the account.
func (b *balanceOut) Room() (limit, headroom string) {
	state := b.account.Balance.Snapshot()
	return state.Minimum.String(), state.RoomOut().String()
}

// Reply owes it or frees it.
func (b *balanceOut) Reply(p *engine.Packet) engine.Verdict {
	amount := p.Outgoing()
	if amount == 0 {
		return engine.Pass
	}
	result := account.ResultOf(p.Reply())
	if result == account.Fulfilled {
		p.Commit()
		b.account.Balance.Owe(amount)
		consider(b.payer, b.account)
	} else {
		b.account.Balance.Free(amount)
	}
	b.account.Counters.OutgoingValue.Add(result, amount)
	return engine.Pass
}

// consider asks for a settlement where the balance has fallen.
func consider(p Payer, a *account.Account) {
	if p != nil && a.Settle != nil {
		p.Consider(a)
	}
}

var (
	_ engine.Middleware = (*balanceIn)(nil)
	_ engine.Middleware = (*balanceOut)(nil)
)
