package connector

import (
	"errors"
	"sync"

	"github.com/ilp-go/connector/account/balance"
	"github.com/ilp-go/connector/admin"
	"github.com/ilp-go/connector/audit"
	"github.com/ilp-go/connector/store"
)

// audits opens the log of changes when it is first asked for.
type audits struct {
	mu  sync.Mutex
	log *audit.Log
}

// Audit returns the log of changes, or admin.ErrNotOpen until the store has been read, and
// after Run. The log has what operators change by the admin API, and what the program
// changes by AddAccount and RemoveAccount while the connector runs.
func (c *Connector) Audit() (*audit.Log, error) {
	if !c.life.has(loaded) || c.life.has(stopped) {
		return nil, admin.ErrNotOpen
	}
	c.audits.mu.Lock()
	defer c.audits.mu.Unlock()
	if c.audits.log == nil {
		l, err := audit.Open(audit.Options{Ledger: c.ledger, Log: c.log})
		if err != nil {
			return nil, err
		}
		c.audits.log = l
	}
	return c.audits.log, nil
}

// audited makes a change for the program that embeds us, and writes it to the audit log.
// Before the store has been read, it counts as a part of the configuration and is not
// written.
func (c *Connector) audited(what audit.What, accountID string, do func() error) error {
	l, err := c.Audit()
	switch {
	case errors.Is(err, admin.ErrNotOpen):
		return do()
	case err != nil:
		return err
	}
	return l.Do(audit.Change{What: what, Account: accountID}, do)
}

// AdjustBalance edits a balance, and settles what the edit makes due.
func (n node) AdjustBalance(change audit.Change, diff string) error {
	amount, err := balance.Parse(diff)
	if err != nil {
		return err
	}
	l, err := n.Audit()
	if err != nil {
		return err
	}
	n.adding.Lock() // the account does not go, nor come with another unit, meanwhile
	defer n.adding.Unlock()
	a := n.registry.Find(change.Account)
	former := a == nil || a.Balance == nil
	err = l.Write(change, func(note *audit.Note) error {
		if former {
			if err := n.openSettlement(n.ledger.Lookup(change.Account)); err != nil { // its end will move the balance
				return err
			}
		}
		return n.payer.Edit(func() error {
			return n.ledger.Adjust(change.Account, amount, func(before, after balance.Amount) store.Batch {
				note.Detail(audit.PostedBefore, before.String())
				note.Detail(audit.PostedAfter, after.String())
				return note.Batch()
			})
		}, change.Account)
	})
	if errors.Is(err, balance.ErrExceedsMaximum) {
		return admin.ErrExceedsMaximum
	}
	switch {
	case err != nil:
		return err
	case former:
		n.checkFormer(change.Account)
	default:
		n.payer.Consider(a)
	}
	return nil
}
