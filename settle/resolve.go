package settle

import (
	"context"
	"errors"
)

// errOperator is the reason of a settlement that an operator has ended.
var errOperator = errors.New("an operator said so")

// verdict is what an operator says of a settlement.
type verdict struct {
	id   string
	paid bool
	done chan error
}

// Resolve ends a settlement whose outcome is unknown, whether the settler is still asked
// about it or not, as the operator says: paid, or
// that it was not and will not be. The latter lets the same debt be paid under another
// id, so the operator must have seen to it that nobody still carries out the first. A
// call of the Settler under way is cut short; if it says after all that it has paid, that
// counts, and Resolve returns ErrNotUnknown. It blocks until the end is durable, or ctx
// ends, and then what was said may still happen.
func (d *Payer) Resolve(ctx context.Context, accountID, id string, paid bool) error {
	t := d.find(accountID)
	if t == nil {
		return ErrNoAccount
	}
	v := &verdict{id: id, paid: paid, done: make(chan error, 1)}
	if err := t.tell(v); err != nil {
		return err
	}
	t.hasten()
	t.wake()
	select {
	case err := <-v.done:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// tell gives the goroutine a verdict to hear.
func (t *payWorker) tell(v *verdict) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch {
	case t.leaving:
		return ErrNoAccount // nobody would hear it
	case t.unknownLocked(v.id) == nil || t.verdict != nil:
		return ErrNotUnknown
	}
	t.verdict = v
	if t.interrupt != nil {
		t.interrupt()
	}
	return nil
}

// told reports whether a verdict waits.
func (t *payWorker) told() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.verdict != nil
}

// hear does what the operator said, if anything.
func (t *payWorker) hear() error {
	t.mu.Lock()
	v := t.verdict
	t.verdict = nil
	var s *Settlement
	if v != nil {
		s = t.unknownLocked(v.id)
	}
	t.mu.Unlock()
	if v == nil {
		return nil
	}
	err := ErrNotUnknown
	if s != nil {
		e := voided
		if v.paid {
			e = paid
		}
		err = t.follow(s, e, errOperator)
	}
	v.done <- err
	if errors.Is(err, ErrBroken) {
		return err
	}
	return nil
}

func (t *payWorker) unknownLocked(id string) *Settlement {
	for _, s := range t.history {
		if s.ID == id && s.State == Unknown {
			return s
		}
	}
	return nil
}
