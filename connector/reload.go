package connector

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/ilp-go/connector/audit"
	"github.com/ilp-go/connector/config"
)

// Reloaded says what a reload has changed.
type Reloaded struct {
	// Changed are the settings and accounts that hold now, by path.
	Changed []string
	// Restart are the settings that have changed too, but take a restart.
	Restart []string
	// Dropped are the accounts and settings whose changes by operators gave way to the
	// configuration.
	Dropped []string
	// Warnings say which certificates cannot be used that are in the files now, so that those from
	// before stay, and which limits the present balance of a changed account is beyond.
	Warnings []config.Warning
}

// Reload replaces the configuration while the connector runs. next is as config.Load gives it,
// with Known of the same options. Whatever is wrong with it is found first, together: then
// nothing changes. Accounts are added, changed and removed as AddAccount, ChangeAccount and
// RemoveAccount do. What operators have changed stays, but for accounts whose entry is another
// one now.
//
// An account that would leave a balance behind is not removed, unless strand is true.
func (c *Connector) Reload(next *config.Config, strand bool) (Reloaded, error) {
	return c.reload(next, strand, audit.Change{What: audit.Reload})
}

func (c *Connector) reload(next *config.Config, strand bool, change audit.Change) (Reloaded, error) {
	c.adding.Lock()
	defer c.adding.Unlock()
	return c.replaceLocked(func() (*plan, error) { return c.planReload(next, strand) }, func(p *plan) error { return c.record(p, change) })
}

// replaceLocked makes the changes of a plan, all of them or none. It calls commit when nothing can
// keep them from being made any more. adding is held, so no other change comes between.
func (c *Connector) replaceLocked(makePlan func() (*plan, error), commit func(*plan) error) (Reloaded, error) {
	if !c.life.has(linked) || c.life.has(draining) {
		return Reloaded{}, errStartsOrStops
	}
	p, err := makePlan()
	if err != nil {
		return Reloaded{}, err
	}
	defer func() {
		for _, release := range p.release {
			release()
		}
	}()
	err = c.still(p)
	if err == nil {
		err = commit(p)
	}
	if err != nil {
		c.giveUp(p)
		return Reloaded{}, err
	}
	c.apply(p)
	p.Warnings = append(p.Warnings, c.lookAtCertificates(true)...)
	return p.Reloaded, nil
}

// errStartsOrStops says that the configuration cannot be replaced now.
var errStartsOrStops = errors.New("the connector is starting or stopping: try again when it runs")

// Reread reads the configuration again from where the option WithReread says, and reloads it. The
// warnings are those of the configuration, with and without an error.
func (c *Connector) Reread(strand bool) (Reloaded, []config.Warning, error) {
	return c.rereadFor(strand, audit.Change{What: audit.Reload})
}

func (c *Connector) rereadFor(strand bool, change audit.Change) (Reloaded, []config.Warning, error) {
	if c.parts.reread == nil {
		return Reloaded{}, nil, errors.New("the connector does not know where its configuration is from: its program must say so with WithReread")
	}
	next, warnings, err := c.parts.reread()
	var done Reloaded
	if err == nil {
		done, err = c.reload(next, strand, change)
	}
	c.reloads.note(err)
	if err != nil {
		c.log.Error("the configuration is not reloaded; the one from before holds", "error", err)
		return done, warnings, err
	}
	warnings = append(warnings, done.Warnings...)
	for _, w := range warnings {
		c.log.Warn("configuration", "warning", w.String())
	}
	c.log.Info("configuration reloaded", "changed", strings.Join(done.Changed, ", "))
	if len(done.Restart) > 0 {
		c.log.Warn("settings have changed that take a restart", "settings", strings.Join(done.Restart, ", "))
	}
	if len(done.Dropped) > 0 {
		c.log.Warn("what operators had changed is as the configuration says now", "dropped", strings.Join(done.Dropped, ", "))
	}
	return done, warnings, nil
}

// reloadCounts counts the reloads, for operators.
type reloadCounts struct {
	done, failed atomic.Uint64
	last         atomic.Int64 // when the last one was done, Unix time in nanoseconds, 0 for never
	broken       atomic.Bool  // the last one failed
}

func (r *reloadCounts) note(err error) {
	r.broken.Store(err != nil)
	if err != nil {
		r.failed.Add(1)
		return
	}
	r.done.Add(1)
	r.last.Store(time.Now().UnixNano())
}

// giveUp lets the accounts go on that were about to change because of a plan.
func (c *Connector) giveUp(p *plan) {
	for _, back := range p.back {
		back()
	}
	for _, m := range p.settled {
		if err := c.addToPayer(m); err == nil {
			c.payer.Begin(m.id)
		}
	}
	for _, m := range p.leaving {
		c.stay(m)
	}
}

// still marks the accounts as leaving that are changed or removed. It makes those take no packets
// any more whose balances must be 0, and looks whether they still are when their packets have
// ended. It ends the settling of those that are removed, unless a settlement is open.
func (c *Connector) still(p *plan) error {
	var ids []string
	for _, m := range p.removed {
		ids = append(ids, m.id)
	}
	for _, r := range p.moved {
		ids = append(ids, r.old.id)
	}
	for _, a := range p.changed {
		ids = append(ids, a.ID)
	}
	for _, id := range ids {
		m, err := c.leave(id)
		if err != nil {
			return fmt.Errorf("%s: %w", config.AccountPath(id), err)
		}
		p.leaving = append(p.leaving, m)
	}
	for _, m := range p.leaving {
		if check := p.final[m.id]; check != nil {
			if err := c.quiet(m, check); err != nil {
				return err
			}
			if slices.Contains(p.removed, m) {
				continue // its engine, which is told that it goes, may have receipts under way
			}
			p.release = append(p.release, c.holdReceipts(m))
			if err := check(); err != nil {
				return err
			}
		}
	}
	if err := c.leavePlanned(p); err != nil {
		return err
	}
	for _, m := range p.removed { // from here on none is opened
		if err := c.endSettling(m.id); err != nil {
			return fmt.Errorf("%s: %w", config.AccountPath(m.id), err)
		}
		p.settled = append(p.settled, m)
	}
	return nil
}

// leavePlanned stops the settling of the accounts that another settler is to pay, and of the clients
// of those that are removed.
func (c *Connector) leavePlanned(p *plan) error {
	leave := func(id string, back func(), err error) error {
		if err != nil {
			return fmt.Errorf("%s: %w", config.AccountPath(id), err)
		}
		p.back = append(p.back, back)
		return nil
	}
	for _, m := range p.removed {
		back, err := c.leaveClients(m)
		if err := leave(m.id, back, err); err != nil {
			return err
		}
	}
	for _, r := range p.moved {
		back, err := c.leaveSettlers(r.old, *r.next.now().config)
		if err := leave(r.old.id, back, err); err != nil {
			return err
		}
	}
	for _, a := range p.changed {
		back, err := c.leaveSettlers(c.member(a.ID), a)
		if err := leave(a.ID, back, err); err != nil {
			return err
		}
	}
	return nil
}

// record writes a reload to the audit log, together with what the store forgets.
func (c *Connector) record(p *plan, change audit.Change) error {
	l, err := c.Audit()
	if err != nil {
		return err
	}
	if change.Details == nil {
		change.Details = make(map[string]string)
	}
	change.Details["changed"] = strings.Join(p.Changed, ", ")
	return l.Write(change, func(note *audit.Note) error {
		batch := note.Batch()
		if c.durable {
			batch = append(batch, p.keeps()...)
		}
		return c.ledger.Apply(batch)
	})
}

// apply makes the changes of a plan. Accounts that go come first, as others may need their
// ports.
func (c *Connector) apply(p *plan) {
	for _, id := range p.touched {
		c.discarded.Delete(id)
		c.accountFits(id)
	}
	for _, name := range p.settings {
		c.discarded.Delete(settingKey(name))
		c.settingFits(name)
	}
	if p.declared != nil {
		c.declared.Store(p.declared)
	}
	c.conf.Store(p.config)
	c.useSettings()
	failed := func(id string, err error) {
		if err != nil {
			c.log.Error("a part of the reload could not be made; a restart makes it", "account", id, "error", err)
		}
	}
	for _, m := range p.removed {
		if p.unpauses {
			c.pauses.Delete(m.id)
		}
		c.partLocked(m)
	}
	for _, r := range p.moved {
		failed(r.old.id, c.exchange(r.old, r.next))
	}
	for _, a := range p.changed {
		m := c.member(a.ID)
		failed(a.ID, c.adjust(m, a, nothingToWrite))
		c.stay(m)
	}
	for _, m := range p.added {
		err := c.enter(m, nothingToWrite)
		failed(m.id, err)
		if err == nil {
			c.routeIn(m)
			c.begin(m)
		}
	}
	c.reroute()
}

// partLocked takes an account out that is leaving: its packets end first. adding is held.
func (c *Connector) partLocked(m *member) {
	c.quit(m)
	c.takeOutLocked(m)
}

// exchange takes an account out that is leaving, and puts another one in its place. Its routes stay
// until its packets have ended: a packet to it is refused for a while, and not for good.
func (c *Connector) exchange(old, next *member) error {
	over := make(chan struct{})
	c.exchanges.Store(old.id, over)
	defer func() {
		c.exchanges.Delete(old.id)
		close(over)
	}()
	c.drainPorts(old)
	c.endLink(old)
	c.mu.Lock()
	old.unrouted = true
	c.mu.Unlock()
	c.speaker.Remove(old.id)
	c.takeOutLocked(old)
	followLink(old.link, next.link)
	if err := c.enter(next, nothingToWrite); err != nil {
		c.exchanges.Delete(old.id)
		c.shared.leave(old.id)
		c.reroute()
		c.checkFormer(old.id)
		c.checkLeft(old.id)
		return err
	}
	c.reroute() // the former one may have had another address
	c.begin(next)
	return nil
}
