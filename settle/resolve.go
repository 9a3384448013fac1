package settle

import (
	"context"
	"errors"
)

// errOperator is the reason of a settlement whose outcome an operator recorded.
var errOperator = errors.New("an operator said so")

// resolution is the outcome of a settlement, as an operator states it.
type resolution struct {
	id   string
	paid bool
	done chan error
}

// Resolve records the outcome of a settlement whose outcome is unknown, whether the payer
// still asks about it or not. paid says that the money was sent. Otherwise it was not and
// will not be, and the same debt can be paid under another id. So before that the operator
// must make sure that nothing still carries out the first payment.
//
// Resolve interrupts a call of the Settler. If that call says after all that it has paid,
// its answer counts, and Resolve returns ErrNotUnknown. Resolve blocks until the outcome is
// durable, or ctx ends; in the latter case the outcome may still be recorded later.
func (p *Payer) Resolve(ctx context.Context, accountID, id string, paid bool) error {
	w := p.find(accountID)
	if w == nil {
		return ErrNoAccount
	}
	r := &resolution{id: id, paid: paid, done: make(chan error, 1)}
	if err := w.settlements.resolve(r); err != nil {
		return err
	}
	w.endPause()
	w.wake()
	select {
	case err := <-r.done:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// resolve leaves a resolution for the goroutine that pays, and interrupts its call.
func (l *settlementLog) resolve(r *resolution) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case l.closed:
		return ErrNoAccount // the goroutine has ended, or ends
	case l.unknownLocked(r.id) == nil || l.resolution != nil:
		return ErrNotUnknown
	}
	l.resolution = r
	if l.interrupt != nil {
		l.interrupt()
	}
	return nil
}

// resolutionWaits reports whether there is a resolution to apply.
func (l *settlementLog) resolutionWaits() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.resolution != nil
}

// takeResolution returns the resolution to apply, nil if there is none, and its settlement,
// nil if the outcome of that is not unknown any more.
func (l *settlementLog) takeResolution() (*resolution, *Settlement) {
	l.mu.Lock()
	defer l.mu.Unlock()
	r := l.resolution
	l.resolution = nil
	if r == nil {
		return nil, nil
	}
	return r, l.unknownLocked(r.id)
}

func (l *settlementLog) unknownLocked(id string) *Settlement {
	for _, s := range l.all {
		if s.ID == id && s.State == Unknown {
			return s
		}
	}
	return nil
}

// applyResolution applies an operator's resolution, if there is one, and answers Resolve.
// The error is ErrBroken or nil.
func (ap *accountPayer) applyResolution() error {
	r, s := ap.settlements.takeResolution()
	if r == nil {
		return nil
	}
	err := ErrNotUnknown
	if s != nil {
		e := voided
		if r.paid {
			e = paid
		}
		err = ap.advance(s, e, errOperator)
	}
	r.done <- err
	if errors.Is(err, ErrBroken) {
		return err
	}
	return nil
}
