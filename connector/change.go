package connector

import (
	"errors"
	"fmt"
	"reflect"

	"github.com/ilp-go/connector/account"
	"github.com/ilp-go/connector/config"
	"github.com/ilp-go/connector/route/speaker"
	"github.com/ilp-go/connector/settle/remote"
)

// ChangeAccount gives an account another configuration while the connector runs. What limits
// it, settles it and routes to it changes at once, without a packet refused and with the
// connection as it is. Anything else takes another link, or another place in the network: then
// the account takes no packets until those under way have ended, and connects anew.
//
// The account is checked together with the others, as at the start. An error changes nothing.
func (c *Connector) ChangeAccount(a config.Account) error {
	edit := func(config.Account) (config.Account, error) { return a, nil }
	return c.changeAccount(a.ID, edit, (*config.Config).ValidateAccount,
		func(config.Account, []config.Warning) error { return nil })
}

// changeAccount gives an account the configuration that edit makes of its present one, and calls
// commit with that, and with what is odd about it. No other change comes between edit and the end.
func (c *Connector) changeAccount(
	id string, edit func(config.Account) (config.Account, error), validate validation, commit func(config.Account, []config.Warning) error,
) error {
	c.adding.Lock()
	defer c.adding.Unlock()
	m := c.member(id)
	switch {
	case m == nil:
		return fmt.Errorf("%w: %s", ErrNoAccount, id)
	case m.host != nil:
		return fmt.Errorf("account %s is a client of account %s: change perChild there", id, m.now().account.Host)
	}
	if _, err := c.leave(id); err != nil { // nobody removes it meanwhile
		return err
	}
	moved, err := c.changeLocked(m, edit, validate, commit)
	if !moved {
		c.stay(m)
	}
	return err
}

// changeLocked changes an account that is leaving. moved says that another member is in its place,
// or none. adding is held.
func (c *Connector) changeLocked(
	m *member, edit func(config.Account) (config.Account, error), validate validation, commit func(config.Account, []config.Warning) error,
) (moved bool, err error) {
	a, err := edit(*m.now().config)
	if err != nil {
		return false, err
	}
	odd, err := c.checkWithOthers(a, validate)
	if err != nil {
		return false, err
	}
	for _, w := range beyond(m.now().account, a) {
		c.log.Warn("configuration", "warning", w.String())
		odd = append(odd, w)
	}
	back, err := c.leaveSettlers(m, a)
	if err != nil {
		return false, err
	}
	if moved, err = c.makeChange(m, a, func() error { return commit(a, odd) }); err != nil && !moved {
		back()
	}
	return moved, err
}

// makeChange changes an account whose settler may change.
func (c *Connector) makeChange(m *member, a config.Account, commit func() error) (moved bool, err error) {
	if c.life.has(linked) && settlesByEngine(a) {
		if err := c.serveAccounting(); err != nil {
			return false, err
		}
	}
	if m.moves(a) || m.failure.Load() != nil || !c.life.has(loaded) {
		return c.replace(m, a, commit)
	}
	return false, c.adjust(m, a, commit)
}

// moves reports whether a changed account needs another link, or another place in the network.
func (m *member) moves(now config.Account) bool {
	old := m.now().config
	return old.Plugin != now.Plugin || old.Relation != now.Relation || old.AssetCode != now.AssetCode || old.AssetScale != now.AssetScale ||
		old.AssetMismatch != now.AssetMismatch || old.Segment() != now.Segment() ||
		!m.staysLinked(now) || !reflect.DeepEqual(old.Children, now.Children)
}

// adjust changes an account in its place, which is leaving meanwhile. All that can fail comes
// before commit.
func (c *Connector) adjust(m *member, a config.Account, commit func() error) error {
	old := m.now()
	s, err := settings(a)
	if err != nil {
		return err
	}
	next := &current{account: old.account.Changed(s), config: &a}
	if next.settler, err = settler(a, m.link); err != nil {
		return err
	}
	rekey, err := m.rekey(a)
	if err != nil {
		return err
	}
	if old.account.Balance != nil && next.account.Balance == nil {
		lost := func() error { return c.mayLoseBalance(old.account, next.account) }
		if err := c.quiet(m, lost); err != nil {
			return err
		}
		defer c.holdReceipts(m)()
		if err := lost(); err != nil {
			return err
		}
	}
	settles := !reflect.DeepEqual(old.config.Balance, a.Balance) || !reflect.DeepEqual(old.config.SettlementEngine, a.SettlementEngine)
	if err := c.ledger.Attach(next.account); err != nil { // from here on the new limits hold
		return err
	}
	if err := commit(); err != nil {
		return errors.Join(err, c.ledger.Attach(old.account))
	}
	rekey()
	if settles {
		_ = c.payer.Detach(m.id) // it may settle nothing
		c.engines.Remove(m.id)
	}
	c.registry.Replace(next.account)
	in, out := c.set.Chains(next.account)
	m.gate.Lock()
	next.port = c.engine.Change(old.port, next.account, in, out)
	m.current.Store(next)
	m.gate.Unlock()
	c.index.Put(a)
	if settles {
		if e, ok := next.settler.(*remote.Engine); ok {
			c.engines.Add(e)
		}
		if err := c.addToPayer(m); err != nil {
			c.log.Error("an account that was changed does not settle until a restart", "account", m.id, "error", err)
		}
		c.payer.Begin(m.id)
		c.payer.Consider(next.account)
	}
	c.readvertise(m, *old.config)
	c.watchInvitations(a)
	return nil
}

// mayLoseBalance returns an error if an account would lose a balance that is not zero.
func (c *Connector) mayLoseBalance(old, next *account.Account) error {
	if old.Balance == nil || next.Balance != nil {
		return nil
	}
	if s := old.Balance.Snapshot(); s.Posted.Sign() != 0 || s.PendingIn.Sign() != 0 || s.PendingOut.Sign() != 0 || s.Settling.Sign() != 0 {
		return fmt.Errorf("account %s: without the block balance its balance of %s would be in nobody's view: settle it first, "+
			"or write the limits as Infinity and -Infinity", old.ID, s.Posted)
	}
	return nil
}

// readvertise gives the speaker an account whose rules for routes have changed.
func (c *Connector) readvertise(m *member, old config.Account) {
	now := m.now()
	if reflect.DeepEqual(old.Routing, now.config.Routing) && old.SendsRoutes() == now.config.SendsRoutes() && old.ReceivesRoutes() == now.config.ReceivesRoutes() {
		return
	}
	c.speaker.Remove(m.id)
	c.addNeighbor(m)
	c.tellSpeaker(m, c.connected(m))
}

// addNeighbor adds an account to the speaker if it exchanges routes with us.
func (c *Connector) addNeighbor(m *member) {
	s, routing := m.now().account.Settings, m.now().config.Routing
	if !c.cfg().RouteBroadcastEnabled || !s.SendRoutes && !s.ReceiveRoutes {
		return
	}
	_, overHTTP := m.link.(*httpLink)
	c.speaker.Add(speaker.Neighbor{
		Account: m.id, Relation: s.Relation, Segment: m.now().account.Segment, Link: neighbor{c, m},
		Send: s.SendRoutes, Receive: s.ReceiveRoutes, Unasked: overHTTP, Policy: policy(routing),
	})
}

// replace takes an account out that is leaving, and attaches it with its new configuration. Its
// new link is made first, so that a mistake in its options changes nothing.
func (c *Connector) replace(m *member, a config.Account, commit func() error) (moved bool, err error) {
	if err := c.mayMove(m, a); err != nil {
		return false, err
	}
	next, err := c.newMember(&a, m.now().account)
	if err != nil {
		return false, err
	}
	if losesUnit(*m.now().config, a) {
		if err := c.quiet(m, func() error { return c.mayMove(m, a) }); err != nil {
			return false, err
		}
		defer c.holdReceipts(m)()
		if err := c.mayMove(m, a); err != nil {
			return false, err
		}
	}
	if err := commit(); err != nil {
		return false, err
	}
	if err := c.exchange(m, next); err != nil {
		c.log.Error("an account that was changed is not there until a restart", "account", m.id, "error", err)
		return true, fmt.Errorf("account %s was changed, but cannot run before a restart: %w", m.id, err)
	}
	return true, nil
}

// losesUnit reports whether a changed account, or its clients that are accounts, cannot go on
// with a balance that is not 0: it has another unit, or there is none any more.
func losesUnit(old, now config.Account) bool {
	return otherUnit(old, now) || old.Balance != nil && now.Balance == nil || losesClients(old, now)
}

func otherUnit(old, now config.Account) bool {
	return old.AssetCode != now.AssetCode || old.AssetScale != now.AssetScale
}

// losesClients is losesUnit for the clients alone.
func losesClients(old, now config.Account) bool {
	if old.Children == nil || old.Children.PerChild.Balance == nil {
		return false
	}
	return otherUnit(old, now) || now.Children == nil || now.Children.PerChild.Balance == nil
}

// mayMove returns why an account cannot be taken out and added with another configuration.
func (c *Connector) mayMove(m *member, a config.Account) error {
	old := m.now().account
	s, err := settings(a)
	if err != nil {
		return err
	}
	next := account.New(a.ID, s)
	if err := c.mayLoseBalance(old, next); err != nil {
		return err
	}
	if err := c.unitMayChange(next); err != nil {
		return err
	}
	if first, n := m.children.owing(); n > 0 && losesClients(*m.now().config, a) {
		return fmt.Errorf("account %s: %d clients have balances in %s with scale %d, the first of them %s: settle them first, "+
			"or use another account id", a.ID, n, old.AssetCode, old.AssetScale, first)
	}
	if old.Balance != nil && otherUnit(*m.now().config, a) {
		if posted := old.Balance.Snapshot().Posted; posted.Sign() != 0 {
			return fmt.Errorf("account %s: its balance of %s is in %s with scale %d: settle it before the asset or scale changes, or use another account id",
				a.ID, posted, old.AssetCode, old.AssetScale)
		}
	}
	return nil
}
