package engine

import (
	"errors"

	"github.com/ilp-go/connector/ilp"
)

// ErrReserved says that a middleware wanted to send another amount than the balance of the next
// account has reserved.
var ErrReserved = errors.New("amount was changed after it was reserved.") //nolint:staticcheck // a message to peers, which end so

// Former is what Packet.Replace has replaced.
type Former struct {
	incoming, outgoing uint64
	until, deadline    int64
	expiry             int64
	condition          [ilp.ConditionBytes]byte
}

// Replace puts a copy of the Prepare that b begins with in the place of the packet's. The middlewares
// that follow see it, and account for it. When the answer comes back, the caller must give what Replace
// returns to Restore, so that the middlewares before it see what they have seen. Call it only while the
// Prepare is parked.
//
// counted says that the balance in this chain stands before the caller and has counted the amount. Then
// Incoming stays what the account is charged, and only what is sent on changes. An outgoing amount
// cannot change any more: ErrReserved. An expiry can only become earlier, since the Fulfill would come
// too late for the account that the packet is from; a later one is ignored. After an error, which may be
// one of ParsePrepare, the packet is as it was.
func (p *Packet) Replace(b []byte, counted bool) (Former, error) {
	former := Former{p.incoming, p.outgoing, p.until, p.deadline, p.expiry, p.condition}
	buf := append([]byte(nil), b...)
	prepare, err := ilp.ParsePrepare(buf)
	if err != nil {
		return former, err
	}
	if counted && p.to != nil && prepare.Amount() != p.outgoing {
		return former, ErrReserved
	}
	if before := p.prepare.Expiry(); prepare.Expiry() > before {
		prepare.SetExpiry(before)
	}
	switch deadline := p.arrived.Deadline(prepare.Expiry()); {
	case p.to != nil:
		p.outgoing = prepare.Amount()
		p.expiry, p.deadline = prepare.Expiry(), min(p.deadline, deadline)
	default:
		p.until = min(p.until, deadline)
		if !counted {
			p.incoming = prepare.Amount()
		}
	}
	copy(p.condition[:], prepare.Condition())
	prepare.Batch = p.prepare.Batch
	p.prepare, p.prepareBuf = prepare, buf
	return former, nil
}

// Restore undoes Replace for the middlewares that stand before the caller. Call it when the answer is
// back, in Reply or while it is parked, or before the parked Prepare is answered.
func (p *Packet) Restore(f Former) {
	p.incoming, p.outgoing, p.until = f.incoming, f.outgoing, f.until
	p.deadline, p.expiry, p.condition = f.deadline, f.expiry, f.condition
}
