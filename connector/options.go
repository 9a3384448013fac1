package connector

import (
	"log/slog"
	"time"

	"github.com/ilp-go/connector/config"
	"github.com/ilp-go/connector/engine"
	"github.com/ilp-go/connector/engine/middleware"
	"github.com/ilp-go/connector/link"
	"github.com/ilp-go/connector/rate"
	"github.com/ilp-go/connector/store"
)

// Option changes what a connector is made of. Later options win.
type Option func(*parts)

// WithLog sends the log to l. Without it there is none.
func WithLog(l *slog.Logger) Option { return func(p *parts) { p.log = l } }

// WithPlugin makes accounts with the given plugin name use links of your own.
func WithPlugin(name string, plugin Plugin) Option {
	return func(p *parts) { p.plugins[name] = plugin }
}

// WithBackend adds a source of exchange rates. It is asked every interval; an
// interval of zero asks until the first success only.
func WithBackend(name string, interval time.Duration, new func(rate.Options) (rate.Backend, error)) Option {
	return func(p *parts) { p.backends[name] = Backend{interval, new} }
}

// WithStore adds a store.
func WithStore(name string, new StoreFactory) Option {
	return func(p *parts) {
		p.stores[name] = new
		delete(p.probes, name) // which is about another store
	}
}

// WithMiddleware adds a middleware to every account's chains, behind the
// built-in ones and those of the configuration.
func WithMiddleware(name string, new middleware.Factory) Option {
	return func(p *parts) { p.added = append(p.added, middleware.Named{Name: middleware.Name(name), New: new}) }
}

// WithMiddlewareType adds a type that the configuration can name under
// middlewares.
func WithMiddlewareType(name string, new MiddlewareType) Option {
	return func(p *parts) { p.middlewares[name] = new }
}

// WithObserver tells o of each amount that is forwarded. A backend that is a rate.Observer is told
// without this option.
func WithObserver(o rate.Observer) Option {
	return func(p *parts) { p.observers = append(p.observers, o) }
}

// WithReread says how Reread reads the configuration again.
func WithReread(read func() (*config.Config, []config.Warning, error)) Option {
	return func(p *parts) { p.reread = read }
}

// Plugin makes the link of an account. It must not touch the network yet.
type Plugin func(a config.Account, log *slog.Logger) (Link, error)

// Link carries the packets of an account.
type Link interface {
	engine.Link
	Runner
}

// Keeper is a Link that keeps something of its own from one run to the next: what a
// counterparty has signed, for instance.
type Keeper interface {
	// Keep gives the link its part of the store, which nobody else sees or writes. It is
	// called once, before Run; with an error the account cannot be used. Whether what is
	// kept there survives is for the configured store to say.
	Keep(s store.Store) error
}

// Alerter is a Link that raises alerts of its own, about its account.
type Alerter interface {
	// Alert gives the link what takes its alerts. It is called once, before Run.
	Alert(to link.Alerts)
}

// Listening is a Link that listens for its counterparty. The start waits for a child's link until
// it listens, and not until it is connected.
type Listening interface {
	// Tried returns a channel that is closed when the link listens, need not, or could not at
	// its first try. Then its Status says why.
	Tried() <-chan struct{}
}

// Addressed is a Link that must know the ILP address of its account.
type Addressed interface {
	// SetAddress tells the link the address when it becomes known. It must not block.
	SetAddress(address string)
}

// Backend is a source of rates and how often to ask it.
type Backend struct {
	Interval time.Duration
	New      func(rate.Options) (rate.Backend, error)
}

// StoreConfig is what the configuration says of the store.
type StoreConfig struct {
	Path       string
	Durability time.Duration // between two syncs, 0 for one with each change
	Config     map[string]any
	Log        *slog.Logger
}

// StoreFactory opens a store.
type StoreFactory func(StoreConfig) (store.Store, error)

// MiddlewareType makes a middleware of its options in the configuration.
type MiddlewareType func(options map[string]any) (middleware.Factory, error)
