package connector

import (
	"errors"
	"fmt"

	"github.com/ilp-go/connector/account"
	"github.com/ilp-go/connector/config"
	"github.com/ilp-go/connector/settle"
)

// leaveSettlers stops the settling of an account, and of its clients that are accounts, if another
// settler is to pay them. It returns an error if a settlement is open: the other settler does not
// know it, and would pay it a second time. Then nothing has changed. Otherwise no settlement can
// begin until the account has its new settler, or back is called because the change is not made.
func (c *Connector) leaveSettlers(m *member, a config.Account) (back func(), err error) {
	return c.leaveAll(m, c.resettled(m, a))
}

// resettled returns the account and its clients, as far as a changed configuration has them paid by
// another settler.
func (c *Connector) resettled(m *member, a config.Account) (all []*account.Account) {
	old := m.now().config
	if settledBy(*old) != settledBy(a) {
		all = append(all, m.now().account)
	}
	if old.Children != nil && (a.Children == nil || settledBy(old.Child("x")) != settledBy(a.Child("x"))) {
		all = append(all, c.registry.Hosted(m.id)...)
	}
	return all
}

// mayChangeSettler returns the error that leaveSettlers would return now, and disturbs nothing.
func (c *Connector) mayChangeSettler(m *member, a config.Account) error {
	return maySettleNoMore(c.resettled(m, a))
}

// maySettleNoMore returns an error if a settlement of one of the accounts is open.
func maySettleNoMore(all []*account.Account) error {
	for _, one := range all {
		if one.Balance != nil && one.Balance.Snapshot().Settling.Sign() != 0 {
			return settlerNeeded(one, settle.ErrOpen)
		}
	}
	return nil
}

// settlerNeeded returns the error of a change that would take its settler from an account.
func settlerNeeded(a *account.Account, err error) error {
	open := ""
	if a.Balance != nil {
		if s := a.Balance.Snapshot().Settling; s.Sign() != 0 {
			open = s.String() + " is being settled, and "
		}
	}
	return fmt.Errorf("account %s: %w: %sonly the present settler knows whether that is paid: wait until it has ended, "+
		"or say how it ended with 'ilp-connector settlements resolve'", a.ID, err, open)
}

// leaveAll stops the settling of an account and its clients, or of some of them, unless a
// settlement of one is open.
func (c *Connector) leaveAll(m *member, leaving []*account.Account) (back func(), err error) {
	if err := maySettleNoMore(leaving); err != nil { // before any is disturbed
		return nil, err
	}
	var left []*account.Account
	back = func() {
		for _, one := range left {
			if c.registry.Find(one.ID) == nil {
				continue // a client that was removed meanwhile
			}
			again := c.addToPayer
			if one.Host != "" {
				again = func(m *member) error { return m.children.settle(one, one.ID[len(m.id)+1:]) }
			}
			if err := again(m); err != nil {
				c.log.Error("an account does not settle until a restart", "account", one.ID, "error", err)
				continue
			}
			c.payer.Begin(one.ID)
			c.payer.Consider(one)
		}
	}
	for _, one := range leaving {
		switch err := c.payer.Leave(one.ID); {
		case err == nil:
			left = append(left, one)
		case !errors.Is(err, settle.ErrNoAccount):
			back()
			return nil, settlerNeeded(one, err)
		}
	}
	return back, nil
}

// leaveClients stops the settling of the clients of an account that is removed, unless a settlement
// of one is open.
func (c *Connector) leaveClients(m *member) (back func(), err error) {
	if m.children == nil {
		return func() {}, nil
	}
	back, err = c.leaveAll(m, c.registry.Hosted(m.id))
	if err != nil || !c.durable || !c.life.has(loaded) {
		return back, err
	}
	client, open, err := settle.FirstOpen(c.store, m.id+".") // also of one that nothing settles now
	if err == nil && open != "" {
		err = fmt.Errorf("account %s: settlement %s is open; wait for it to end, or say how it ended with "+
			"'ilp-connector settlements resolve %s %s'", client, open, client, open)
	}
	if err != nil {
		back()
		return nil, err
	}
	return back, nil
}

// holdReceipts lets the receipts of an account, and of its clients, wait until release is called. So
// its balance stays as it is checked.
func (c *Connector) holdReceipts(m *member) (release func()) {
	held := []func(){c.receiver.Hold(m.id)}
	if k := m.now().config.Children; k != nil && k.PerChild.SettlementEngine != nil {
		for _, one := range c.registry.Hosted(m.id) {
			held = append(held, c.receiver.Hold(one.ID))
		}
	}
	return func() {
		for _, release := range held {
			release()
		}
	}
}

// settledBy names what pays an account: its engine, or its plugin.
func settledBy(a config.Account) string {
	if a.SettlementEngine != nil {
		return a.SettlementEngine.URL
	}
	return a.Plugin
}
