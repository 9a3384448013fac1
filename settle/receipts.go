package settle

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/ilp-go/connector/account"
	"github.com/ilp-go/connector/account/balance"
)

// Receipts are the latest receipts of an account, latest first, at most max of them. It
// may read the store.
func (c *Receiver) Receipts(accountID string, max int) ([]Credit, error) {
	a := c.Find(accountID)
	if a == nil {
		return nil, ErrNoAccount
	}
	d := c.drawer(accountID)
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.load(c.Store, a.AssetCode); err != nil {
		return nil, fmt.Errorf("receipts of account %q: %w", accountID, err)
	}
	return d.latest(max), nil
}

// Leftovers are what counterparties have paid that is less than a unit of their account,
// also in assets that the account does not have any more, in the order of account ids and
// assets. It reads the store.
func (c *Receiver) Leftovers() ([]Leftover, error) {
	var all []Leftover
	err := c.Store.Load(leftovers, func(key string, value []byte) error {
		l, err := readLeftover(key, value)
		if _, _, named := cutLeftoverKey(key); !named {
			if a := c.Find(l.AccountID); a != nil {
				l.Asset = a.AssetCode
			}
		}
		all = append(all, l)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("leftovers: %w", err)
	}
	slices.SortStableFunc(all, func(a, b Leftover) int {
		return cmp.Or(cmp.Compare(a.AccountID, b.AccountID), cmp.Compare(a.Asset, b.Asset))
	})
	return all, nil
}

// Remove waits until no receipt of an account is being credited, and lets go of what is
// in memory of it. Call it once Find does not have the account any more, and before
// another account of that id is added: so no receipt that found this one is credited to
// one with another asset. What an earlier version left over is given its asset now, as
// long as that is known. The error says that this cannot be written.
func (c *Receiver) Remove(a *account.Account) error {
	d := c.drawer(a.ID)
	d.mu.Lock()
	defer d.mu.Unlock()
	moved, err := d.moved, error(nil)
	if !d.loaded {
		_, moved, err = loadLeftovers(c.Store, a.ID, a.AssetCode)
	}
	d.loaded, d.byID, d.order, d.rests, d.moved = false, nil, nil, nil, nil
	if err == nil && moved != nil {
		err = c.Ledger.Record(a.ID, balance.Amount{}, moved)
	}
	if err != nil {
		return fmt.Errorf("leftovers of account %q: %w", a.ID, err)
	}
	return nil
}
