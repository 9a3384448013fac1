package connector

import (
	"fmt"
	"time"

	"github.com/ilp-go/connector/account"
	"github.com/ilp-go/connector/admin"
	"github.com/ilp-go/connector/config"
	"github.com/ilp-go/connector/engine"
)

// removePatience bounds the wait for the packets of a client that is removed.
const removePatience = 20 * time.Second

// Remove removes a client: its token, its account and its connections. Its balance stays in the
// ledger. Unless it is forced to, it keeps a client whose balance is not 0 or that has an open
// settlement. The steps:
//
//  1. The client is not let in any more, its connections end, its packets are refused.
//  2. Its packets under way end. Now nothing moves its balance but settlements.
//  3. It settles no more.
//  4. Its token is removed from the store. Until then an error undoes all.
//  5. Its account is gone.
func (k clients) Remove(name string, force bool) error {
	c, id := k.connector, config.ChildID(k.parent.id, name)
	a := c.registry.Find(id)
	if a == nil {
		return k.removeRefused(id, name, force)
	}
	if err := k.mayGo(a, force); err != nil { // first, for it is disturbed otherwise
		return err
	}
	if err := k.host.Leave(name); err != nil {
		return refusal(name, err)
	}
	defer k.host.Stay(name)
	k.operating.Lock()
	m := c.member(id)
	if m != nil {
		m.draining.begin(time.Now())
		m.onPort((*engine.Port).Suspend)
	}
	k.operating.Unlock()
	err := k.drained(m, force)
	if err == nil {
		err = k.mayGo(a, force)
	}
	if err == nil {
		err = k.take(a, name, force)
	}
	if err != nil && m != nil {
		k.readmit(m, name)
	}
	return err
}

// removeRefused removes a client that has no account, because it cannot be one: its address is too
// long, for instance. Only its token goes. Of a balance that the ledger has under its id, the
// operator must know.
func (k clients) removeRefused(id, name string, force bool) error {
	c := k.connector
	x := c.ledger.Lookup(id)
	if x != nil && x.Posted().Sign() != 0 && !force {
		return admin.Conflict(fmt.Sprintf("client %s stays: it has no account, and the store has a balance of %s under %s; move it with "+
			"'ilp-connector balance move', or remove the client all the same with --force, in the API force=true", name, x.Posted(), id))
	}
	if err := c.openSettlement(x); err != nil && !force {
		return admin.Conflict(fmt.Sprintf("client %s stays: %v", name, err))
	}
	if err := k.host.Leave(name); err != nil {
		return refusal(name, err)
	}
	defer k.host.Stay(name)
	c.adding.Lock()
	defer c.adding.Unlock()
	if err := k.present(); err != nil {
		return err
	}
	if err := k.host.Forget(name); err != nil {
		return refusal(name, err)
	}
	c.checkFormer(id)
	return nil
}

// mayGo returns why a client that is not forced to go has to stay, nil if it may go.
func (k clients) mayGo(a *account.Account, force bool) error {
	if force {
		return nil
	}
	if a.Balance != nil {
		switch s := a.Balance.Snapshot(); {
		case s.Posted.Sign() != 0:
			return admin.Conflict(fmt.Sprintf("account %[1]s stays: its balance is %[2]s; settle it, or enter what was paid elsewhere with "+
				"'ilp-connector balance adjust %[1]s %[3]s', or remove the account all the same with --force, in the API force=true",
				a.ID, s.Posted, opposite(s.Posted.String())))
		case s.Settling.Sign() != 0:
			return admin.Conflict(fmt.Sprintf("account %s stays: %s is being settled; wait for the end, or remove the account all the same "+
				"with --force, in the API force=true", a.ID, s.Settling))
		}
	}
	if err := k.connector.openSettlement(k.connector.ledger.Lookup(a.ID)); err != nil {
		return admin.Conflict(fmt.Sprintf("account %s stays: %v", a.ID, err))
	}
	return nil
}

// drained waits until no packet of a client is under way. It does not wait while the connector
// stops.
func (k clients) drained(m *member, force bool) error {
	if m == nil {
		return nil
	}
	deadline := time.NewTimer(min(k.connector.cfg().MaxHoldTime.Duration(), removePatience))
	defer deadline.Stop()
	ticker := time.NewTicker(drainPoll)
	defer ticker.Stop()
	for m.now().port.InFlight() > 0 && k.connector.life.serving.Err() == nil {
		select {
		case <-ticker.C:
		case <-deadline.C:
			if force {
				return nil
			}
			return admin.Conflict(fmt.Sprintf("account %s stays: %d packets are under way; try again when they have ended", m.id, m.now().port.InFlight()))
		}
	}
	return nil
}

// readmit lets a client go on that stays.
func (k clients) readmit(m *member, name string) {
	k.operating.Lock()
	defer k.operating.Unlock()
	m.draining.end()
	if known, _ := k.host.Find(name); !known.Blocked {
		m.onPort((*engine.Port).Resume)
	}
}

// take takes the token and the account of a client that nothing moves any more.
func (k clients) take(a *account.Account, name string, force bool) error {
	c := k.connector
	c.adding.Lock() // nobody is added under the id until all of it is gone
	defer c.adding.Unlock()
	if err := k.present(); err != nil {
		return err
	}
	if force {
		_ = c.payer.Detach(a.ID)
	} else if err := c.endSettling(a.ID); err != nil {
		return admin.Conflict(err.Error())
	}
	if err := k.host.Forget(name); err != nil {
		if k.settles {
			if again := k.settle(a, name); again == nil {
				c.payer.Begin(a.ID)
			}
		}
		return refusal(name, err)
	}
	if m := c.member(a.ID); m != nil {
		m.onPort((*engine.Port).Drain)
		k.detach(m)
	}
	c.engines.Remove(a.ID)
	k.count(a)
	if err := c.receiver.Remove(a); err != nil {
		c.log.Warn("the leftover of a removed account cannot be stored", "account", a.ID, "error", err)
	}
	c.alerts.ResolveAccount(time.Now(), a.ID)
	c.checkFormer(a.ID)
	return nil
}

// count takes the account of a client out of the registry, and adds its counts to those of its
// parent: the sum of all must not fall. The parent keeps them when it is configured anew.
func (k *children) count(a *account.Account) {
	k.counting.Lock()
	defer k.counting.Unlock()
	k.connector.registry.Remove(a.ID)
	k.parent.now().account.Counters.Add(&a.Counters)
}
