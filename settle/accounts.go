package settle

import (
	"context"
	"fmt"
	"time"

	"github.com/ilp-go/connector/account"
)

// Terms are when an account settles, beside the threshold in its settings.
type Terms struct {
	// Every is how often to settle what is owed, whatever the threshold; 0 is never.
	Every time.Duration
}

// Add lets an account settle. It reads what the store remembers of it, counts what is
// open as under way, and sees to that first; so it is called after the balance is
// restored and before packets flow. While Run runs, it begins at once.
func (d *Desk) Add(a *account.Account, s Settler, terms Terms) error {
	t, err := newTill(d, a, s, terms)
	if err != nil {
		return fmt.Errorf("settlements of account %q: %w", a.ID, err)
	}
	if _, there := d.tills.LoadOrStore(a.ID, t); there {
		t.release(t.history)
		return fmt.Errorf("settlements of account %q: it settles already", a.ID)
	}
	if d.running() {
		t.begin()
	}
	return nil
}

// Detach stops settling an account, and returns once nothing is under way. What is open
// stays in the store for the next Add. It is for an account that is configured anew.
func (d *Desk) Detach(accountID string) error {
	t := d.find(accountID)
	if t == nil {
		return ErrNoAccount
	}
	d.detach(t)
	return nil
}

// Remove is Detach for an account that is gone for good: its Settler is told. It is
// refused with ErrOpen, and does nothing, while a settlement is open, for then the
// Settler is still needed. Any other error is the Settler's; the account is detached all
// the same. It blocks as long as the Settler does, until ctx ends.
func (d *Desk) Remove(ctx context.Context, accountID string) error {
	t := d.find(accountID)
	if t == nil {
		return ErrNoAccount
	}
	if t.has(Intended, Sent, Unknown) {
		return ErrOpen
	}
	d.detach(t)
	remover, ok := t.settler.(Remover)
	if !ok {
		return nil
	}
	if t.has(Intended, Sent, Unknown) { // one began while the goroutine ended
		return ErrOpen
	}
	if err := guarded(func() error { return remover.Remove(ctx) }); err != nil {
		return fmt.Errorf("remove account %q from its settler: %w", accountID, err)
	}
	return nil
}

// detach takes a till out. What is open no longer counts as under way, so that another
// Account may go on with the same Balance.
func (d *Desk) detach(t *till) {
	d.tills.CompareAndDelete(t.account.ID, t)
	d.mu.Lock()
	t.gone = true
	d.mu.Unlock()
	t.end()
	t.release(t.history)
}

func (d *Desk) running() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.ctx != nil
}

// begin gives a till its goroutine, if that is still wanted.
func (d *Desk) begin(t *till) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.ctx == nil || t.gone {
		t.busy.Store(false)
		return
	}
	ctx, cancel := context.WithCancel(d.ctx)
	t.cancel = cancel
	t.worker.Go(func() {
		defer cancel()
		t.work(ctx)
	})
}
