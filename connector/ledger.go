package connector

import (
	"fmt"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/ilp-go/connector/account"
	"github.com/ilp-go/connector/account/balance"
	"github.com/ilp-go/connector/books"
	"github.com/ilp-go/connector/engine/middleware"
	"github.com/ilp-go/connector/ilp"
)

// ledger is the balances of all accounts there are and were. An account id has one
// balance, whoever holds it: an account that is removed and added again goes on with the
// one it had, and so do the packets that are still under way. With a durable store each
// balance has a line in the books.
type ledger struct {
	books atomic.Pointer[books.Books]   // nil until they are open, or if the store forgets
	lines atomic.Pointer[[]*books.Line] // by account.Line, from 1 on; a line stays where it is

	mu       sync.Mutex // guards accounts and changes of lines
	accounts map[string]*holding
}

// holding is the balance of an account id in one unit.
type holding struct {
	asset   string
	scale   uint8
	balance *balance.Balance
	line    uint32 // 0 for none
}

func newLedger() *ledger {
	l := &ledger{accounts: make(map[string]*holding)}
	l.lines.Store(&[]*books.Line{nil})
	return l
}

// Enter writes down what a packet has moved.
func (l *ledger) Enter(from, to *account.Account, in, out uint64, w middleware.Waiter, batch *ilp.ReadBatch) {
	l.books.Load().Enter(l.line(from), l.line(to), in, out, w, batch)
}

// State returns whether new money can be taken at a steady time.
func (l *ledger) State(now int64) middleware.LedgerState {
	b := l.books.Load()
	switch {
	case b == nil || b.Err() != nil:
		return middleware.LedgerFailed
	case b.Lags(now):
		return middleware.LedgerBusy
	}
	return middleware.LedgerOpen
}

// line returns the line of an account, nil if it has none.
func (l *ledger) line(a *account.Account) *books.Line {
	if a == nil {
		return nil
	}
	return (*l.lines.Load())[a.Line]
}

// lineOf returns the line that settlements of an account move, nil if there is none. An
// account that is just gone is nil: then it is the line that the last one of that id had.
//
// An account may have no balance now and yet a line in its unit, of the time before: money
// that was owed then and is paid now moves that. behind is the Balance in memory that must
// follow, which the account does not have, nil if there is none.
func (l *ledger) lineOf(a *account.Account, id string) (line *books.Line, behind *balance.Balance) {
	if a != nil && a.Line != 0 {
		return l.line(a), nil
	}
	h := l.find(id)
	switch {
	case a == nil && h != nil:
		return (*l.lines.Load())[h.line], nil
	case a == nil:
		return nil, nil
	case h != nil && h.asset == a.AssetCode && h.scale == a.AssetScale:
		return (*l.lines.Load())[h.line], h.balance
	case h != nil:
		return nil, nil
	}
	line = l.books.Load().Find(id)
	if line != nil && (line.Asset != a.AssetCode || line.Scale != a.AssetScale) {
		line = nil
	}
	return line, nil
}

// attach gives an account its balance: the one that its id has, or what the store has
// kept, or 0. It is called before the account's first packet and before it is in the
// registry, but for accounts that were there before the store was open.
//
// The unit of an account may change while its balance is 0 and nothing is under way.
func (l *ledger) attach(a *account.Account) error {
	if a.Balance == nil {
		return nil
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	h := l.accounts[a.ID]
	if h != nil && h.asset == a.AssetCode && h.scale == a.AssetScale {
		h.balance.SetLimits(*a.Limits)
		a.Balance, a.Line = h.balance, h.line
		return nil
	}
	if h != nil {
		if err := h.idle(a.ID); err != nil {
			return err
		}
	}
	h = &holding{asset: a.AssetCode, scale: a.AssetScale, balance: a.Balance}
	if b := l.books.Load(); b != nil {
		line, err := b.Line(a)
		if err != nil {
			return err
		}
		a.Balance.Restore(line.Posted())
		h.line = l.addLocked(line)
		a.Line = h.line
	}
	l.accounts[a.ID] = h
	return nil
}

// idle returns why another balance cannot take the place of this one, nil if it can.
func (h *holding) idle(id string) error {
	s := h.balance.Snapshot()
	if s.Posted.Sign() != 0 {
		return &books.UnitError{AccountID: id, Posted: s.Posted, Kept: unit(h.asset, h.scale), Configured: "another asset or scale"}
	}
	if s.PendingIn.Sign() != 0 || s.PendingOut.Sign() != 0 || s.Settling.Sign() != 0 {
		return fmt.Errorf("account %s: packets or settlements in %s are still under way: wait until they have ended to change its asset or scale",
			id, unit(h.asset, h.scale))
	}
	return nil
}

func unit(asset string, scale uint8) string { return fmt.Sprintf("%s with scale %d", asset, scale) }

// addLocked gives a line its number.
func (l *ledger) addLocked(line *books.Line) uint32 {
	longer := append(slices.Clone(*l.lines.Load()), line)
	l.lines.Store(&longer)
	return uint32(len(longer) - 1)
}

// find returns the holding of an account id, nil if there is none.
func (l *ledger) find(id string) *holding {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.accounts[id]
}

var _ middleware.Ledger = (*ledger)(nil)
