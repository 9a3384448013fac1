package ledger

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/ilp-go/connector/account/balance"
	"github.com/ilp-go/connector/store"
)

// Target is the posted balance that an account is to have.
type Target struct {
	AccountID string
	Posted    balance.Amount
}

// Refusal says why the balance of an account cannot be set.
type Refusal struct {
	AccountID string
	Err       error
}

// SetError is the error of a Set that changes nothing. It has every refusal.
type SetError []Refusal

// Error returns all refusals, for developers: programs look at the list.
func (e SetError) Error() string {
	texts := make([]string, len(e))
	for i, r := range e {
		texts[i] = fmt.Sprintf("%s: %v", r.AccountID, r.Err)
	}
	return strings.Join(texts, "; ")
}

// Set sets the posted balances of accounts, in memory and in the store: all of them, or
// none. It sorts targets by account id, and an id may come only once. What changes returns
// for the posted balances of before is written in the same durable step. The caller keeps
// accounts from being added or removed meanwhile, and knows that no settlement has moved a
// balance in memory alone.
//
// The error is a SetError, with ErrNoBalance or an error of balance.Set for each account, or
// says that the write failed.
func (l *Ledger) Set(targets []Target, allow balance.Allow, changes func(before []balance.Amount) store.Batch) error {
	settings, err := l.settings(targets)
	if err != nil {
		return err
	}
	before, refused := balance.Set(settings, allow)
	if refused != nil {
		return setError(targets, refused)
	}
	batch := changes(before)
	if l.Volatile {
		err = l.store.Apply(batch)
	} else {
		err = l.submit(entry{also: l.parts(targets, before), changes: batch})
	}
	if err == nil {
		return nil
	}
	for i, s := range settings {
		err = errors.Join(err, s.Balance.Unadjust(difference(targets[i], before[i])))
	}
	return fmt.Errorf("the balances were set back in memory, because the write failed: %w; after a restart, check whether the store has them", err)
}

// TrySet returns what Set would find, and changes nothing: the posted balances now, or its
// SetError.
func (l *Ledger) TrySet(targets []Target, allow balance.Allow) (before []balance.Amount, err error) {
	settings, err := l.settings(targets)
	if err != nil {
		return nil, err
	}
	before, refused := balance.Try(settings, allow)
	if refused != nil {
		return nil, setError(targets, refused)
	}
	return before, nil
}

// settings sorts targets, and returns them with their balances.
func (l *Ledger) settings(targets []Target) ([]balance.Setting, error) {
	slices.SortFunc(targets, func(a, b Target) int { return cmp.Compare(a.AccountID, b.AccountID) })
	settings := make([]balance.Setting, len(targets))
	var missing SetError
	for i, t := range targets {
		a := l.Find(t.AccountID)
		switch {
		case i > 0 && t.AccountID == targets[i-1].AccountID:
			panic("ledger: account " + t.AccountID + " is set twice")
		case a == nil || a.Balance == nil:
			missing = append(missing, Refusal{t.AccountID, ErrNoBalance})
		default:
			settings[i] = balance.Setting{Balance: a.Balance, Posted: t.Posted}
		}
	}
	if missing != nil {
		return nil, missing
	}
	return settings, nil
}

// setError returns the error of targets of which some are refused.
func setError(targets []Target, refused []error) (e SetError) {
	for i, err := range refused {
		if err != nil {
			e = append(e, Refusal{targets[i].AccountID, err})
		}
	}
	return e
}

// part is what an entry adds to a further balance.
type part struct {
	account *Account
	delta   balance.Amount
}

// parts returns what the store must add.
func (l *Ledger) parts(targets []Target, before []balance.Amount) []part {
	parts := make([]part, len(targets))
	for i, t := range targets {
		parts[i] = part{l.of(l.Find(t.AccountID)), difference(t, before[i])}
	}
	return parts
}

// difference returns what sets a balance to its target. It fits, as balance.Set has checked.
func difference(t Target, before balance.Amount) balance.Amount {
	diff, _ := t.Posted.Sub(before)
	return diff
}

var _ error = SetError(nil)
