package connector

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/ilp-go/connector/account"
	"github.com/ilp-go/connector/config"
	"github.com/ilp-go/connector/store"
)

// plan is what a reload does, after all was found that could keep it from being done.
type plan struct {
	Reloaded
	config   *config.Config // with the settings that take a restart as they were
	declared *config.Config // what the configuration says from now on
	touched  []string       // the accounts that the plan changes, adds or removes
	settings []string       // the other settings that it changes, or whose declaration has changed
	removed  []*member
	moved    []replacement
	changed  []config.Account
	added    []*member
	final    map[string]func() error // by account: what a packet under way may still forbid
	leaving  []*member
	settled  []*member          // those of removed whose settling has ended
	keeps    func() store.Batch // what the store has to hold from now on, and to forget
	unpauses bool               // the pauses of removed accounts are forgotten
	release  []func()           // when the plan is carried out, or is not
	back     []func()           // when it is not
}

// replacement is a member that another one takes the place of.
type replacement struct{ old, next *member }

// planReload finds out what turns the present configuration into another, and what is wrong with it.
func (c *Connector) planReload(next *config.Config, strand bool) (*plan, error) {
	old := c.cfg()
	p := &plan{declared: next, final: make(map[string]func() error)}
	effective, err := c.withChanges(p, next)
	if err != nil {
		return nil, err
	}
	p.config = carry(old, effective)
	touched := p.compare(old, effective)
	c.addDiscarded(p, next, touched)
	accounts, accepted, err := c.carryAccepted(effective.Accounts)
	if err != nil {
		return nil, err
	}
	p.keeps = func() (forget store.Batch) {
		for _, id := range p.touched {
			if kept, is := accepted[id]; is {
				forget = append(forget, kept)
				continue
			}
			forget = append(forget, store.Change{Key: keptAccounts + id})
		}
		for _, name := range p.settings {
			forget = append(forget, store.Change{Key: keptSettings + name})
		}
		return forget
	}
	return p, c.planAccounts(p, accounts, touched, strand, func(a config.Account) {
		if m := c.member(a.ID); m == nil || m.now().config.Hash() != c.baseOf(a.ID) && m.now().config.Hash() != a.Hash() {
			p.dropped(c, a.ID)
			if _, discarded := c.discarded.Load(a.ID); !discarded { // of those, addDiscarded has told
				p.gaveWay(m, a)
			}
		}
	})
}

// withChanges returns a configuration with the settings that operators have changed, but for those
// that it declares otherwise than the former one, or whose change was discarded.
func (c *Connector) withChanges(p *plan, next *config.Config) (*config.Config, error) {
	declared, running := c.declared.Load(), c.cfg()
	for _, name := range config.Reloadable() {
		now := running.Setting(name)
		isChanged := !bytes.Equal(declared.Setting(name), now)
		_, isDiscarded := c.discarded.Load(settingKey(name))
		if !isDiscarded && bytes.Equal(declared.Setting(name), next.Setting(name)) {
			with, err := next.With(name, now)
			if err != nil {
				return nil, err
			}
			next = with
			continue
		}
		p.settings = append(p.settings, name)
		if isChanged && !bytes.Equal(now, next.Setting(name)) {
			p.Dropped = append(p.Dropped, name)
		}
	}
	return next, nil
}

// compare notes what turns one configuration into another, and returns the accounts among that.
func (p *plan) compare(old, next *config.Config) (touched map[string]config.Kind) {
	touched = make(map[string]config.Kind)
	for _, change := range config.Diff(old, next) {
		switch {
		case change.Account != "":
			if _, known := touched[change.Account]; !known {
				touched[change.Account] = change.Kind
				if change.Path != config.AccountPath(change.Account) {
					touched[change.Account] = config.Changed
				}
			}
			p.Changed = append(p.Changed, change.String())
		case config.Reloads(change.Path):
			p.Changed = append(p.Changed, change.String())
		case change.Path != "accounts": // their order counts at the next start
			p.Restart = append(p.Restart, change.Path)
		}
	}
	return touched
}

// planAccounts plans what becomes of the accounts that a plan touches, and finds all that is wrong
// with them together. It calls seen with each that is added or changed.
func (c *Connector) planAccounts(
	p *plan, next config.Accounts, touched map[string]config.Kind, strand bool, seen func(config.Account),
) error {
	together := *p.config
	together.Accounts = next
	if err := c.checkWhole(&together, touched); err != nil {
		return err
	}
	var faults []error
	for _, a := range next {
		if _, is := touched[a.ID]; is {
			seen(a)
			faults = append(faults, c.planAccount(p, a))
		}
	}
	for id, kind := range touched {
		if kind == config.Removed {
			faults = append(faults, c.planRemoval(p, id, strand))
		}
	}
	p.touched = slices.Sorted(maps.Keys(touched))
	slices.Sort(p.Dropped)
	if err := errors.Join(faults...); err != nil {
		return err
	}
	if slices.ContainsFunc(next, settlesByEngine) {
		return c.serveAccounting() // before an engine is asked, for it asks back
	}
	return nil
}

// addDiscarded adds the accounts whose changes by operators were discarded: they become as the
// configuration says.
func (c *Connector) addDiscarded(p *plan, next *config.Config, touched map[string]config.Kind) {
	c.discarded.Range(func(key, _ any) bool {
		id := key.(string)
		if _, is := touched[id]; is || strings.HasPrefix(id, settingKey("")) {
			return true
		}
		touched[id] = config.Changed
		if _, declared := next.Accounts.Find(id); !declared {
			touched[id] = config.Removed
		}
		p.Changed = append(p.Changed, config.AccountPath(id)+" as in the configuration")
		return true
	})
}

// carry returns next with those settings of old that take a restart: see config.Reloads.
func carry(old, next *config.Config) *config.Config {
	now := *old
	now.Accounts, now.Routes, now.DefaultRoute, now.Spreads = next.Accounts, next.Routes, next.DefaultRoute, next.Spreads
	now.MinMessageWindow, now.MaxHoldTime, now.ReflectPayments = next.MinMessageWindow, next.MaxHoldTime, next.ReflectPayments
	return now.Reloaded(next)
}

// checkWhole checks all accounts that would run together: those of the configuration, and what
// operators have made of the ones that it does not touch.
func (c *Connector) checkWhole(next *config.Config, touched map[string]config.Kind) error {
	all := *next
	all.ILPAddress = c.Address()
	all.Accounts = nil
	for _, a := range next.Accounts {
		m := c.member(a.ID)
		if _, is := touched[a.ID]; !is && m != nil {
			a = *m.now().config
		} else if !is {
			continue // an operator has removed it
		}
		all.Accounts = append(all.Accounts, a)
	}
	for _, there := range c.registry.All() {
		m := c.member(there.ID)
		if _, is := touched[there.ID]; is || m == nil {
			continue
		}
		if _, declared := next.Accounts.Find(there.ID); !declared {
			all.Accounts = append(all.Accounts, *m.now().config)
		}
	}
	_, _, err := all.Validate(c.parts.known())
	return err
}

// planAccount plans what becomes of an account that the configuration adds or changes.
func (c *Connector) planAccount(p *plan, a config.Account) error {
	fault := func(err error) error {
		if err != nil {
			err = fmt.Errorf("%s: %w", config.AccountPath(a.ID), err)
		}
		return err
	}
	m := c.member(a.ID)
	if m != nil {
		p.Warnings = append(p.Warnings, beyond(m.now().account, a)...)
	}
	if m != nil && m.host != nil {
		return fault(fmt.Errorf("is the id of a client of account %s", m.now().account.Host))
	}
	if m != nil && c.isLeaving(m) {
		return fault(ErrLeaving)
	}
	if m != nil {
		if err := c.mayChangeSettler(m, a); err != nil {
			return fault(err)
		}
	}
	switch {
	case m == nil:
		next, err := c.newMember(&a, nil)
		if err != nil {
			return fault(err)
		}
		p.added = append(p.added, next)
		return fault(c.unitFits(next.now().account))
	case m.moves(a) || m.failure.Load() != nil:
		if err := c.mayMove(m, a); err != nil {
			return fault(err)
		}
		next, err := c.newMember(&a, m.now().account)
		if err != nil {
			return fault(err)
		}
		p.moved = append(p.moved, replacement{m, next})
		if losesUnit(*m.now().config, a) {
			p.final[a.ID] = func() error { return fault(c.mayMove(m, a)) }
		}
	default:
		s, err := settings(a)
		if err != nil {
			return fault(err)
		}
		if _, err = settler(a, m.link); err != nil {
			return fault(err)
		}
		if _, err = m.rekey(a); err != nil {
			return fault(err)
		}
		p.changed = append(p.changed, a)
		check := func() error { return fault(c.mayLoseBalance(m.now().account, account.New(a.ID, s))) }
		if losesUnit(*m.now().config, a) {
			p.final[a.ID] = check
		}
		return check()
	}
	return nil
}

// unitFits returns an error if the store has a balance of the account's id in another unit, which
// is not 0 or has an open settlement.
func (c *Connector) unitFits(a *account.Account) error {
	x := c.ledger.Lookup(a.ID)
	if a.Balance != nil && x != nil && (x.Asset != a.AssetCode || x.Scale != a.AssetScale) && x.Posted().Sign() != 0 {
		return fmt.Errorf("the store has a balance of %s in %s under its id: settle or move that first, or use another id", x.Posted(), x.Unit())
	}
	return c.unitMayChange(a)
}

// dropped notes that what operators have made of an account gives way to the configuration.
func (p *plan) dropped(c *Connector, id string) {
	if _, declared := c.cfg().Accounts.Find(id); declared || c.member(id) != nil {
		p.Dropped = append(p.Dropped, id)
	}
}

// gaveWay notes what else changes because what operators have made of an account gives way to the
// configuration. m is nil if an operator has removed it.
func (p *plan) gaveWay(m *member, a config.Account) {
	var now config.Config
	if m != nil {
		now.Accounts = config.Accounts{*m.now().config}
	}
	for _, change := range config.Diff(&now, &config.Config{Accounts: config.Accounts{a}}) {
		if text := change.String(); !slices.Contains(p.Changed, text) {
			p.Changed = append(p.Changed, text)
		}
	}
}

// planRemoval plans the removal of an account that the configuration has no more.
func (c *Connector) planRemoval(p *plan, id string, strand bool) error {
	m := c.member(id)
	if m == nil {
		return nil
	}
	if m.now().config.Hash() != c.baseOf(id) && p.declared != nil {
		p.dropped(c, id)
	}
	p.removed = append(p.removed, m)
	if strand {
		return c.mayVanish(m, true)
	}
	p.final[id] = func() error { return c.mayVanish(m, false) }
	return p.final[id]()
}

// mayVanish returns why an account that the configuration has no more must stay.
func (c *Connector) mayVanish(m *member, strand bool) error {
	if first, n := m.children.owing(); n > 0 && !strand {
		return fmt.Errorf("%s: is gone from the configuration, and %d of its clients have balances, the first of them %s: settle them, "+
			"or reload with force to leave them behind", config.AccountPath(m.id), n, first)
	}
	a := m.now().account
	if err := c.mayLoseBalance(a, account.New(m.id, account.Settings{})); err != nil && !strand {
		return fmt.Errorf("%s: is gone from the configuration, and has a balance of %s: settle it, or move it to another account, "+
			"or reload with force to leave it behind", config.AccountPath(m.id), a.Balance.Snapshot().Posted)
	}
	if err := c.openSettlement(c.ledger.Lookup(m.id)); err != nil {
		return fmt.Errorf("%s: is gone from the configuration: %w", config.AccountPath(m.id), err)
	}
	return nil
}
