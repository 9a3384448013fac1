package connector

import (
	"fmt"

	"github.com/ilp-go/connector/engine"
)

// PauseAccount makes an account take no new packets, and gives its routes back, until
// ResumeAccount. Its connection stays, and packets under way end as usual.
func (c *Connector) PauseAccount(id string) error {
	m := c.member(id)
	if m == nil {
		return fmt.Errorf("%w: %s", ErrNoAccount, id)
	}
	c.pause(m)
	return nil
}

func (c *Connector) pause(m *member) {
	m.paused.Store(true)
	m.onPort((*engine.Port).Pause)
	c.tellSpeaker(m, false)
}

// ResumeAccount ends what PauseAccount began.
func (c *Connector) ResumeAccount(id string) error {
	m := c.member(id)
	if m == nil {
		return fmt.Errorf("%w: %s", ErrNoAccount, id)
	}
	m.paused.Store(false)
	m.onPort((*engine.Port).Unpause)
	c.tellSpeaker(m, c.connected(m))
	return nil
}
