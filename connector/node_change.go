package connector

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/ilp-go/connector/admin"
	"github.com/ilp-go/connector/audit"
	"github.com/ilp-go/connector/config"
	"github.com/ilp-go/connector/ledger"
	"github.com/ilp-go/connector/store"
)

// edit makes a change of the accounts for an operator. do calls commit with what the store has
// to keep of the change, when nothing can keep the change from being made any more: that, and
// the audit entry, become durable in one step.
func (n node) edit(e admin.Edit, do func(commit func(...store.Change) error) error) error {
	l, err := n.Audit()
	if err != nil {
		return err
	}
	return l.Write(e.Change, func(note *audit.Note) error {
		var failed bool
		err := do(func(kept ...store.Change) error {
			batch := note.Batch()
			if n.durable && !e.Ephemeral {
				batch = append(batch, kept...)
			}
			err := n.ledger.Apply(batch)
			failed = err != nil && !errors.Is(err, ledger.ErrInvalid)
			return err
		})
		if err != nil && !failed && !errors.As(err, new(config.Faults)) && !errors.As(err, new(admin.Invalid)) { // the present state forbids it
			conflict := admin.Conflict(err.Error())
			if errors.Is(err, ErrLeaving) {
				return leavingConflict{conflict}
			}
			return conflict
		}
		return err
	})
}

// leavingConflict is a conflict because of ErrLeaving: it may be gone soon.
type leavingConflict struct{ admin.Conflict }

// Unwrap returns the conflict, and ErrLeaving.
func (c leavingConflict) Unwrap() []error { return []error{c.Conflict, ErrLeaving} }

// lasts returns an error if a change would be forgotten by a restart, and nobody said that it may.
func (n node) lasts(e admin.Edit) error {
	if n.durable || e.Ephemeral {
		return nil
	}
	return admin.Conflict("there is no store that would keep the change: configure one with storePath, or make a change that a restart forgets with --ephemeral, in the API ephemeral=true")
}

// AddAccount adds an account. As in the reference, it may be one that a restart forgets.
func (n node) AddAccount(e admin.Edit, a config.Account) error {
	err := n.edit(e, func(commit func(...store.Change) error) error {
		return n.addAccount(a, (*config.Config).ValidateParsed, func() error { return commit(n.keep(a.ID, &a, e.By)) })
	})
	if err == nil && !e.Ephemeral { // an account that was left out is there again, as the operator wants it
		n.accountFits(a.ID)
	}
	return err
}

// ChangeAccount changes settings of an account as it is then: a change that comes at the same time
// is not lost. It returns what is odd about the account now.
func (n node) ChangeAccount(e admin.Edit, patch []byte) (warnings []string, err error) {
	if err := n.lasts(e); err != nil {
		return nil, err
	}
	err = n.edit(e, func(commit func(...store.Change) error) error {
		var parsed []config.Warning
		var before config.Account
		patched := func(now config.Account) (a config.Account, odd []config.Warning, err error) {
			return n.cfg().Patch(now, patch, e.Force, n.parts.known())
		}
		err := n.changeAccount(e.Account, func(now config.Account) (a config.Account, err error) {
			before = now
			a, parsed, err = patched(now)
			return a, err
		}, (*config.Config).ValidateParsed, func(a config.Account, odd []config.Warning) error {
			for _, w := range append(parsed, odd...) {
				if text := w.String(); !slices.Contains(warnings, text) {
					warnings = append(warnings, text)
				}
			}
			if e.Ephemeral {
				return commit()
			}
			kept, err := n.keepEdit(before, a, e.By, func(lasting config.Account) (config.Account, error) {
				a, _, err := patched(lasting)
				return a, err
			})
			if err != nil {
				return err
			}
			return commit(kept)
		})
		if err == nil {
			for _, w := range parsed {
				n.log.Warn("configuration", "warning", w.String())
			}
		}
		return err
	})
	return warnings, err
}

// RotateAccount gives an account another secret, as of its configuration then.
func (n node) RotateAccount(e admin.Edit, r config.Rotation) (done config.Rotated, err error) {
	if err := n.lasts(e); err != nil {
		return done, err
	}
	return done, n.edit(e, func(commit func(...store.Change) error) error {
		done, err = n.rotate(e.Account, r, func(before, a config.Account) error {
			if e.Ephemeral {
				return commit()
			}
			kept, err := n.keepEdit(before, a, e.By, func(lasting config.Account) (config.Account, error) {
				a, _, _, err := n.cfg().Rotate(lasting, r, n.parts.known())
				return a, err
			})
			if err != nil {
				return err
			}
			return commit(kept)
		})
		return err
	})
}

// RemoveAccount removes an account.
func (n node) RemoveAccount(e admin.Edit) error {
	if err := n.lasts(e); err != nil {
		return err
	}
	return n.edit(e, func(commit func(...store.Change) error) error {
		return n.removeAccount(e.Account, e.Force, func() error {
			return commit(n.keep(e.Account, nil, e.By), store.Change{Key: keptPauses + e.Account})
		})
	})
}

// Reload reads the configuration again.
func (n node) Reload(e admin.Edit) (admin.Reloaded, error) {
	done, warnings, err := n.rereadFor(e.Force, e.Change)
	return answerOf(done, warnings), err
}

// PauseAccount makes an account take no packets. That comes first: it may be an emergency.
func (n node) PauseAccount(e admin.Edit) (kept bool, err error) {
	paused := keptPause{time.Now().UTC(), e.Reason}
	if err := n.pauseAccount(e.Account, paused); err != nil {
		return false, err
	}
	n.pausing.Lock()
	defer n.pausing.Unlock()
	err = n.edit(e, func(commit func(...store.Change) error) error {
		return commit(keptChange(keptPauses+e.Account, paused))
	})
	if err != nil {
		return false, fmt.Errorf("it is paused, but a restart may forget that: %w", err)
	}
	return n.durable && !e.Ephemeral, n.pauseAccount(e.Account, paused) // another operator may have resumed it meanwhile
}

// ResumeAccount makes an account take packets again.
func (n node) ResumeAccount(e admin.Edit) error {
	n.pausing.Lock()
	defer n.pausing.Unlock()
	err := n.edit(e, func(commit func(...store.Change) error) error {
		return commit(store.Change{Key: keptPauses + e.Account})
	})
	if err != nil {
		return err
	}
	return n.Connector.ResumeAccount(e.Account)
}
