package balance

import (
	"fmt"
	"sync"
)

// Balance is the money between us and the counterparty of one account. Its
// methods are safe for concurrent use. Each holds the lock for a few instructions,
// and none allocates except for the errors of Adjust.
//
// Every method of a first phase checks that Highest or Lowest, whichever it moves,
// still fits an Amount. The methods of the second phase move amounts that lie
// between Lowest and Highest, so they cannot overflow and cannot fail. To end more
// than was begun is a programming error, and panics. The pending amounts of packets
// cannot overflow: that would take 2^63 of the largest packets in flight.
type Balance struct {
	mu    sync.Mutex
	state State
}

// New returns a Balance of zero within limits.
func New(limits Limits) *Balance {
	return &Balance{state: State{Limits: limits}}
}

// Restore sets the posted balance that a store holds. It is for loading an account
// before its first use, and panics if the balance is already in use. It ignores the
// limits, which may have changed since.
func (b *Balance) Restore(posted Amount) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.state != (State{Limits: b.state.Limits}) {
		panic("balance: restore of a balance already in use")
	}
	b.state.Posted = posted
}

// Hold holds the amount of an incoming Prepare: amount becomes pending until Post or Void. It
// refuses, and changes nothing, if that could lift the balance above the
// maximum (T04 to the sender) or beyond an Amount. Settlements under way count,
// or they and the packet could pass the maximum together. A zero amount
// is never refused, even above the maximum, as in the reference.
func (b *Balance) Hold(amount uint64) bool {
	if amount == 0 {
		return true
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	highest, fits := b.state.Highest().Add(FromUint64(amount))
	if !fits || b.state.Maximum.Cmp(highest) < 0 {
		return false
	}
	b.state.PendingIn = b.state.PendingIn.plus(FromUint64(amount))
	return true
}

// Post ends a Hold whose Prepare was fulfilled: the counterparty owes us amount
// more. It panics if less is held.
func (b *Balance) Post(amount uint64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.state.PendingIn = take("post", FromUint64(amount), b.state.PendingIn)
	b.state.Posted = b.state.Posted.plus(FromUint64(amount))
}

// Void ends a Hold whose Prepare was rejected or timed out. It panics if less is
// held.
func (b *Balance) Void(amount uint64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.state.PendingIn = take("void", FromUint64(amount), b.state.PendingIn)
}

// Reserve makes room for an outgoing Prepare before it is sent: amount becomes
// pending until Owe or Free. It refuses, and changes nothing, if that could
// lower the balance below the minimum (T04 to the sender) or beyond an Amount.
// So a Fulfill of the counterparty never finds us unable to owe. A zero amount
// is never refused, even below the minimum, as in the reference.
func (b *Balance) Reserve(amount uint64) bool {
	if amount == 0 {
		return true
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	lowest, fits := b.state.Lowest().Sub(FromUint64(amount))
	if !fits || b.state.Minimum.Cmp(lowest) > 0 {
		return false
	}
	b.state.PendingOut = b.state.PendingOut.plus(FromUint64(amount))
	return true
}

// Owe ends a Reserve whose Prepare was fulfilled: we owe the counterparty amount
// more. It panics if less is reserved.
func (b *Balance) Owe(amount uint64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.state.PendingOut = take("owe", FromUint64(amount), b.state.PendingOut)
	b.state.Posted = b.state.Posted.minus(FromUint64(amount))
}

// Free ends a Reserve whose Prepare was rejected, timed out or never left. It
// panics if less is reserved.
func (b *Balance) Free(amount uint64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.state.PendingOut = take("free", FromUint64(amount), b.state.PendingOut)
}

// SetLimits replaces both limits. Pending amounts stay, even where the new limits
// would have refused them.
func (b *Balance) SetLimits(limits Limits) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.state.Limits = limits
}

// Snapshot returns all parts at one moment.
func (b *Balance) Snapshot() State {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.state
}

// take returns pending less amount. It panics if amount is negative or more than is
// pending: then an answer was counted twice or belongs to no packet, and to go on would
// create money.
func take(verb string, amount, pending Amount) Amount {
	if amount.Sign() < 0 || amount.Cmp(pending) > 0 {
		panic(fmt.Sprintf("balance: %s of %s, but %s is pending", verb, amount, pending))
	}
	return pending.minus(amount)
}
