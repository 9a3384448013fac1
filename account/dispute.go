package account

import "sync/atomic"

// Dispute says whether an account has refused packets because of its balance, and has
// fulfilled others since. The data path calls Refuse and Fulfill, which take no lock. A slow
// timer calls Tick. So an account that fulfills some packets and refuses others ends no
// alert, and costs nothing but an atomic word.
//
//	            Fulfill            Tick                Tick
//	Disputed ─────────────> Paid ─────────> Trusted ─────────> Over
//	   ^                      │                │                │
//	   └──────────────────────┴──── Refuse ────┴────────────────┘
//
// The zero value is Disputed, because a former run may have raised an alert.
type Dispute struct{ state atomic.Uint32 }

const (
	disputed uint32 = iota // it has refused a packet, and fulfilled none since
	paid                   // it has fulfilled a packet since
	trusted                // it has refused none for a whole period of the timer
	over                   // the timer knows
)

// Refuse notes that the account has refused a packet because of its balance.
func (d *Dispute) Refuse() { d.state.Store(disputed) }

// Fulfill notes that the account has fulfilled a packet of value.
func (d *Dispute) Fulfill() {
	if d.state.Load() == disputed {
		d.state.CompareAndSwap(disputed, paid)
	}
}

// Tick reports once that the dispute is over. Call it at regular times.
func (d *Dispute) Tick() (ended bool) {
	return !d.state.CompareAndSwap(paid, trusted) && d.state.CompareAndSwap(trusted, over)
}
