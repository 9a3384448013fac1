package connector

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/ilp-go/connector/audit"
	"github.com/ilp-go/connector/config"
	"github.com/ilp-go/connector/store"
)

// What operators change while we run is kept in the store, so that it holds after a restart:
//
//	config/account/ID     a keptAccount: the account as it is now, or that it was removed
//	config/setting/NAME   a keptSetting: another setting as it is now
//	config/pause/ID       a keptPause: the account takes no packets
//	config/pauses/...     a keptPause of the node, an asset or a prefix: see keyOfPause
//
// A kept account builds on the entry of the configuration that it has changed. When that entry
// is another one at the next start, or after a reload, the operator's latest word is the entry:
// the kept account is dropped then, with a warning. The same holds for settings.
const (
	keptAccounts = "config/account/"
	keptSettings = "config/setting/"
	keptPauses   = "config/pause/"
)

// keptAccount is the change of an account.
type keptAccount struct {
	// Base is the digest of the entry of the configuration, empty if it had none.
	Base string `json:"base,omitempty"`
	// Account is the entry as it is now, empty if the account was removed.
	Account json.RawMessage `json:"account,omitempty"`
	At      time.Time       `json:"at"`
	By      string          `json:"by,omitempty"` // as the audit log has it, empty for the program
}

// keptPause says that an account, or more than one, is paused.
type keptPause struct {
	At     time.Time `json:"at"`
	Reason string    `json:"reason,omitempty"`
}

// baseOf returns the digest of an account in the configuration, empty if it has none.
func (c *Connector) baseOf(id string) string {
	if declared, ok := c.cfg().Accounts.Find(id); ok {
		return declared.Hash()
	}
	return ""
}

// keep returns what the store has to hold when an account is a, or is removed if a is nil. If
// that is what the configuration says, it is nothing.
func (c *Connector) keep(id string, a *config.Account, by audit.By) store.Change {
	c.discarded.Delete(id) // it is changed anew
	k := keptAccount{Base: c.baseOf(id), At: time.Now().UTC(), By: by.Remote}
	switch {
	case a == nil && k.Base == "", a != nil && k.Base != "" && a.Hash() == k.Base:
		return store.Change{Key: keptAccounts + id}
	case a != nil:
		k.Account = a.Text()
	}
	return keptChange(keptAccounts+id, k)
}

// keepEdit returns what the store has to hold when an edit has made now of an account that was
// before. An ephemeral change of the account stays one: then the edit is made of what a restart
// would make of the account.
func (c *Connector) keepEdit(
	before, now config.Account, by audit.By, edit func(config.Account) (config.Account, error),
) (store.Change, error) {
	lasting, there, err := c.lasting(before)
	if err != nil {
		return store.Change{}, err
	}
	if there && lasting.Hash() != before.Hash() {
		if now, err = edit(lasting); err != nil {
			return store.Change{}, fmt.Errorf("a restart could not make the change again, since it builds on an ephemeral change of account %s (%v): "+
				"make that change again without ephemeral first, or make this one with ephemeral=true", before.ID, err)
		}
	}
	return c.keep(before.ID, &now, by), nil
}

// lasting returns what an account, which now is as in now, would be after a restart.
func (c *Connector) lasting(now config.Account) (a config.Account, there bool, err error) {
	id := now.ID
	if c.durable {
		kept, err := readKept[keptAccount](c.store, keptAccounts+id)
		if err != nil {
			return a, false, err
		}
		if k, is := kept[""]; is { // the others have ids that begin so
			if k.Account == nil {
				return a, false, nil
			}
			if bytes.Equal(k.Account, now.Text()) { // spare the work of reading it
				return now, true, nil
			}
			a, _, err = c.cfg().Kept(id, k.Account, c.parts.known())
			return a, err == nil, err
		}
	}
	a, there = c.cfg().Accounts.Find(id)
	return a, there, nil
}

func keptChange(key string, value any) store.Change {
	text, err := json.Marshal(value)
	if err != nil {
		panic("connector: encode: " + err.Error()) // it holds texts alone
	}
	return store.Change{Key: key, Value: text}
}

// What the log and alerts say of changes that are kept.
const (
	kindKeptChange = "kept change"

	alertKeptChange = "the account was changed at %s while the connector ran, and is left out because that does not fit " +
		"the configuration any more: %v; mend the configuration, or discard the change with 'ilp-connector config discard %s'"
)

// applyKept makes the accounts those that operators have left, before any of them has its
// balance. A change that cannot be made leaves its account out: with the settings of the
// configuration it could owe or be owed more than the operator wanted.
//
// It returns what the store has to hold and to forget once the start has got over the balances: what a start
// that fails finds, the next one finds too.
func (c *Connector) applyKept() (outdated store.Batch, err error) {
	if !c.durable {
		return nil, nil
	}
	kept, err := readKept[keptAccount](c.store, keptAccounts)
	if err != nil {
		return nil, err
	}
	ids := slices.Sorted(maps.Keys(kept))
	slices.SortStableFunc(ids, func(a, b string) int { return kept[a].At.Compare(kept[b].At) })
	ids = slices.DeleteFunc(ids, func(id string) bool {
		if c.expiredMeanwhile(id, kept[id]) {
			outdated = append(outdated, store.Change{Key: keptAccounts + id}, store.Change{Key: keptPauses + id})
			return true
		}
		edited := kept[id].Base != c.baseOf(id)
		if edited {
			if now, change, is := c.acceptedMeanwhile(id, kept[id]); is {
				kept[id], outdated, edited = now, append(outdated, change), false
			}
		}
		switch {
		case edited && c.isDeclared(id, kept[id]):
			c.log.Info("the configuration says now what was changed of an account while the connector ran", "account", id, "changed", kept[id].At)
			outdated = append(outdated, store.Change{Key: keptAccounts + id})
		case edited:
			c.log.Warn("the configuration of an account was edited since it was changed while the connector ran; the configuration counts",
				"account", id, "changed", kept[id].At)
			outdated = append(outdated, store.Change{Key: keptAccounts + id})
		}
		return edited
	})
	for id, err := range c.restoreAll(ids, kept) {
		c.log.Error("a change of an account cannot be made again, so the account is left out", "account", id, "error", err)
		c.leftOut.Store(id, err.Error())
		c.alerts.RaiseKind(time.Now(), id, kindKeptChange, fmt.Sprintf(alertKeptChange, kept[id].At.Format(time.RFC3339), err, id))
	}
	outdatedSettings, err := c.applyKeptSettings()
	if err != nil {
		return nil, err
	}
	c.reroute()
	return append(outdated, outdatedSettings...), c.restorePauses(outdated)
}

// isDeclared reports whether the configuration declares a kept account as it is.
func (c *Connector) isDeclared(id string, k keptAccount) bool {
	declared, there := c.cfg().Accounts.Find(id)
	if !there || k.Account == nil {
		return !there && k.Account == nil
	}
	a, _, err := c.cfg().Kept(id, k.Account, c.parts.known())
	return err == nil && a.Hash() == declared.Hash()
}

// restoreAll makes kept changes, and returns why those cannot be made that it leaves out. What
// one account has now, such as its address, another one may have had when it was changed last. So
// changes that fail are tried again after the others, as long as that helps.
func (c *Connector) restoreAll(ids []string, kept map[string]keptAccount) (failed map[string]error) {
	for tried := len(ids) + 1; len(ids) > 0 && len(ids) < tried; {
		tried = len(ids)
		failed = make(map[string]error)
		ids = slices.DeleteFunc(ids, func(id string) bool {
			err := c.restore(id, kept[id])
			if err != nil {
				failed[id] = err
				return false
			}
			c.accountFits(id)
			return true
		})
	}
	return failed
}

// restore makes one kept change, before the balances are known.
func (c *Connector) restore(id string, k keptAccount) error {
	if m := c.member(id); m != nil {
		c.engine.Detach(m.now().port)
		c.middlewares.forget(m.id)
		c.engines.Remove(id)
		c.speaker.Remove(id)
		c.registry.Remove(id)
		c.mu.Lock()
		delete(c.members, id)
		c.mu.Unlock()
		c.index.Remove(id)
	}
	if k.Account == nil {
		c.log.Info("an account of the configuration is left out, since an operator has removed it", "account", id, "removed", k.At)
		return nil
	}
	a, _, err := c.cfg().Kept(id, k.Account, c.parts.known())
	if err != nil {
		return err
	}
	if _, err := c.checkWithOthers(a, (*config.Config).ValidateParsed); err != nil {
		return err
	}
	return c.add(&a, nothingToWrite)
}

// restorePauses pauses what operators have paused, but for what the store is about to forget.
func (c *Connector) restorePauses(outdated store.Batch) error {
	if err := c.restoreWidePauses(); err != nil {
		return err
	}
	paused, err := readKept[keptPause](c.store, keptPauses)
	if err != nil {
		return err
	}
	for id, p := range paused {
		if slices.ContainsFunc(outdated, func(gone store.Change) bool { return gone.Key == keptPauses+id }) {
			continue
		}
		c.pauses.Store(id, p)
		if m := c.member(id); m != nil {
			c.applyPause(m)
			c.log.Warn("account is paused", "account", id)
		}
	}
	return nil
}
