// Package connector puts the connector together and is how other programs embed
// it: [New] makes one of a configuration, [Connector.Run] runs it.
//
// It is the only package that knows all the others. builtin.go lists everything
// that is built in; options.go is how a program adds to it.
//
// What happens, in order: New checks the names and makes every account's link
// and limits, without touching the network or the store. Run opens the store, loads the
// balances, starts the rates, learns our address from a parent if it is not
// configured, starts the links, says that it is ready, and, when its context ends,
// drains: new packets are refused, those in flight end, the links and the store are
// closed.
package connector

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"math/big"
	"runtime/debug"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ilp-go/connector/account"
	"github.com/ilp-go/connector/config"
	"github.com/ilp-go/connector/engine"
	"github.com/ilp-go/connector/engine/middleware"
	"github.com/ilp-go/connector/ledger"
	"github.com/ilp-go/connector/rate"
	"github.com/ilp-go/connector/route"
	"github.com/ilp-go/connector/route/speaker"
	"github.com/ilp-go/connector/store"
)

// Connector is a connector. Its methods are safe for concurrent use.
type Connector struct {
	conf     atomic.Pointer[config.Config] // the settings as they run, beside the accounts as they are declared
	declared atomic.Pointer[config.Config] // what the configuration said at the start or the last reload
	tagKey   [32]byte                      // of the ETags
	parts    parts
	log      *slog.Logger

	modules    *modules
	engine     *engine.Engine
	registry   *account.Registry
	alike      alike // the settings of accounts
	alerts     *account.Alerts
	audits     audits
	set        *middleware.Set
	pings      *pings
	store      store.Store // nil until it is open
	moreFormer atomic.Bool // an alert says that there are more former balances than are reported one by one
	durable    bool        // it does not forget
	ledger     *ledger.Ledger
	poller     *rate.Poller
	pricing    *rate.Pricing
	spread     rate.Spread   // of the node
	maxJump    *big.Rat      // nil for no bound
	setter     rate.Setter   // nil if the backend takes no prices
	reporter   rate.Reporter // nil if the backend is a single source
	repricing  sync.Mutex    // one pin or pause of a pair is kept at a time
	tables     tableKeeper
	held       sync.Map    // of bools, by currency whose price may be held back: whether an alert says so
	lists      rate.Lister // nil if the backend does not know which currencies it has
	unpriced   unpriced
	observers  observers
	limits     *limitWatch
	speaker    *speaker.Speaker
	shared     *shared // nil if the configuration has no shared listener
	nodes      *nodeHosts
	xrp        *xrpLedgers
	told       *submitPackets // nil unless the backend is hosted
	// middlewares are the hosted ones, nil if there are none.
	middlewares *hostedMiddlewares
	secret      []byte // of the routes; guarded by mu
	settlement

	reloads reloadCounts

	parentSaid atomic.Pointer[parentAnswer] // nil until the parent that gives us our address has answered

	pauses     sync.Map                   // of keptPauses, by id of the accounts that are paused, also if they are not there
	wide       atomic.Pointer[widePauses] // of more than one account
	pausing    sync.Mutex                 // one pause, or the end of one, is kept at a time
	exchanges  sync.Map                   // of channels, by id of accounts that another member takes the place of; closed when it has
	discarded  sync.Map                   // by id of the accounts whose change was discarded, or settingKey, until the next reload
	leftOut    sync.Map                   // of texts, by account: why the change that is kept of it is not in force
	adding     sync.Mutex                 // one account is checked and added at a time
	takingBack sync.Mutex                 // one Fulfill is taken back at a time
	index      *config.Index              // of the accounts there are, for checks; guarded by adding
	mu         sync.Mutex                 // guards members and changes of the routes
	members    map[string]*member
	warned     map[route.Warning]bool // what the log knows of routes that are left out
	named      named                  // by routes of the configuration; guarded by mu
	giver      string                 // the parent that gives us our address, empty if none is to; guarded by mu
	asking     bool                   // the start asks the giver, whose link runs before the others; guarded by mu

	invited chan struct{} // holds a value if the times at which invitations expire may have changed

	life *life
}

// newConnector makes a connector of a checked configuration and of parts.
func newConnector(cfg *config.Config, p parts) (*Connector, error) {
	c := &Connector{
		parts: p, log: p.log,
		registry: account.NewRegistry(), alerts: account.NewAlerts(time.Now()),
		pings: newPings(), members: make(map[string]*member), life: newLife(),
		invited: make(chan struct{}, 1), index: config.NewIndex(),
	}
	context.AfterFunc(c.life.serving, c.stopStarted)
	c.limits = newLimitWatch(c.alerts)
	c.nodes = newNodeHosts(c)
	c.xrp = newXRPLedgers(c)
	c.conf.Store(cfg)
	c.wide.Store(new(widePauses))
	c.declared.Store(cfg)
	_, _ = rand.Read(c.tagKey[:]) // never fails
	var faults config.Faults
	if c.modules, faults = findModules(cfg, p); faults != nil {
		return nil, faults
	}
	if err := c.makeShared(); err != nil {
		return nil, err
	}
	c.engine = engine.New(engine.Options{
		Settings: c.engineSettings(),
		Locals:   locals(c),
		Watch:    &watch{Connector: c},
	})
	c.pricing = rate.NewPricing(rate.PricingOptions{Spread: c.spread, Spreads: c.pairSpreads(), MaxJump: c.maxJump, Publish: c.publishRates})
	c.engine.SetAddress(cfg.ILPAddress)
	if parent, inherits := cfg.AddressParent(); inherits {
		c.giver = parent.ID
	}
	for i := range cfg.Accounts {
		if err := c.add(&cfg.Accounts[i], nothingToWrite); err != nil {
			return nil, fmt.Errorf("account %s: %w", cfg.Accounts[i].ID, err)
		}
	}
	c.reroute()
	return c, nil
}

// engineSettings returns what holds for all packets.
func (c *Connector) engineSettings() engine.Settings {
	return engine.Settings{
		MinMessageWindow: int64(c.cfg().MinMessageWindow),
		MaxHoldTime:      int64(c.cfg().MaxHoldTime),
		ReflectPayments:  c.cfg().ReflectPayments,
		NoExpiry:         !c.set.Has(middleware.Expire),
		RawFailures:      !c.set.Has(middleware.ErrorHandler),
	}
}

// useSettings makes the settings for all packets hold that a reload can change.
func (c *Connector) useSettings() {
	c.engine.SetSettings(c.engineSettings())
	c.pricing.SetSpreads(c.pairSpreads())
}

// pairSpreads returns what we keep of money between two currencies.
func (c *Connector) pairSpreads() map[rate.Pair]rate.Spread {
	all := make(map[rate.Pair]rate.Spread)
	for _, s := range c.cfg().Spreads {
		if spread, err := rate.ParseSpread(s.Spread); err == nil { // config has checked it
			all[rate.Pair{From: s.From, To: s.To}] = spread
		}
	}
	return all
}

// makeShared makes what all accounts share.
func (c *Connector) makeShared() (err error) {
	if _, ok := c.parts.stores[c.cfg().StoreName()]; !ok {
		return unknown("store", c.cfg().StoreName(), c.parts.stores)
	}
	if err = c.prepareStore(); err != nil {
		return err
	}
	if c.poller, err = c.newPoller(); err != nil {
		return err
	}
	c.durable = c.cfg().StoreName() != memoryStore
	c.ledger = ledger.New(ledger.Options{
		Volatile: !c.durable, Find: c.registry.Find,
		Failed: c.ledgerFailed, Stall: c.stallMax(), Stalled: c.ledgerStalled,
		Panicked: func(cause any) { c.panicked(nil, cause, debug.Stack()) },
	})
	c.settlement = c.newSettlement()
	if c.set, err = c.newMiddlewares(); err != nil {
		return err
	}
	c.secret = c.cfg().RoutingSeed()
	if c.secret == nil {
		c.secret = newSecret()
	}
	c.speaker = c.newSpeaker()
	c.shared, err = c.newShared()
	return err
}

// currencies returns the currencies of the accounts in use.
func (c *Connector) currencies() (all []string) {
	for _, a := range c.registry.All() {
		all = append(all, a.AssetCode)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// newMiddlewares makes the set of middlewares that accounts have.
func (c *Connector) newMiddlewares() (*middleware.Set, error) {
	custom, err := c.customMiddlewares()
	if err != nil {
		return nil, err
	}
	var disabled []middleware.Name
	for _, name := range c.cfg().DisableMiddleware {
		disabled = append(disabled, middleware.Name(name))
	}
	services := middleware.Services{
		Duplicates: c.parts.duplicates, Alerts: c.alerts, Pongs: c.pings, Payer: c.payer, Earner: c.ledger, Feeds: c.observers.feeds,
	}
	if c.durable {
		services.Ledger = c.ledger
	}
	if c.middlewares != nil {
		services.Places = c.middlewares.places
	}
	return middleware.NewSet(services, disabled, custom), nil
}

// customMiddlewares makes the middlewares that the configuration and the program
// add, in that order.
func (c *Connector) customMiddlewares() ([]middleware.Named, error) {
	var custom []middleware.Named
	for _, m := range c.cfg().Middlewares {
		factory, err := c.middlewareOf(m)
		if err != nil {
			return nil, fmt.Errorf("middleware %s: %w", m.Name, err)
		}
		if factory == nil {
			continue
		}
		custom = append(custom, middleware.Named{Name: middleware.Name(m.Name), New: factory})
	}
	custom = append(custom, c.parts.added...)
	if c.told != nil {
		custom = append(custom, c.told.named())
	}
	return custom, nil
}

// cfg returns the configuration that holds. A reload may put another in its place.
func (c *Connector) cfg() *config.Config { return c.conf.Load() }

// ErrRunning says that Run was called a second time.
var ErrRunning = errors.New("the connector is running or has run")

// Address returns our ILP address, empty while it is not known.
func (c *Connector) Address() string { return c.engine.Address() }

// Ready returns a channel that is closed when Run has started everything: our address and the
// exchange rates are known, and all links but those of children were connected once or had
// initialConnectTimeout for it. Then the connector takes packets.
func (c *Connector) Ready() <-chan struct{} { return c.life.await(ready) }

// InFlight returns the number of packets that wait for an answer or their expiry.
func (c *Connector) InFlight() int64 { return c.engine.InFlight() }

// Durable reports whether the store keeps the balances when the process ends.
func (c *Connector) Durable() bool { return c.durable }

// Alerts returns what an operator should look at.
func (c *Connector) Alerts() *account.Alerts { return c.alerts }
