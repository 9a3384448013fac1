package connector

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ilp-go/connector/account"
	"github.com/ilp-go/connector/audit"
	"github.com/ilp-go/connector/config"
	"github.com/ilp-go/connector/engine"
	"github.com/ilp-go/connector/ilp"
	"github.com/ilp-go/connector/link"
	"github.com/ilp-go/connector/link/btplink"
	"github.com/ilp-go/connector/route"
	"github.com/ilp-go/connector/settle"
	"github.com/ilp-go/connector/settle/remote"
	"github.com/ilp-go/connector/store"
)

// Runner is a link's life.
type Runner interface {
	// Run keeps the link connected until ctx ends, hands what comes in to handler,
	// and tells changed whenever it becomes connected or stops being so. It
	// blocks, and is called once.
	Run(ctx context.Context, handler ilp.Handler, changed func(connected bool))
	// Ready is closed when the link has been connected for the first time.
	Ready() <-chan struct{}
	// Status is how the link is doing.
	Status() link.Status
}

// member is an account and what it takes to run it.
type member struct {
	id       string
	link     Link
	check    *parentCheck           // nil unless it gives us our address
	children *children              // nil unless its clients are accounts
	host     *children              // those that it is one of, nil if it is none
	stop     context.CancelFunc     // nil until it is started; guarded by Connector.mu
	running  sync.WaitGroup         // until its link has ended
	leaving  bool                   // it is being removed or changed; guarded by Connector.mu
	unrouted bool                   // its removal is certain, and it has no routes; guarded by Connector.mu
	failure  atomic.Pointer[string] // why it takes no packets any more, nil if it does
	failed   moment                 // when that began
	pausing  sync.Mutex             // held while paused changes
	paused   moment                 // an operator wants it to take none
	draining moment                 // it takes none because it is about to change or go

	gate    sync.Mutex // held while the port changes its state, or another takes its place
	current atomic.Pointer[current]
}

// current is a member by its present configuration. It never changes, but a member may get
// another.
type current struct {
	account *account.Account
	config  *config.Account // may be that of the configuration, and the clients of an account share one: it never changes
	settler settle.Settler  // nil if there is nothing to settle
	port    *engine.Port    // nil until it is attached
}

func (m *member) now() *current { return m.current.Load() }

// attached reports whether the account has a place in the engine.
func (m *member) attached() bool { return m.now().port != nil }

// onPort changes the state of the port. No change gets lost when another port takes its place.
func (m *member) onPort(change func(*engine.Port)) {
	m.gate.Lock()
	defer m.gate.Unlock()
	change(m.now().port)
}

// ErrNoAccount says that there is no account of an id.
var ErrNoAccount = errors.New("unknown account id")

// AddAccount adds an account while the connector runs, connects it, and settles
// what its threshold asks for. The account is as config.ParseAccount gives it. It is
// checked together with the others, as at the start; an error changes nothing.
func (c *Connector) AddAccount(a config.Account) error {
	return c.audited(audit.AddAccount, a.ID, func() error { return c.addAccount(a, (*config.Config).ValidateAccount, nothingToWrite) })
}

func (c *Connector) addAccount(a config.Account, validate validation, commit func() error) error {
	c.adding.Lock()
	defer c.adding.Unlock()
	return c.addLocked(a, validate, commit)
}

func (c *Connector) addLocked(a config.Account, validate validation, commit func() error) error {
	if m := c.member(a.ID); m != nil && c.isLeaving(m) {
		return fmt.Errorf("%w: %s; try again when it is gone", ErrLeaving, a.ID)
	}
	if _, err := c.checkWithOthers(a, validate); err != nil {
		return err
	}
	if c.life.has(linked) && settlesByEngine(a) {
		if err := c.serveAccounting(); err != nil { // first, for the engine is asked at once, and asks back
			return err
		}
	}
	if err := c.add(&a, commit); err != nil {
		return err
	}
	m := c.member(a.ID)
	c.routeIn(m)
	c.begin(m)
	return nil
}

// begin starts an account that was attached while the connector runs, and has its route.
func (c *Connector) begin(m *member) {
	c.checkPrices(c.pricing.State().Table, m.id)
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.life.has(linked):
		c.startLocked(m)
		c.payer.Consider(m.now().account)
	case m.check != nil && c.asking: // the start waits for our address
		c.startLocked(m)
	}
}

// validation checks an account together with a configuration and other accounts.
type validation = func(*config.Config, config.Account, *config.Index, config.Known) ([]config.Warning, error)

// checkWithOthers finds what is wrong with an account beside those there are, but for one of
// its own id: a port or an address that is taken, for instance. What is odd about it is logged, and
// returned.
func (c *Connector) checkWithOthers(a config.Account, validate validation) (odd []config.Warning, err error) {
	all := *c.cfg()
	all.ILPAddress = c.Address() // which a parent may have told us
	odd, err = validate(&all, a, c.index, c.parts.known())
	if err != nil {
		return nil, err
	}
	for _, w := range odd {
		c.log.Warn("configuration", "warning", w.String())
	}
	return odd, nil
}

// add makes an account and attaches it, without starting its link. All that can fail comes
// before commit, which may make the change durable, and the account is visible only after it. The account
// keeps a.
func (c *Connector) add(a *config.Account, commit func() error) error {
	if c.registry.Find(a.ID) != nil {
		return fmt.Errorf("account %q is already there", a.ID)
	}
	m, err := c.newMember(a, nil)
	if err != nil {
		return err
	}
	return c.enter(m, commit)
}

// newMember makes an account and its link, which nobody sees yet. It goes on with the state of
// a former account, unless that is nil.
func (c *Connector) newMember(a *config.Account, former *account.Account) (*member, error) {
	plugin, err := c.pluginOf(a)
	if err != nil {
		return nil, err
	}
	s, err := settings(*a)
	if err != nil {
		return nil, err
	}
	if own := c.Address(); own != "" && s.Relation == account.Child {
		if child := route.ChildAddress(own, a.ID, s.Segment); !ilp.ValidAddress(child) {
			return nil, fmt.Errorf("its address would be %.64s..., which is no ILP address: use a shorter id or ilpAddressSegment", child)
		}
	}
	m := &member{id: a.ID}
	now := current{account: account.NewSharing(a.ID, s.Segment, c.alike.share(s)), config: a}
	if former != nil {
		now.account = former.Changed(s)
	}
	m.current.Store(&now)
	err = c.guardNew(m, func() (err error) {
		if m.link, err = plugin(*a, accountLog(c.log, a.ID)); err != nil {
			return err
		}
		if al, ok := m.link.(Alerter); ok {
			al.Alert(linkAlerts{c, a.ID})
		}
		if l, ok := m.link.(*httpLink); ok {
			c.keepAnswers(l, *a)
		}
		if l, ok := m.link.(interface {
			Admit(func(btplink.Login) error)
		}); ok {
			l.Admit(func(who btplink.Login) error { return c.admits(m, who, time.Now()) })
		}
		return c.newChildren(m)
	})
	if err != nil {
		return nil, err
	}
	now.settler, err = settler(*a, m.link)
	return m, err
}

// enter attaches an account. All that can fail comes before commit, and the account is visible
// only after it.
func (c *Connector) enter(m *member, commit func() error) error {
	now := m.now()
	loaded := c.life.has(loaded)
	if loaded {
		if err := c.recover(m); err != nil {
			return err
		}
	}
	err := commit()
	if err == nil {
		err = c.registry.Add(now.account) // cannot fail: the id was not there
	}
	if err != nil {
		_ = c.payer.Detach(m.id)
		m.children.end()
		return err
	}
	if e, ok := now.settler.(*remote.Engine); ok {
		c.engines.Add(e) // before Attach, which asks who answers messages of the peer's engine
	}
	in, out := c.set.Chains(now.account)
	attached := *now
	attached.port = c.engine.Attach(now.account, m.link, in, out)
	m.current.Store(&attached)
	m.check = newParentCheck(c, m)
	c.addNeighbor(m)
	c.shared.enter(m.id, m.link)
	c.mu.Lock()
	c.members[m.id] = m
	c.mu.Unlock()
	c.nodes.wake()
	c.index.Put(*now.config)
	c.watchInvitations(*now.config)
	if !c.pausedSince(m).IsZero() {
		c.applyPause(m)
	}
	if loaded {
		c.checkFormer(m.id)
		c.checkLeft(m.id)
		c.payer.Begin(m.id) // last, because its engine may call our settlement API at once
	}
	return nil
}

// recover gives an account its balance and its settlements, and its plugin a part of the
// store.
func (c *Connector) recover(m *member) error {
	if err := c.unitMayChange(m.now().account); err != nil {
		return err
	}
	if err := c.ledger.Attach(m.now().account); err != nil {
		return err
	}
	return c.guardNew(m, func() error {
		if k, ok := m.link.(Keeper); ok {
			if err := k.Keep(store.Namespace(store.Namespace(c.store, pluginNamespace), m.id)); err != nil {
				return fmt.Errorf("account %s: plugin %s: %w", m.id, m.now().config.Plugin, err)
			}
		}
		if err := m.children.load(); err != nil {
			return err
		}
		return c.addToPayer(m)
	})
}

// pluginNamespace is where the store keeps what plugins want, by account.
const pluginNamespace = "plugins"

// startLocked runs an account's link, if it does not run yet.
func (c *Connector) startLocked(m *member) {
	if m.stop != nil || m.leaving || m.failure.Load() != nil || c.life.serving.Err() != nil {
		return
	}
	c.alerts.Resolve(time.Now(), m.id, kindPanic) // of the last run
	m.running.Add(1)
	if l, ok := m.link.(starter); ok && m.check == nil && l.starts() {
		c.life.links.Add(1)
		m.stop = l.Start(&entrance{m}, m.changed(c), func(p *link.Panic) {
			defer c.life.links.Done()
			defer m.running.Done()
			if p != nil {
				c.panicked(m, p.Value, p.Stack)
			}
		})
		return
	}
	ctx, cancel := context.WithCancel(c.life.serving)
	m.stop = cancel
	c.life.links.Go(func() {
		defer m.running.Done()
		var checking sync.WaitGroup
		if m.check != nil {
			checking.Go(func() { c.guard(m, func() { m.check.run(ctx) }) })
		}
		c.guard(m, func() { m.link.Run(ctx, &entrance{m}, m.changed(c)) }) // if it panics, its account is taken down, and nothing else
		checking.Wait()
	})
}

// starter is a link that needs no goroutine to run, if it says so.
type starter interface {
	starts() bool
	Start(handler ilp.Handler, changed func(connected bool), ended func(*link.Panic)) (stop func())
}

// stopStarted ends the links that run without a goroutine, when all that serves packets ends.
func (c *Connector) stopStarted() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, m := range c.members {
		if m.stop != nil && m.host == nil {
			m.stop()
		}
	}
}

// changed returns what is told when the link of the account is connected, or is not any more.
func (m *member) changed(c *Connector) func(connected bool) {
	return func(connected bool) {
		if m.check != nil {
			m.check.changed(connected)
			return
		}
		c.tellSpeaker(m, connected)
	}
}

// tellSpeaker tells the speaker whether packets can go to an account whose link is connected,
// or is not.
func (c *Connector) tellSpeaker(m *member, connected bool) {
	c.speaker.Connected(m.id, connected && m.failure.Load() == nil && !m.paused.holds())
}

// member returns the member of an id, nil if there is none.
func (c *Connector) member(id string) *member {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.members[id]
}

// nothingToWrite is the commit of a change that is not kept.
func nothingToWrite() error { return nil }
