package connector

import (
	"fmt"
	"time"

	"github.com/ilp-go/connector/engine"
)

// quiet makes an account that is leaving take no new packets, and waits until those under way
// have ended. From then on no packet moves its balance, so check sees whether the account may
// change or go. After an error, stay lets it take packets again.
func (c *Connector) quiet(m *member, check func() error) error {
	if err := check(); err != nil { // before a packet is refused for nothing
		return err
	}
	c.drainPorts(m)
	if n := c.awaitDrained(m); n > 0 {
		return fmt.Errorf("account %s has %d packets under way: try again when they have ended", m.id, n)
	}
	return check()
}

// drainPorts makes an account take no new packets, and neither its clients that are accounts.
func (c *Connector) drainPorts(m *member) {
	m.draining.begin(time.Now())
	m.onPort((*engine.Port).Drain)
	for _, client := range c.clientsOf(m) { // one that comes meanwhile sees that its host is draining
		client.onPort((*engine.Port).Drain)
	}
}

// stay lets an account go on that was leaving.
func (c *Connector) stay(m *member) {
	m.draining.end()
	m.onPort((*engine.Port).Undrain)
	for _, client := range c.clientsOf(m) {
		client.onPort((*engine.Port).Undrain)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	m.leaving = false
	if c.life.has(linked) {
		c.startLocked(m) // the start passed by it while it was leaving
	}
}

// awaitDrained waits until no packet from an account or to it is under way, and none of its
// clients that are accounts, at most for maxHoldTime: by then all have expired. It returns how many
// are left. It does not wait while the connector stops, for that drains all accounts.
func (c *Connector) awaitDrained(m *member) (left int64) {
	if !c.life.has(linked) {
		return 0
	}
	deadline := time.NewTimer(c.cfg().MaxHoldTime.Duration())
	defer deadline.Stop()
	ticker := time.NewTicker(drainPoll)
	defer ticker.Stop()
	for _, one := range append(c.clientsOf(m), m) {
		for one.now().port.InFlight() > 0 {
			select {
			case <-ticker.C:
			case <-deadline.C:
				left = one.now().port.InFlight()
				c.log.Warn("an account that changes or goes has packets under way", "account", one.id, "packets", left)
				return left
			case <-c.life.serving.Done():
				return one.now().port.InFlight()
			}
		}
	}
	return 0
}
