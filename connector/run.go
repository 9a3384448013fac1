package connector

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/ilp-go/connector/account"
)

// drainPoll is how often a draining connector looks whether packets are left.
const drainPoll = 10 * time.Millisecond

// Run runs the connector until ctx ends, and then drains it: new packets are
// refused, and those in flight end, at most after maxHoldTime. It blocks, and
// returns nil after a graceful end. It is called once.
func (c *Connector) Run(ctx context.Context) error {
	if !c.life.reach(started) {
		return ErrRunning
	}
	defer c.life.reach(stopped)
	var helpers sync.WaitGroup
	defer helpers.Wait()
	defer c.life.links.Wait()
	defer c.life.end()
	serving := c.life.serving
	admin, tellAdmin, err := c.serveAdmin(serving)
	if err != nil {
		return err
	}
	helpers.Go(admin)
	helpers.Go(func() { c.engine.Run(serving) })
	helpers.Go(func() { c.tellUnready(serving) })
	helpers.Go(func() { c.speaker.Run(serving) })
	helpers.Go(func() { c.parts.duplicates.Start(serving, c.sweepInterval()) })
	helpers.Go(func() { c.endAlerts(serving) })
	helpers.Go(func() { c.watchCertificates(serving) })
	endObservers := c.runObservers()

	closeStore, err := c.load()
	endPayer := func() {}
	endNodes := func() {}
	if err == nil { // until now the log has no line that looks like success
		tellAdmin()
		endNodes = c.nodes.run()
		helpers.Go(func() { c.pricing.Run(serving) })
		helpers.Go(func() { c.poller.Run(serving) })
		helpers.Go(func() { c.expireInvitations(serving) })
		if c.shared != nil {
			helpers.Go(func() { c.shared.run(serving) })
		}
		endPayer = c.runPayer()
		err = c.start(ctx)
	}
	if err == nil {
		err = c.awaitReady(ctx)
	}
	switch {
	case err == nil:
		c.life.reach(ready)
		c.log.Info("connector ready", "address", c.Address())
		<-ctx.Done()
	case ctx.Err() != nil: // told to stop before it was ready
		err = nil
	}
	tell := c.log
	if err != nil && !c.life.has(linked) {
		tell = slog.New(slog.DiscardHandler) // nothing had run
	}
	unanswered := c.drain(tell)
	c.life.end()
	c.life.links.Wait() // what they still bring belongs into the ledger
	c.middlewares.teardown()
	endNodes()
	c.middlewares.wait()
	c.inbox.Close()
	helpers.Wait() // the admin API reads and writes the store
	endPayer()
	err = errors.Join(err, closeStore())
	endObservers() // closing the store has let the last packets go on
	tell.Info("stopped", "unanswered", unanswered)
	return err
}

// start brings up the links, the parent first if it is to tell us our address.
func (c *Connector) start(ctx context.Context) error {
	select {
	case <-c.shared.tried():
	case <-ctx.Done():
		return ctx.Err()
	}
	if c.Address() == "" {
		if err := c.inherit(ctx); err != nil {
			return err
		}
		c.reroute()
	}
	c.awaitRates(ctx)
	var err error
	c.adding.Lock()
	if c.hasEngines() {
		err = c.serveAccounting()
	}
	c.life.reach(linked)
	c.adding.Unlock()
	if err != nil {
		return err
	}
	c.mu.Lock()
	var started []*member
	for _, a := range c.registry.All() {
		m := c.members[a.ID]
		if m == nil {
			continue // taken out meanwhile
		}
		c.startLocked(m)
		started = append(started, m)
		c.payer.Consider(a) // a positive settleTo is paid in advance
	}
	c.mu.Unlock()
	return c.await(ctx, started)
}

// all returns the members in the order in which they were added.
func (c *Connector) all() (members []*member) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, a := range c.registry.All() {
		if m := c.members[a.ID]; m != nil {
			members = append(members, m)
		}
	}
	return members
}

// active returns the accounts that may have packets: all that are configured, and the clients
// that are connected.
func (c *Connector) active() []*account.Account {
	active := slices.Clone(c.registry.All())
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, m := range c.members {
		if m.host != nil {
			active = append(active, m.now().account)
		}
	}
	return active
}

// ratesPatience is how long the links wait for the first rates. Without rates
// packets are refused, but a dead source of rates must not keep us from starting.
const ratesPatience = 2 * time.Second

func (c *Connector) awaitRates(ctx context.Context) {
	select {
	case <-c.life.await(rated):
	case <-ctx.Done():
	case <-time.After(ratesPatience):
	}
}

// awaited reports whether the start waits for an account to connect. It does not wait for
// children, such as apps, which come and go, nor for a peer that has not accepted yet, nor for an
// account that takes no packets anyway.
func awaited(m *member) bool {
	return m.now().account.Relation != account.Child && !m.now().config.Invitation.Open() && !m.paused.holds()
}

// await waits until all links were connected once, or initialConnectTimeout. Those of children
// need only listen, if they do.
func (c *Connector) await(ctx context.Context, started []*member) error {
	timeout := time.NewTimer(c.cfg().InitialConnectTimeout.Duration())
	defer timeout.Stop()
	for _, m := range started {
		up := c.linkTried(m)
		if awaited(m) {
			up = c.linkReady(m)
		}
		select {
		case <-up:
		case <-ctx.Done():
			return ctx.Err()
		case <-timeout.C:
			if ids := c.missing(started); ids != "" {
				c.log.Warn("not connected within initialConnectTimeout, going on without", "accounts", ids)
			}
			return nil
		}
	}
	return nil
}

// missing names those that the start waits for because they have not been connected yet, the
// first few of them.
func (c *Connector) missing(started []*member) string {
	const named = 10
	var ids []string
	for _, m := range started {
		if !awaited(m) {
			continue
		}
		select {
		case <-c.linkReady(m):
		default:
			ids = append(ids, m.id)
		}
	}
	if more := len(ids) - named; more > 0 {
		return fmt.Sprintf("%s and %d more", strings.Join(ids[:named], ", "), more)
	}
	return strings.Join(ids, ", ")
}

// drain refuses new packets and waits for those in flight.
func (c *Connector) drain(log *slog.Logger) (unanswered int64) {
	c.life.reach(draining)
	c.engine.Drain()
	log.Info("draining", "inFlight", c.engine.InFlight())
	deadline := time.Now().Add(c.cfg().MaxHoldTime.Duration())
	ticker := time.NewTicker(drainPoll)
	defer ticker.Stop()
	for c.engine.InFlight() > 0 && time.Now().Before(deadline) {
		<-ticker.C
	}
	return c.engine.InFlight()
}

// sweepInterval returns how often to forget old packets: as often as the account that
// asks for it most often.
func (c *Connector) sweepInterval() time.Duration {
	every := 30 * time.Second
	for _, a := range c.registry.All() {
		if a.DedupeSweep > 0 {
			every = min(every, a.DedupeSweep)
		}
	}
	return every
}
