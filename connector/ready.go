package connector

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/ilp-go/connector/clock"
	"github.com/ilp-go/connector/ledger"
)

const (
	// readyPoll is how often a connector that has started looks whether it is ready.
	readyPoll = 20 * time.Millisecond
	// unreadyPoll is how often the log may say what we wait for, if that changes.
	unreadyPoll = time.Second
	// unreadyEvery is how often the log repeats what we wait for.
	unreadyEvery = time.Minute
)

// unready returns why the connector should not be sent packets. It says "starting" only of a
// start that waits for nothing that has a name.
func (c *Connector) unready() (reasons []string) {
	if c.life.has(draining) {
		reasons = append(reasons, "draining")
	}
	reasons = append(reasons, c.lacks()...)
	if len(reasons) == 0 && !c.life.has(ready) {
		reasons = append(reasons, "starting")
	}
	return reasons
}

// lacks returns what a connector needs for packets and does not have.
func (c *Connector) lacks() (reasons []string) {
	reasons = c.faults()
	if ids := c.unconnected(); ids != "" {
		reasons = append(reasons, "accounts have not connected yet, within initialConnectTimeout: "+ids)
	}
	return reasons
}

// unconnected names the accounts that the start waits for, which it does not for long.
func (c *Connector) unconnected() string {
	if !c.life.has(linked) || c.life.has(connected) {
		return ""
	}
	return c.missing(c.all())
}

// faults returns the lacks that do not pass by themselves in initialConnectTimeout.
func (c *Connector) faults() (reasons []string) {
	if c.Address() == "" {
		reasons = append(reasons, c.unaddressed())
	}
	if !c.life.has(loaded) {
		reasons = append(reasons, "balances are not loaded yet")
	} else if c.durable {
		switch c.ledger.State(clock.Now().Steady) {
		case ledger.Failed:
			reasons = append(reasons, "balances cannot be written down any more")
		case ledger.Busy:
			reasons = append(reasons, "balances wait for the store")
		}
	}
	if c.pricing.State().Table.Empty() {
		reasons = append(reasons, "no exchange rates yet")
	}
	if reason := c.nodes.kept.unready(); reason != "" {
		reasons = append(reasons, reason)
	}
	if reason := c.middlewares.unready(c.life.has(ready)); reason != "" {
		reasons = append(reasons, reason)
	}
	if err := c.shared.failure(); err != nil {
		reasons = append(reasons, fmt.Sprintf("the shared listener cannot listen: %v", err))
	}
	for _, m := range c.all() {
		reasons = append(reasons, c.lacking(m)...)
	}
	return reasons
}

// lacking returns what is wrong with an account that its operator must mend. A peer that is
// away is no reason, and nor is what passes by itself or concerns this account alone.
func (c *Connector) lacking(m *member) (reasons []string) {
	if text := c.status(m).ListenError; text != "" {
		reasons = append(reasons, fmt.Sprintf("account %s cannot listen: %s", m.id, text))
	}
	if text, _, _ := m.check.problem(); text != "" {
		reasons = append(reasons, fmt.Sprintf("account %s: %s", m.id, text))
	}
	return reasons
}

// awaitReady waits until the connector lacks nothing, so that its log, Ready and /readyz say
// the same.
func (c *Connector) awaitReady(ctx context.Context) error {
	c.life.reach(connected)
	ticker := time.NewTicker(readyPoll)
	defer ticker.Stop()
	for len(c.lacks()) > 0 {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-ticker.C:
		}
	}
	return nil
}

// tellUnready logs what the start waits for, until the connector is ready or stops. It warns of
// what an operator may have to mend. That accounts connect one after the other is no reason to.
func (c *Connector) tellUnready(ctx context.Context) {
	ticker := time.NewTicker(unreadyPoll)
	defer ticker.Stop()
	var told, waited string
	var at time.Time
	for {
		select {
		case <-ctx.Done():
			return
		case <-c.life.await(ready):
			return
		case <-c.life.await(draining):
			return
		case now := <-ticker.C:
			if text := strings.Join(c.faults(), "; "); text != "" {
				if text != told || now.Sub(at) >= unreadyEvery {
					c.log.Warn("connector not ready yet", "waitingFor", text)
					told, at = text, now
				}
			} else if ids := c.unconnected(); ids != "" && ids != waited {
				c.log.Info("waiting for accounts to connect", "accounts", ids, "atMost", c.cfg().InitialConnectTimeout.Duration())
				waited = ids
			}
		}
	}
}
