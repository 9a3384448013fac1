package connector

import (
	"errors"
	"fmt"
	"sync"

	"github.com/ilp-go/connector/account"
	"github.com/ilp-go/connector/account/balance"
	"github.com/ilp-go/connector/admin"
	"github.com/ilp-go/connector/audit"
	"github.com/ilp-go/connector/config"
	"github.com/ilp-go/connector/store"
)

// audits opens the log of changes when it is first asked for.
type audits struct {
	mu  sync.Mutex
	log *audit.Log
}

// Audit is the log of who changed what; admin.ErrNotOpen until the store has been read,
// and after Run. What an operator changes by the admin API is in it, and what the program
// does by AddAccount and RemoveAccount while the connector runs.
func (c *Connector) Audit() (*audit.Log, error) {
	if !c.loaded.Load() || c.phase.Load() == phaseStopped {
		return nil, admin.ErrNotOpen
	}
	c.audits.mu.Lock()
	defer c.audits.mu.Unlock()
	if c.audits.log == nil {
		l, err := audit.Open(audit.Options{
			Store: c.store,
			Apply: func(b store.Batch) error { return settlementLedger{c}.Record("", balance.Amount{}, b) },
			Log:   c.log,
		})
		if err != nil {
			return nil, err
		}
		c.audits.log = l
	}
	return c.audits.log, nil
}

// audited makes a change that the program that embeds us wants, and notes it. Before the
// store has been read it is no change but part of the configuration, and after Run it
// changes nothing.
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

// AddAccount adds an account, which the admin API notes.
func (n node) AddAccount(a config.Account) error { return n.addAccount(a) }

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
	if a == nil || a.Balance == nil {
		return l.Write(change, func(note *audit.Note) error { return n.adjustFormer(change.Account, amount, note) })
	}
	if err := l.Write(change, func(note *audit.Note) error { return n.adjust(a, amount, note) }); err != nil {
		return err
	}
	n.Consider(a)
	return nil
}

// errNoBalance says that there is nothing to edit.
var errNoBalance = errors.New("no balance is kept for the account")

// recordEdit writes an edit down together with its note.
func (c *Connector) recordEdit(a *account.Account, diff balance.Amount, note *audit.Note) error {
	if !c.durable {
		return c.store.Apply(note.Batch())
	}
	return c.ledger.books.Load().Record(c.ledger.line(a), diff, note.Batch())
}

// adjust edits a balance and writes it down together with the note of that, or changes
// nothing.
func (c *Connector) adjust(a *account.Account, diff balance.Amount, note *audit.Note) error {
	err := a.Balance.Adjust(diff)
	if errors.Is(err, balance.ErrExceedsMaximum) {
		return admin.ErrExceedsMaximum
	}
	if err != nil {
		return err
	}
	after := a.Balance.Snapshot().Posted
	before, _ := after.Sub(diff) // it was there a moment ago
	note.Detail(audit.PostedBefore, before.String())
	note.Detail(audit.PostedAfter, after.String())
	if err := c.recordEdit(a, diff, note); err != nil {
		err = errors.Join(err, a.Balance.Unadjust(diff))
		return fmt.Errorf("the edit is taken back, since it could not be written down: %w; after a restart look whether it is there", err)
	}
	return nil
}
