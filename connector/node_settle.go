package connector

import (
	"context"
	"errors"

	"github.com/ilp-go/connector/audit"
	"github.com/ilp-go/connector/settle"
	"github.com/ilp-go/connector/store"
)

// Settlements returns those that are remembered, latest first, and then the open ones of
// accounts that do not settle now: of the accounts named, or of all.
func (n node) Settlements(accountIDs ...string) []settle.Settlement {
	return append(n.payer.History(accountIDs...), n.formerSettlements(accountIDs...)...)
}

// Receipts returns the latest payments of a counterparty, latest first, at most max of them.
func (n node) Receipts(accountID string, max int) ([]settle.Credit, error) {
	if !n.life.has(loaded) {
		return nil, errNotLoaded
	}
	return n.receiver.Receipts(accountID, max)
}

// Leftovers returns what counterparties have paid that is less than a unit of their account.
func (n node) Leftovers() ([]settle.Leftover, error) {
	if !n.life.has(loaded) {
		return nil, errNotLoaded
	}
	return n.receiver.Leftovers()
}

// errNotLoaded says that the store is not open yet.
var errNotLoaded = errors.New("the balances are not loaded yet")

// SettleNow begins to settle all that an account owes.
func (n node) SettleNow(accountID string) error {
	n.settleByHand(accountID)
	return n.payer.SettleNow(accountID)
}

// WriteOff takes what an account owes off its balance, although nothing pays it.
func (n node) WriteOff(change audit.Change) error {
	l, err := n.Audit()
	if err != nil {
		return err
	}
	n.settleByHand(change.Account)
	return l.Write(change, func(note *audit.Note) error {
		return n.payer.WriteOff(change.Account, func(s settle.Settlement) store.Batch {
			note.Detail("settlement", s.ID)
			note.Detail("amount", s.Amount.String())
			return note.Batch()
		})
	})
}

// ResolveSettlement ends a settlement whose outcome is unknown.
func (n node) ResolveSettlement(ctx context.Context, accountID, id string, paid bool) error {
	err := n.payer.Resolve(ctx, accountID, id, paid)
	if errors.Is(err, settle.ErrNoAccount) {
		return n.resolveFormer(ctx, accountID, id, paid)
	}
	return err
}
