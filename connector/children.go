package connector

import (
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/ilp-go/connector/account"
	"github.com/ilp-go/connector/config"
	"github.com/ilp-go/connector/engine"
	"github.com/ilp-go/connector/ilp"
	"github.com/ilp-go/connector/link"
	"github.com/ilp-go/connector/link/btplink"
	"github.com/ilp-go/connector/link/miniaccounts"
	"github.com/ilp-go/connector/route"
	"github.com/ilp-go/connector/settle/remote"
)

// Host is a Link whose clients may be accounts of their own.
type Host interface {
	// Host makes each client an account of its own. It is called at most once, before Run.
	Host(miniaccounts.Accounts)
	// Names returns the names of the clients that the link knows.
	Names() []string
}

// children are the accounts of the clients of one listening account. A child that we know has
// an account and a balance. While it is connected, it is a member with a port and a route too.
type children struct {
	connector *Connector
	parent    *member
	terms     account.Settings // of each child, but for its segment; they share them
	each      config.Account   // the same as configured, but for id and segment; they share it
	settles   bool             // each child has something that settles it

	mu sync.Mutex // one child is made at a time

	operating sync.Mutex // one child is blocked at a time
	counting  sync.Mutex // held while the counts of a child move to its parent
}

// newChildren makes the clients of an account accounts, if its configuration says so.
func (c *Connector) newChildren(m *member) error {
	if m.now().config.Children == nil {
		return nil
	}
	host, ok := m.link.(Host)
	if !ok {
		return fmt.Errorf("plugin %s cannot make its clients accounts: remove children", m.now().config.Plugin)
	}
	of := m.now().config.Child("x")
	terms, err := settings(of)
	if err != nil {
		return fmt.Errorf("children.perChild.%w", err)
	}
	terms.Host = m.id
	of.ID, of.ILPAddressSegment = "", ""
	m.children = &children{connector: c, parent: m, terms: terms, each: of,
		settles: of.SettlementEngine != nil || terms.Settle != nil || of.Balance != nil && of.Balance.SettleEvery > 0}
	host.Host(m.children)
	return nil
}

// load makes accounts of the clients that are known from former runs.
func (k *children) load() error {
	if k == nil {
		return nil
	}
	for _, name := range k.parent.link.(Host).Names() {
		_, err := k.known(name)
		if refused := btplink.Refusal(""); errors.As(err, &refused) {
			k.connector.log.Warn("a client cannot be an account, and is refused", "account", k.parent.id, "client", name, "error", err)
			continue
		}
		if err != nil {
			return fmt.Errorf("client %s of account %s: %w", name, k.parent.id, err)
		}
	}
	return nil
}

// known returns the account of a client, which it makes if there is none yet.
func (k *children) known(name string) (*account.Account, error) {
	c, id := k.connector, config.ChildID(k.parent.id, name)
	k.mu.Lock()
	defer k.mu.Unlock()
	if a := c.registry.Find(id); a != nil {
		if a.Host != k.parent.id {
			return nil, fmt.Errorf("account %q is no client of it", id)
		}
		return a, nil
	}
	a := account.NewSharing(id, k.parent.now().config.Segment()+id[len(k.parent.id):], &k.terms)
	if own := c.Address(); own != "" && !ilp.ValidAddress(route.ChildAddress(own, id, a.Segment)) {
		return nil, btplink.Refusal("the ILP address of the account would be too long")
	}
	if err := c.unitMayChange(a); err != nil {
		return nil, err
	}
	if err := c.ledger.Attach(a); err != nil {
		return nil, err
	}
	if k.settles {
		if err := k.settle(a, name); err != nil {
			return nil, err
		}
	}
	if err := c.registry.Add(a); err != nil {
		return nil, err
	}
	if k.settles && c.life.has(loaded) {
		c.payer.Begin(id)
	}
	return a, nil
}

// settle lets the account of a client settle, whether the client is connected or not.
func (k *children) settle(a *account.Account, name string) error {
	c, of := k.connector, k.parent.now().config.Child(name)
	s, err := settler(of, nil)
	if err != nil {
		return err
	}
	if e, ok := s.(*remote.Engine); ok {
		c.engines.Add(e)
	}
	var every time.Duration
	if of.Balance != nil {
		every = of.Balance.SettleEvery.Duration()
	}
	return c.payer.Add(a, s, every)
}

// New refuses a client that comes for the first time if an account of its id has left a balance
// or an open settlement: only an operator knows whose that is.
func (k *children) New(name string) error {
	c := k.connector
	x := c.ledger.Lookup(config.ChildID(k.parent.id, name))
	if x != nil && (x.Posted().Sign() != 0 || c.openSettlement(x) != nil) {
		return leftBalance
	}
	return nil
}

// leftBalance is what a client is told whose name had a balance.
const leftBalance btplink.Refusal = "account is not available"

// Open gives a client that has authenticated itself a place in the engine.
func (k *children) Open(name string, l *btplink.Link) (miniaccounts.Client, error) {
	c := k.connector
	a, err := k.known(name)
	if err != nil {
		if !errors.As(err, new(btplink.Refusal)) {
			c.log.Error("a client cannot be an account, so it is refused", "account", k.parent.id, "client", name, "error", err)
		}
		return miniaccounts.Client{}, err
	}
	if m := c.member(a.ID); m != nil { // its code has panicked
		return miniaccounts.Client{}, btplink.Refusal("internal error")
	}
	m := &member{id: a.ID, link: l, host: k, stop: l.End} // what runs of it is its listener's
	in, out := c.set.Chains(a)
	m.current.Store(&current{account: a, config: &k.each, port: c.engine.Attach(a, l, in, out)})
	c.mu.Lock()
	c.members[a.ID] = m
	if k.parent.paused.holds() {
		m.onPort((*engine.Port).Pause)
	}
	if k.parent.draining.holds() {
		m.onPort((*engine.Port).Drain)
	}
	static := route.Static{Address: c.Address(), GlobalPrefix: c.cfg().GlobalPrefix(), Secret: c.secret}
	if r, ok := static.ChildRoute(routeAccount(a)); ok {
		a.SetAddress(r.Prefix)
		c.speaker.AddStatic(r)
	}
	c.mu.Unlock()
	return miniaccounts.Client{Handler: &entrance{m}, Failed: func(p *link.Panic) {
		c.panicked(m, p.Value, p.Stack)
	}}, nil
}

// Close gives back the place of a client that is gone, unless packets of it are under way, or
// its limits would be as new when it comes again.
func (k *children) Close(name string) bool {
	c := k.connector
	m := c.member(config.ChildID(k.parent.id, name))
	if m == nil {
		return true
	}
	if m.now().port.InFlight() > 0 || m.failure.Load() != nil || m.recently() {
		return false
	}
	k.detach(m)
	return true
}

// detach takes the place of a client from it, once.
func (k *children) detach(m *member) {
	c := k.connector
	c.mu.Lock()
	there := c.members[m.id] == m
	if there {
		if own := c.Address(); own != "" {
			c.speaker.RemoveStatic(route.ChildAddress(own, m.id, m.now().account.Segment))
		}
		delete(c.members, m.id)
	}
	c.mu.Unlock()
	if there {
		c.engine.Detach(m.now().port)
		c.middlewares.forget(m.id)
	}
}

// recently reports whether the account has sent a packet since its buckets were last full.
func (m *member) recently() bool {
	full := max(m.now().account.RateLimit.Period, m.now().account.Throughput.Period)
	return time.Since(time.Unix(0, m.now().account.Counters.LastSeen.Load())) < full
}

// owing returns the id of the first client with a balance that is not 0, and how many there are.
func (k *children) owing() (first string, n int) {
	if k == nil {
		return "", 0
	}
	for _, a := range k.connector.registry.Hosted(k.parent.id) {
		if a.Balance == nil || a.Balance.Snapshot().Posted.Sign() == 0 {
			continue
		}
		if n++; first == "" || a.ID < first {
			first = a.ID
		}
	}
	return first, n
}

// end gives back all children of an account that is removed. Their balances stay in the store.
func (k *children) end() {
	if k == nil {
		return
	}
	c := k.connector
	for _, a := range c.registry.Hosted(k.parent.id) {
		if m := c.member(a.ID); m != nil {
			m.onPort((*engine.Port).Drain)
			k.Close(a.ID[len(k.parent.id)+1:])
			c.mu.Lock()
			delete(c.members, a.ID)
			c.mu.Unlock()
			c.engine.Detach(m.now().port)
			c.middlewares.forget(m.id)
		}
		_ = c.payer.Detach(a.ID)
		c.engines.Remove(a.ID)
		k.count(a)
		if c.life.has(loaded) {
			if err := c.receiver.Remove(a); err != nil {
				c.log.Warn("the leftover of a removed account cannot be stored", "account", a.ID, "error", err)
			}
		}
		c.alerts.ResolveAccount(time.Now(), a.ID)
		c.checkFormer(a.ID)
	}
}

// routeAccount returns what routes depend on.
func routeAccount(a *account.Account) route.Account {
	return route.Account{ID: a.ID, Relation: a.Relation, Segment: a.Segment}
}

var (
	_ miniaccounts.Accounts = (*children)(nil)
	_ Host                  = (*miniaccounts.Server)(nil)
)
