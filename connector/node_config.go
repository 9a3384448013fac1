package connector

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/ilp-go/connector/admin"
	"github.com/ilp-go/connector/config"
	"github.com/ilp-go/connector/store"
)

// ConfigChanges returns how accounts and settings differ from the configuration: by what the store
// keeps, or else by changes that the next start forgets.
func (n node) ConfigChanges() ([]admin.ConfigChange, error) {
	kept, pauses, err := n.keptChanges()
	if err != nil {
		return nil, err
	}
	ids := slices.Collect(maps.Keys(kept))
	ids = slices.AppendSeq(ids, maps.Keys(pauses))
	for _, a := range n.cfg().Accounts {
		ids = append(ids, a.ID)
	}
	for _, m := range n.all() {
		ids = append(ids, m.id)
	}
	slices.Sort(ids)
	var changes []admin.ConfigChange
	for _, id := range slices.Compact(ids) {
		k, isKept := kept[id]
		if isKept {
			changes = append(changes, n.keptChange(id, k))
		} else if c, differs := n.passingChange(id); differs {
			changes = append(changes, c)
		}
		p, isPaused := pauses[id]
		if c, there := n.pauseOf(id, p, isPaused); there {
			changes = append(changes, c)
		}
	}
	settings, err := n.settingChanges()
	return append(changes, settings...), err
}

// settingChanges returns how settings beside the accounts differ from the configuration.
func (n node) settingChanges() (changes []admin.ConfigChange, err error) {
	kept, err := n.keptSettings()
	if err != nil {
		return nil, err
	}
	for _, name := range config.Reloadable() {
		declared, running := n.declared.Load().Setting(name), n.cfg().Setting(name)
		c := admin.ConfigChange{Setting: name, What: admin.ChangedAccountChange, InForce: true}
		k, isKept := kept[name]
		if isKept {
			c.At, c.Kept, c.InForce = admin.Time{Time: k.At}, true, bytes.Equal(running, k.Value)
		}
		if reason, isOut := n.leftOut.Load(settingKey(name)); !c.InForce && isOut {
			c.Reason = "left out: " + reason.(string)
		} else if !c.InForce {
			c.Reason = otherCounts
		}
		if isKept || !bytes.Equal(declared, running) {
			changes = append(changes, c)
		}
	}
	return changes, nil
}

// otherCounts is why a kept change is not in force that could be.
const otherCounts = "until the next start a change counts that is not kept"

// DiscardSettingChange forgets what the store keeps of a setting.
func (n node) DiscardSettingChange(e admin.Edit, name string) (admin.ConfigChange, error) {
	changes, err := n.settingChanges()
	if err != nil {
		return admin.ConfigChange{}, err
	}
	i := slices.IndexFunc(changes, func(c admin.ConfigChange) bool { return c.Setting == name && c.Kept })
	if i < 0 {
		return admin.ConfigChange{}, admin.ErrNoChange
	}
	e.Details["setting"] = name
	return changes[i], n.edit(e, func(commit func(...store.Change) error) error {
		n.adding.Lock() // no other change comes between the two steps
		defer n.adding.Unlock()
		err := commit(store.Change{Key: keptSettings + name})
		if err == nil {
			n.discarded.Store(settingKey(name), true)
		}
		return err
	})
}

// keptChanges returns what the store keeps of changes and pauses, by account. It returns
// admin.ErrNotOpen while there is no store to ask.
func (n node) keptChanges() (accounts map[string]keptAccount, pauses map[string]keptPause, err error) {
	if _, err := n.Audit(); err != nil {
		return nil, nil, err
	}
	if !n.durable {
		return nil, nil, nil
	}
	if accounts, err = readKept[keptAccount](n.store, keptAccounts); err != nil {
		return nil, nil, err
	}
	pauses, err = readKept[keptPause](n.store, keptPauses)
	return accounts, pauses, err
}

// readKept reads the values under a prefix of the store, by the rest of their keys.
func readKept[T any](s store.Store, prefix string) (map[string]T, error) {
	all := make(map[string]T)
	return all, s.Load(prefix, func(key string, value []byte) error {
		var v T
		if err := json.Unmarshal(value, &v); err != nil {
			return fmt.Errorf("%s in the store cannot be read: %w: restore the store from a backup", key, err)
		}
		all[strings.TrimPrefix(key, prefix)] = v
		return nil
	})
}

// keptChange describes a change that the store keeps.
func (n node) keptChange(id string, k keptAccount) admin.ConfigChange {
	declared, running := n.declaredText(id), n.runningText(id)
	c := differenceOf(id, declared, k.Account)
	c.At, c.Kept = admin.Time{Time: k.At}, true
	c.InForce = len(changedSettings(running, k.Account)) == 0 && (running == nil) == (k.Account == nil)
	if reason, isOut := n.leftOut.Load(id); !c.InForce && isOut && running == nil {
		c.Reason = "left out: " + reason.(string)
	} else if !c.InForce {
		c.Reason = otherCounts
	}
	return c
}

// passingChange describes how an account differs from the configuration although the store
// keeps no change of it. It returns false if it does not differ.
func (n node) passingChange(id string) (c admin.ConfigChange, differs bool) {
	if m := n.member(id); m != nil && m.host != nil {
		return c, false // a client has no entry of its own
	}
	declared, running := n.declaredText(id), n.runningText(id)
	c = differenceOf(id, declared, running)
	c.InForce = true
	return c, (declared == nil) != (running == nil) || len(c.Settings) > 0
}

// pauseOf describes the pause of an account. It returns false if there is none.
func (n node) pauseOf(id string, p keptPause, isKept bool) (c admin.ConfigChange, there bool) {
	m := n.member(id)
	_, holds := n.pauses.Load(id)
	c = admin.ConfigChange{
		Account: id, What: admin.PausedAccountChange, At: admin.Time{Time: p.At},
		Kept: isKept, InForce: m != nil && holds,
	}
	switch {
	case c.InForce || !isKept:
	case m == nil:
		c.Reason = "the account is not there"
	default:
		c.Reason = "until the next start the account takes packets, since it was resumed or has connected anew"
	}
	return c, isKept || c.InForce
}

func (n node) declaredText(id string) []byte {
	if a, there := n.cfg().Accounts.Find(id); there {
		return a.Text()
	}
	return nil
}

func (n node) runningText(id string) []byte {
	if m := n.member(id); m != nil && !n.goes(m) {
		return m.now().config.Text()
	}
	return nil
}

// DiscardConfigChange forgets what the store keeps of an account. A pause stays as long as the
// account is there or comes back: who discards a change of a limit wants no packets again.
func (n node) DiscardConfigChange(e admin.Edit) (admin.ConfigChange, error) {
	kept, pauses, err := n.keptChanges()
	if err != nil {
		return admin.ConfigChange{}, err
	}
	id := e.Account
	key := keptAccounts + id
	var c admin.ConfigChange
	p, isPaused := pauses[id]
	if k, isKept := kept[id]; isKept {
		c = n.keptChange(id, k)
	} else if isPaused {
		key = keptPauses + id
		c, _ = n.pauseOf(id, p, true)
	} else {
		return admin.ConfigChange{}, admin.ErrNoChange
	}
	e.Details["change"] = c.What
	return c, n.edit(e, func(commit func(...store.Change) error) error {
		n.adding.Lock() // no other change comes between the two steps
		defer n.adding.Unlock()
		if key == keptPauses+id && n.member(id) != nil {
			return admin.Conflict(fmt.Sprintf("it is paused, and nothing else of it was changed: end that with 'ilp-connector accounts resume %s'", id))
		}
		err := commit(store.Change{Key: key})
		switch {
		case err != nil:
		case key == keptPauses+id:
			n.pauses.Delete(id) // it is not there, and comes back without
		default:
			n.discarded.Store(id, true)
		}
		return err
	})
}
