package connector

import (
	"fmt"

	"github.com/ilp-go/connector/engine"
)

// PauseAccount makes an account take no new packets, and gives its routes back, until
// ResumeAccount. Its connection stays, and packets under way end as usual. If its clients are
// accounts, they are paused with it.
func (c *Connector) PauseAccount(id string) error {
	return c.toMember(id, c.pause)
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

// ResumeAccount ends what PauseAccount began.
func (c *Connector) ResumeAccount(id string) error { return c.toMember(id, c.resume) }

func (c *Connector) resume(m *member) {
	c.pauses.Delete(m.id)
	m.paused.Store(false)
	m.onPort((*engine.Port).Unpause)
	for _, client := range c.clientsOf(m) {
		client.onPort((*engine.Port).Unpause)
	}
	c.tellSpeaker(m, c.connected(m))
}

// pausable returns an account that may be paused.
func (c *Connector) pausable(id string) (*member, error) {
	m := c.member(id)
	switch {
	case m == nil && c.registry.Find(id) == nil:
		return nil, fmt.Errorf("%w: %s", ErrNoAccount, id)
	case m == nil || m.host != nil:
		return nil, fmt.Errorf("account %s is a client of another account: block it with 'ilp-connector children block'", id)
	}
	return m, nil
}

func (c *Connector) pause(m *member) {
	c.pauses.Store(m.id, true)
	m.paused.Store(true)
	m.onPort((*engine.Port).Pause)
	for _, client := range c.clientsOf(m) { // one that comes meanwhile sees that its host is paused
		client.onPort((*engine.Port).Pause)
	}
	c.tellSpeaker(m, false)
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
