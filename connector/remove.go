package connector

import (
	"errors"
	"fmt"
	"time"

	"github.com/ilp-go/connector/account"
	"github.com/ilp-go/connector/audit"
	"github.com/ilp-go/connector/ledger"
	"github.com/ilp-go/connector/settle"
)

// ErrLeaving says that an account is being removed or changed already.
var ErrLeaving = errors.New("the account is being removed or changed")

// RemoveAccount takes an account out. Its routes are gone at once, and it takes no new
// packets. RemoveAccount then waits until those under way, from the account and to it, have
// ended, at most for maxHoldTime, and closes its connection. The account stays, with an
// error that wraps settle.ErrOpen, while a settlement of it is open. Its balance stays in
// the store, and an account that is added again under its id goes on with it.
func (c *Connector) RemoveAccount(id string) error {
	return c.audited(audit.RemoveAccount, id, func() error { return c.removeAccount(id, true, nothingToWrite) })
}

// removeAccount removes an account. Unless stranding is fine, its balance must be 0. commit is
// called when nothing can keep the account any more.
func (c *Connector) removeAccount(id string, strands bool, commit func() error) error {
	m, err := c.leave(id)
	if err != nil {
		return err
	}
	stays := func(err error) error {
		c.stay(m)
		return err
	}
	if !strands {
		if err := c.quiet(m, func() error { return c.owesNothing(m) }); err != nil {
			return stays(err)
		}
	}
	back, err := c.leaveClients(m)
	if err != nil {
		return stays(err)
	}
	if err := c.endSettling(id); err != nil {
		back()
		return stays(err)
	}
	c.adding.Lock() // nobody sees that it is gone in the store, and takes it to be here
	err = commit()
	if err == nil {
		c.mu.Lock()
		m.unrouted = true // see quit
		c.mu.Unlock()
	}
	c.adding.Unlock()
	if err != nil {
		back()
		if again := c.addToPayer(m); again == nil {
			c.payer.Begin(id)
		}
		return stays(err)
	}
	c.pauses.Delete(id)
	c.quit(m)
	c.adding.Lock() // nobody is added under the id until all of it is gone
	defer c.adding.Unlock()
	c.takeOutLocked(m)
	return nil
}

// owesNothing returns an error if an account or a client of it has a balance that is not 0.
func (c *Connector) owesNothing(m *member) error {
	if id, n := m.children.owing(); n > 0 {
		return fmt.Errorf("%d clients have balances, the first of them %s: settle them, or leave them behind with --force, in the API force=true", n, id)
	}
	a := m.now().account
	if err := c.mayLoseBalance(a, account.New(m.id, account.Settings{})); err != nil {
		return fmt.Errorf("account %s has a balance of %s: settle it, or move it to another account, or leave it behind with --force, in the API force=true", m.id,
			a.Balance.Snapshot().Posted)
	}
	return nil
}

// quit gives back the routes of an account that is certain to go, and ends its link when its
// packets have ended.
func (c *Connector) quit(m *member) {
	c.mu.Lock()
	m.unrouted = true // not before: an account that stays keeps its routes
	c.mu.Unlock()
	c.drainPorts(m)
	c.speaker.Remove(m.id)
	c.routeOut(m)
	c.endLink(m)
}

// endLink waits for the packets under way, and ends the link.
func (c *Connector) endLink(m *member) {
	c.awaitDrained(m)
	c.mu.Lock()
	stop := m.stop
	c.mu.Unlock()
	if stop != nil {
		stop()
		m.running.Wait()
	}
}

// takeOutLocked takes out an account whose link has ended. adding is held.
func (c *Connector) takeOutLocked(m *member) {
	id := m.id
	m.children.end()
	c.engine.Detach(m.now().port)
	c.middlewares.forget(m.id)
	c.engines.Remove(id)
	c.registry.Remove(id)
	_ = c.payer.Detach(id) // if the store was read meanwhile, it settles again
	if c.life.has(loaded) {
		if err := c.receiver.Remove(m.now().account); err != nil {
			c.log.Warn("the leftover of a removed account cannot be stored", "account", id, "error", err)
		}
	}
	c.mu.Lock()
	delete(c.members, id)
	c.mu.Unlock()
	c.nodes.wake()
	c.index.Remove(id)
	c.alerts.ResolveAccount(time.Now(), id)
	if _, replaced := c.exchanges.Load(id); !replaced { // the next one goes on with the balance, and takes the place at the shared listener
		c.shared.leave(id)
		c.checkFormer(id)
		c.checkLeft(id)
	}
}

// leave marks an account as being removed or changed, once.
func (c *Connector) leave(id string) (*member, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	m := c.members[id]
	a := c.registry.Find(id)
	switch {
	case a != nil && a.Host != "":
		return nil, fmt.Errorf("account %s is a client of account %s: remove it there", id, a.Host)
	case m == nil:
		return nil, fmt.Errorf("%w: %s", ErrNoAccount, id)
	case m.leaving:
		return nil, fmt.Errorf("%w: %s", ErrLeaving, id)
	}
	m.leaving = true
	return m, nil
}

// goes reports whether the removal of an account is certain. One that another member takes the
// place of does not go.
func (c *Connector) goes(m *member) bool {
	_, exchanged := c.exchanges.Load(m.id)
	c.mu.Lock()
	defer c.mu.Unlock()
	return m.unrouted && !exchanged
}

func (c *Connector) isLeaving(m *member) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return m.leaving
}

// unitMayChange returns why an account cannot have another asset or scale than the
// balance that the store has kept under its id, nil if it can or has the same: amounts of
// a settlement that is open are in the former unit.
func (c *Connector) unitMayChange(a *account.Account) error {
	x := c.ledger.Lookup(a.ID)
	if x == nil || x.Asset == a.AssetCode && x.Scale == a.AssetScale {
		return nil
	}
	err := c.openSettlement(x)
	if err != nil {
		return fmt.Errorf("account %s: %w", a.ID, err)
	}
	return nil
}

// openSettlement returns an error if a settlement of a balance is open. x may be nil.
func (c *Connector) openSettlement(x *ledger.Account) error {
	if x == nil || !c.durable {
		return nil
	}
	ids, err := settle.StoredOpen(c.store, x.ID)
	if n := len(ids); err == nil && n > 0 {
		open := ids[n-1]
		err = fmt.Errorf("settlement %s in %s is open: configure the account with that asset and scale until it has ended, "+
			"or until you have said how it ended with 'ilp-connector settlements resolve %s %s'", open, x.Unit(), x.ID, open)
	}
	return err
}
