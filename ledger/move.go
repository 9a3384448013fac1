package ledger

import (
	"errors"
	"fmt"

	"github.com/ilp-go/connector/account"
	"github.com/ilp-go/connector/account/balance"
	"github.com/ilp-go/connector/store"
)

// Why a balance cannot be moved. ErrNoBalance says that there is nothing to move.
var (
	// ErrHeld says that an account has the balance.
	ErrHeld = errors.New("an account has the balance")
	// ErrNoTarget says that no account with a balance has the id to move it to.
	ErrNoTarget = errors.New("no account with a balance has that id")
	// ErrOtherUnit says that the balances are not in the same asset and scale.
	ErrOtherUnit = errors.New("the balances are not in the same asset and scale")
	// ErrUnderWay says that packets or settlements of the balance have not ended.
	ErrUnderWay = errors.New("packets or settlements of the balance are under way")
)

// Move moves the whole balance that is kept under an id, and that no account has, to an
// account, in memory and in the store. What changes returns is written in the same durable
// step. The caller keeps accounts from being added or removed meanwhile, and knows that no
// settlement of the balance is open, and none has moved the account's in memory alone. The limits of the account do not matter, because the
// debt is there wherever it is kept.
//
// Nothing has changed after an error, unless the error says that the write failed.
func (l *Ledger) Move(from, to string, changes func(moved, before, after balance.Amount) store.Batch) error {
	x, a, err := l.movable(from, to)
	if err != nil {
		return err
	}
	if err := l.Apply(nil); err != nil { // what was entered is posted
		return err
	}
	moved := x.Posted()
	back, fits := moved.Neg()
	before := a.Balance.Snapshot()
	after, fits2 := before.Posted.Add(moved)
	_, fits3 := before.Highest().Add(moved)
	_, fits4 := before.Lowest().Add(moved)
	switch {
	case moved.Sign() == 0:
		return ErrNoBalance
	case !fits || !fits2 || !fits3 || !fits4:
		return balance.ErrOutOfRange
	}
	if err := l.submit(entry{from: x, to: l.of(a), delta: back, moves: true, changes: changes(moved, before.Posted, after)}); err != nil {
		return err
	}
	if x.balance != nil {
		err = x.balance.Unadjust(moved)
	}
	return errors.Join(err, a.Balance.Unadjust(back))
}

// movable returns the balance to move and the account to move it to.
func (l *Ledger) movable(from, to string) (x *Account, a *account.Account, err error) {
	x, a = l.Lookup(from), l.Find(to)
	y := l.of(a)
	switch {
	case x == nil || l.Volatile:
		return nil, nil, fmt.Errorf("%s: %w", from, ErrNoBalance)
	case l.held(x):
		return nil, nil, fmt.Errorf("%s: %w", from, ErrHeld)
	case y == nil:
		return nil, nil, fmt.Errorf("%s: %w", to, ErrNoTarget)
	case x.Asset != y.Asset || x.Scale != y.Scale:
		return nil, nil, fmt.Errorf("%s is in %s, %s in %s: %w", from, x.Unit(), to, y.Unit(), ErrOtherUnit)
	case x.pending():
		return nil, nil, fmt.Errorf("%s: %w", from, ErrUnderWay)
	}
	return x, a, nil
}
