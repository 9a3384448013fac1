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
func (d *Payer) Add(a *account.Account, s Settler, terms Terms) error {
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
func (d *Payer) Detach(accountID string) error {
	t := d.find(accountID)
	if t == nil {
		return ErrNoAccount
	}
	if err := t.leave(false); err != nil {
		return err
	}
	d.detach(t)
	return nil
}

// Remove is Detach for an account that is gone for good: its Settler is told. While a
// settlement is open or begins, Remove returns ErrOpen and changes nothing, for the
// Settler is still needed. Otherwise no settlement can begin any more. Any other error is
// the Settler's, and the account is detached all the same. Remove blocks as long as the
// Settler does, until ctx ends.
func (d *Payer) Remove(ctx context.Context, accountID string) error {
	t := d.find(accountID)
	if t == nil {
		return ErrNoAccount
	}
	if err := t.leave(true); err != nil {
		return err
	}
	d.detach(t)
	remover, ok := t.settler.(Remover)
	if !ok {
		return nil
	}
	if err := guarded(func() error { return remover.Remove(ctx) }); err != nil {
		return fmt.Errorf("remove account %q from its settler: %w", accountID, err)
	}
	return nil
}

// leave forbids new settlements from now on. With settled it returns ErrOpen and does
// nothing if a settlement is open or begins. A second call returns ErrNoAccount.
func (t *payWorker) leave(settled bool) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch {
	case t.leaving:
		return ErrNoAccount
	case settled && (t.beginning || t.hasLocked(Intended, Sent, Unknown)):
		return ErrOpen
	}
	t.leaving = true
	return nil
}

// leaves reports whether the account is being detached or removed.
func (t *payWorker) leaves() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.leaving
}

// detach takes out a till that leaves. What is open no longer counts as under way, so
// that another Account may go on with the same Balance. The till stays in its place until
// its goroutine has ended: a second one for the account would settle beside it.
func (d *Payer) detach(t *payWorker) {
	d.mu.Lock()
	t.gone = true
	d.mu.Unlock()
	t.end()
	t.release(t.history)
	d.tills.CompareAndDelete(t.account.ID, t)
}

func (d *Payer) running() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.ctx != nil
}

// begin gives a till its goroutine, if that is still wanted.
func (d *Payer) begin(t *payWorker) {
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
