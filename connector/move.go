package connector

import (
	"errors"
	"fmt"

	"github.com/ilp-go/connector/account/balance"
	"github.com/ilp-go/connector/admin"
	"github.com/ilp-go/connector/audit"
	"github.com/ilp-go/connector/ledger"
	"github.com/ilp-go/connector/store"
)

// MoveBalance moves the balance that is stored under an id, and that no account has, to the
// account that the change names. It settles what that makes due.
func (n node) MoveBalance(change audit.Change, from string) error {
	l, err := n.Audit()
	if err != nil {
		return err
	}
	n.adding.Lock() // no account comes or goes meanwhile
	defer n.adding.Unlock()
	to := change.Account
	err = l.Write(change, func(note *audit.Note) error {
		if err := n.openSettlement(n.ledger.Lookup(from)); err != nil { // its end will move the balance
			return admin.Conflict(fmt.Sprintf("the balance of %s is not moved: %v", from, err))
		}
		return cannotMove(from, to, n.payer.Edit(func() error {
			return n.ledger.Move(from, to, func(moved, before, after balance.Amount) store.Batch {
				note.Detail("amount", moved.String())
				note.Detail(audit.PostedBefore, before.String())
				note.Detail(audit.PostedAfter, after.String())
				return note.Batch()
			})
		}, to))
	})
	if err != nil {
		return err
	}
	n.checkFormer(from)
	if a := n.registry.Find(to); a != nil {
		n.payer.Consider(a)
	}
	return nil
}

// cannotMove returns what an operator should do about an error of Ledger.Move.
func cannotMove(from, to string, err error) error {
	var why string
	switch {
	case err == nil:
		return nil
	case errors.Is(err, ledger.ErrNoBalance):
		why = fmt.Sprintf("no balance that could be moved is stored under %s; 'ilp-connector balance' lists those that could", from)
	case errors.Is(err, ledger.ErrNoTarget):
		why = fmt.Sprintf("%s is not an account with a balance: configure it first", to)
	case errors.Is(err, ledger.ErrHeld):
		why = fmt.Sprintf("account %s is configured and has its balance: take it out of the configuration first, "+
			"or edit both balances with 'ilp-connector balance adjust'", from)
	case errors.Is(err, ledger.ErrOtherUnit):
		why = fmt.Sprintf("%v: give account %s that asset and scale, or another id", err, to)
	case errors.Is(err, ledger.ErrUnderWay):
		why = fmt.Sprintf("packets or settlements of %s are under way: try again when they have ended", from)
	case errors.Is(err, balance.ErrOutOfRange):
		why = fmt.Sprintf("the balance of %s would be out of range", to)
	default:
		return err
	}
	return admin.Conflict("the balance is not moved: " + why)
}
