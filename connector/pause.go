package connector

import (
	"fmt"
	"time"

	"github.com/ilp-go/connector/account"
	"github.com/ilp-go/connector/admin"
	"github.com/ilp-go/connector/engine"
)

// PauseAccount makes an account take no new packets, and gives its routes back, until
// ResumeAccount. Its connection stays, and packets under way end as usual. If its clients are
// accounts, they are paused with it.
func (c *Connector) PauseAccount(id string) error {
	return c.pauseAccount(id, keptPause{At: time.Now().UTC()})
}

func (c *Connector) pauseAccount(id string, p keptPause) error {
	return c.toMember(id, func(m *member) {
		c.pauses.Store(id, p)
		c.applyPause(m)
	})
}

// toMember calls a function with the member of an account that may be paused, and again if another
// one has taken its place meanwhile.
func (c *Connector) toMember(id string, do func(*member)) error {
	for {
		m, err := c.pausable(id)
		if err != nil {
			return err
		}
		if do(m); c.member(id) == m {
			return nil
		}
	}
}

// ResumeAccount ends what PauseAccount began. An account that is paused together with others
// stays so.
func (c *Connector) ResumeAccount(id string) error {
	return c.toMember(id, func(m *member) {
		c.pauses.Delete(id)
		c.applyPause(m)
	})
}

// pausesOf returns the pauses because of which an account takes no packets, the widest first.
func (c *Connector) pausesOf(a *account.Account) []admin.PauseOf {
	of := c.wide.Load().of(a)
	if _, alone := c.pauses.Load(a.ID); alone {
		of = append(of, admin.PauseOf{Scope: admin.PausedOne, Of: a.ID})
	}
	return of
}

// pausedSince returns since when an account is to take no packets, zero if it is to take them.
func (c *Connector) pausedSince(m *member) (since time.Time) {
	if p, alone := c.pauses.Load(m.id); alone {
		since = p.(keptPause).At
	}
	if wide := c.wide.Load().since(m.now().account); since.IsZero() || !wide.IsZero() && wide.Before(since) {
		return wide
	}
	return since
}

// applyPause makes an account take packets or none, as operators want it at last: whoever changes
// that calls it afterwards.
func (c *Connector) applyPause(m *member) {
	m.pausing.Lock()
	defer m.pausing.Unlock()
	c.applyPauseLocked(m)
}

// correctPause is applyPause if an account takes packets and should not, or the other way round. It
// looks under the lock: another caller may be about to make of the account what is outdated by now.
func (c *Connector) correctPause(m *member) {
	m.pausing.Lock()
	defer m.pausing.Unlock()
	if m.paused.holds() == c.pausedSince(m).IsZero() {
		c.applyPauseLocked(m)
	}
}

// applyPauseLocked is applyPause while pausing is held.
func (c *Connector) applyPauseLocked(m *member) {
	set := (*engine.Port).Unpause
	if since := c.pausedSince(m); since.IsZero() {
		m.paused.end()
	} else {
		m.paused.at.Store(since.UnixNano())
		set = (*engine.Port).Pause
	}
	m.onPort(set)
	for _, client := range c.clientsOf(m) { // one that comes meanwhile sees that its host is paused
		client.onPort(set)
	}
	c.tellSpeaker(m, c.connected(m))
}

// pausable returns an account that may be paused. If one is just being replaced it waits for the
// other, which takes a moment: packets under way have ended by then.
func (c *Connector) pausable(id string) (*member, error) {
	over, replaced := c.exchanges.Load(id) // first, or it may be over before the member is there
	m := c.member(id)
	if m == nil && replaced {
		<-over.(chan struct{})
		m = c.member(id)
	}
	switch {
	case m == nil && c.registry.Find(id) == nil:
		return nil, fmt.Errorf("%w: %s", ErrNoAccount, id)
	case m == nil || m.host != nil:
		return nil, fmt.Errorf("account %s is a client of another account: block it with 'ilp-connector children block'", id)
	}
	return m, nil
}

// clientsOf returns the clients of an account that are connected accounts.
func (c *Connector) clientsOf(m *member) (clients []*member) {
	if m.children == nil {
		return nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, client := range c.members {
		if client.host == m.children {
			clients = append(clients, client)
		}
	}
	return clients
}
