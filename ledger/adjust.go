package ledger

import (
	"errors"
	"fmt"

	"github.com/ilp-go/connector/account"
	"github.com/ilp-go/connector/account/balance"
	"github.com/ilp-go/connector/store"
)

// ErrNoBalance says that there is no balance to adjust.
var ErrNoBalance = errors.New("no balance is kept for the account")

// Changes returns what to write together with a posted balance, which moves from before to
// after.
type Changes func(before, after balance.Amount) store.Batch

// Adjust moves a balance by diff for an operator, in memory and in the store, or changes
// nothing. What changes returns is written in the same durable step. The caller keeps
// accounts of that id from being added or removed meanwhile, and knows that no settlement
// has moved the balance in memory alone.
//
// The error is one of balance.Balance.Adjust if the balance cannot be moved, ErrNoBalance
// if there is none, or says that the write failed.
func (l *Ledger) Adjust(accountID string, diff balance.Amount, changes Changes) error {
	return l.edit(accountID, diff, changes, (*balance.Balance).Adjust)
}

// Void moves a balance back by a Fulfill that was booked and does not count, as Adjust does. amount is
// what the account owed for it. No limit of the balance refuses it: the money never was ours.
func (l *Ledger) Void(accountID string, amount uint64, changes Changes) error {
	diff, _ := balance.FromUint64(amount).Neg() // fits: it is above the lowest
	return l.edit(accountID, diff, changes, func(b *balance.Balance, _ balance.Amount) error {
		return b.Unadjust(balance.FromUint64(amount))
	})
}

// edit moves a balance by diff, in memory with move.
func (l *Ledger) edit(accountID string, diff balance.Amount, changes Changes, move func(*balance.Balance, balance.Amount) error) error {
	if a := l.Find(accountID); a != nil && a.Balance != nil {
		return l.adjust(a, diff, changes, move)
	}
	if x := l.Lookup(accountID); x != nil && !l.Volatile {
		return l.adjustFormer(x, diff, changes)
	}
	return ErrNoBalance
}

// adjust adjusts the balance of an account that there is.
func (l *Ledger) adjust(a *account.Account, diff balance.Amount, changes Changes, move func(*balance.Balance, balance.Amount) error) error {
	if err := move(a.Balance, diff); err != nil {
		return err
	}
	after := a.Balance.Snapshot().Posted
	before, _ := after.Sub(diff) // fits: it was the balance a moment ago
	batch := changes(before, after)
	var err error
	if l.Volatile {
		err = l.store.Apply(batch)
	} else {
		err = l.record(l.of(a), diff, batch)
	}
	if err != nil {
		err = errors.Join(err, a.Balance.Unadjust(diff))
		return fmt.Errorf("the edit was undone in memory, because the write failed: %w; after a restart, check whether the store has it", err)
	}
	return nil
}

// adjustFormer adjusts a balance that no account has. The next account of its id goes on
// with it.
func (l *Ledger) adjustFormer(x *Account, diff balance.Amount, changes Changes) error {
	before := x.Posted()
	after, fits := before.Add(diff)
	if !fits {
		return balance.ErrOutOfRange
	}
	if err := l.record(x, diff, changes(before, after)); err != nil {
		return err
	}
	if x.balance == nil {
		return nil
	}
	back, _ := diff.Neg()
	return x.balance.Unadjust(back)
}
