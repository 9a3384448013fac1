package connector

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/ilp-go/connector/account"
	"github.com/ilp-go/connector/admin"
	"github.com/ilp-go/connector/store"
)

// widePauses are the pauses of more than one account. They never change: see changePauses.
type widePauses struct {
	all map[admin.PauseOf]keptPause
}

// of returns those because of which an account is to take no packets, the widest first.
func (w *widePauses) of(a *account.Account) (of []admin.PauseOf) {
	for _, p := range []admin.PauseOf{{Scope: admin.PausedNode}, {Scope: admin.PausedAsset, Of: a.AssetCode}} {
		if _, there := w.all[p]; there {
			of = append(of, p)
		}
	}
	return of
}

// since returns since when an account is to take no packets, zero if it is to take them.
func (w *widePauses) since(a *account.Account) (since time.Time) {
	for _, of := range w.of(a) {
		if p := w.all[of]; since.IsZero() || p.At.Before(since) {
			since = p.At
		}
	}
	return since
}

// prefixes returns the prefixes that are paused.
func (w *widePauses) prefixes() (all []string) {
	for of := range w.all {
		if of.Scope == admin.PausedPrefix {
			all = append(all, of.Of)
		}
	}
	return all
}

// pausesMax bounds how many assets and prefixes are paused: each change looks at all of them.
const pausesMax = 1000

// errPausesMax is why there is no further pause.
var errPausesMax = admin.Conflict(fmt.Sprintf("there are %d pauses of assets and prefixes, and there can be no more: "+
	"end some, pause a shorter prefix, or pause the node", pausesMax))

// Pause makes the accounts that of names take no new packets until Resume, as PauseAccount does
// with one, or refuses new packets to the addresses under a prefix. It holds for accounts that
// are added later too. A pause that holds already stays as it is.
func (c *Connector) Pause(of admin.PauseOf) error {
	if err := of.Check(); err != nil {
		return err
	}
	_, err := c.beginPause(of, keptPause{At: time.Now().UTC()}, false)
	return err
}

// Resume ends what Pause began.
func (c *Connector) Resume(of admin.PauseOf) error {
	if err := of.Check(); err != nil {
		return err
	}
	c.changePauses(func(all map[admin.PauseOf]keptPause) { delete(all, of) })
	return nil
}

// beginPause begins a pause, or returns the one that holds already. A pause that is again takes no
// more room than it had.
func (c *Connector) beginPause(of admin.PauseOf, p keptPause, again bool) (holds keptPause, err error) {
	c.changePauses(func(all map[admin.PauseOf]keptPause) {
		switch before, there := all[of]; {
		case there:
			p = before
		case len(all) >= pausesMax && of.Scope != admin.PausedNode && !again:
			err = errPausesMax
		default:
			all[of] = p
		}
	})
	return p, err
}

// changePauses makes other pauses hold.
func (c *Connector) changePauses(change func(map[admin.PauseOf]keptPause)) {
	c.mu.Lock()
	w := &widePauses{maps.Clone(c.wide.Load().all)}
	if w.all == nil {
		w.all = make(map[admin.PauseOf]keptPause)
	}
	change(w.all)
	c.wide.Store(w)
	c.engine.PausePrefixes(w.prefixes())
	members := slices.Collect(maps.Values(c.members)) // one that is added later sees w
	c.mu.Unlock()
	for _, m := range members {
		if m.host == nil {
			c.correctPause(m)
		}
	}
}

// keptWidePauses begins the keys of pauses in the store. The scope follows, and after a slash what
// is paused.
const keptWidePauses = "config/pauses/"

func keyOfPause(of admin.PauseOf) string {
	return keptWidePauses + string(of.Scope) + "/" + of.Of
}

// readPauses returns the pauses that the store keeps.
func (c *Connector) readPauses() (map[admin.PauseOf]keptPause, error) {
	kept, err := readKept[keptPause](c.store, keptWidePauses)
	all := make(map[admin.PauseOf]keptPause, len(kept))
	for key, p := range kept {
		scope, of, _ := strings.Cut(key, "/")
		all[admin.PauseOf{Scope: admin.PauseScope(scope), Of: of}] = p
	}
	return all, err
}

// restoreWidePauses begins the pauses that the store keeps.
func (c *Connector) restoreWidePauses() error {
	kept, err := c.readPauses()
	if err != nil {
		return err
	}
	for of, p := range kept {
		_, _ = c.beginPause(of, p, true) // which never fails
		c.log.Warn("paused", "scope", of.Scope, "of", of.Of, "since", p.At, "reason", p.Reason)
	}
	return nil
}

// BeginPause begins a pause. That comes first: it may be an emergency.
func (n node) BeginPause(e admin.Edit, of admin.PauseOf) (admin.Pause, error) {
	if codes := n.assetCodes(); of.Scope == admin.PausedAsset && !e.Force && !slices.Contains(codes, of.Of) {
		return admin.Pause{}, admin.Conflict(fmt.Sprintf("no account has this asset; those of the accounts are %s; "+
			"pause it for accounts to come with --force, in the API force=true", strings.Join(codes, ", ")))
	}
	p, err := n.beginPause(of, keptPause{time.Now().UTC(), e.Reason}, false)
	if err != nil {
		return admin.Pause{}, err
	}
	n.pausing.Lock()
	defer n.pausing.Unlock()
	err = n.edit(e, func(commit func(...store.Change) error) error {
		return commit(keptChange(keyOfPause(of), p))
	})
	if err != nil {
		return admin.Pause{}, fmt.Errorf("it is paused, but a restart may forget that: %w", err)
	}
	_, _ = n.beginPause(of, p, true) // another operator may have ended it meanwhile
	n.log.Warn("paused", "scope", of.Scope, "of", of.Of, "reason", p.Reason)
	return n.describePause(of, p, n.durable && !e.Ephemeral), nil
}

// EndPause ends a pause.
func (n node) EndPause(e admin.Edit, of admin.PauseOf) (admin.Pause, error) {
	n.pausing.Lock()
	defer n.pausing.Unlock()
	all, err := n.allPauses()
	if err != nil {
		return admin.Pause{}, err
	}
	before, there := all[of]
	if !there && n.durable && !e.Ephemeral { // it may have ended until a restart only
		kept, err := n.readPauses()
		if err != nil {
			return admin.Pause{}, err
		}
		var p keptPause
		if p, there = kept[of]; there {
			before = n.describePause(of, p, true)
		}
	}
	if !there {
		return admin.Pause{}, admin.ErrNoPause
	}
	err = n.edit(e, func(commit func(...store.Change) error) error {
		return commit(store.Change{Key: keyOfPause(of)})
	})
	if err != nil {
		return admin.Pause{}, err
	}
	if err := n.Resume(of); err != nil {
		return admin.Pause{}, err
	}
	n.log.Warn("resumed", "scope", of.Scope, "of", of.Of)
	return before, nil
}

// Pauses returns all pauses: first the widest.
func (n node) Pauses() ([]admin.Pause, error) {
	all, err := n.allPauses()
	if err != nil {
		return nil, err
	}
	kept := make(map[string]keptPause)
	if n.durable {
		if kept, err = readKept[keptPause](n.store, keptPauses); err != nil {
			return nil, err
		}
	}
	n.pauses.Range(func(id, p any) bool {
		of := admin.PauseOf{Scope: admin.PausedOne, Of: id.(string)}
		_, isKept := kept[of.Of]
		all[of] = n.describePause(of, p.(keptPause), isKept)
		return true
	})
	order := []admin.PauseScope{admin.PausedNode, admin.PausedAsset, admin.PausedPrefix, admin.PausedOne}
	return slices.SortedFunc(maps.Values(all), func(a, b admin.Pause) int {
		return cmp.Or(cmp.Compare(slices.Index(order, a.Scope), slices.Index(order, b.Scope)), cmp.Compare(a.Of, b.Of))
	}), nil
}

// Paused returns how many pauses there are, by scope.
func (n node) Paused() map[string]int {
	count := map[string]int{
		string(admin.PausedNode): 0, string(admin.PausedAsset): 0, string(admin.PausedPrefix): 0, string(admin.PausedOne): 0,
	}
	for of := range n.wide.Load().all {
		count[string(of.Scope)]++
	}
	n.pauses.Range(func(any, any) bool {
		count[string(admin.PausedOne)]++
		return true
	})
	return count
}

// allPauses returns the pauses that hold for more than one account.
func (n node) allPauses() (map[admin.PauseOf]admin.Pause, error) {
	if _, err := n.Audit(); err != nil {
		return nil, err
	}
	var kept map[admin.PauseOf]keptPause
	if n.durable {
		var err error
		if kept, err = n.readPauses(); err != nil {
			return nil, err
		}
	}
	all := make(map[admin.PauseOf]admin.Pause)
	for of, p := range n.wide.Load().all {
		_, isKept := kept[of]
		all[of] = n.describePause(of, p, isKept)
	}
	return all, nil
}

func (n node) describePause(of admin.PauseOf, p keptPause, kept bool) admin.Pause {
	d := admin.Pause{PauseOf: of, At: admin.Time{Time: p.At}, Reason: p.Reason, Kept: kept}
	if of.Scope != admin.PausedPrefix {
		alone := widePauses{map[admin.PauseOf]keptPause{of: p}}
		for _, a := range n.registry.All() {
			if !alone.since(a).IsZero() || of.Scope == admin.PausedOne && of.Of == a.ID {
				d.Accounts++
			}
		}
	}
	return d
}

// assetCodes returns the asset codes of the accounts, in order.
func (n node) assetCodes() (codes []string) {
	for _, a := range n.registry.All() {
		codes = append(codes, a.AssetCode)
	}
	slices.Sort(codes)
	return slices.Compact(codes)
}
