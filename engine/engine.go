package engine

import (
	"context"
	"math"
	"sync"
	"sync/atomic"

	"github.com/ilp-go/connector/account"
	"github.com/ilp-go/connector/ilp"
	"github.com/ilp-go/connector/rate"
	"github.com/ilp-go/connector/route"
)

// Engine is the data plane: the ports of all accounts and the world they share.
// Its methods are safe for concurrent use; packets see a change of the world from
// their next load of it on.
type Engine struct {
	mu    sync.Mutex // guards changes of the world
	world atomic.Pointer[world]

	locals []LocalAt
	self   *Port
	expiry wheel
	pool   sync.Pool // of *Packet
	watch  Watch
}

// Options are what an Engine is made of.
type Options struct {
	Settings Settings
	// Locals speak the protocols between neighbors.
	Locals []LocalAt
	// Watch hears of what an operator must know. It may be nil.
	Watch Watch
}

// New makes an engine with no ports, no routes and no rates. Packets expire only
// while Run runs.
func New(o Options) *Engine {
	e := &Engine{locals: o.Locals, watch: o.Watch}
	if e.watch == nil {
		e.watch = unwatched{}
	}
	e.expiry.panicked = func(cause any) { e.panicked(nil, cause) }
	e.pool.New = func() any { return new(Packet) }
	e.expiry.init()
	e.world.Store(&world{settings: o.Settings, routes: new(route.Table)})
	self := account.New("self", account.Settings{})
	self.Number = math.MaxUint32 // no account's
	e.self = &Port{engine: e, account: self, own: true}
	return e
}

// Run expires packets until ctx ends. It blocks.
func (e *Engine) Run(ctx context.Context) { e.expiry.run(ctx) }

// Attach gives an account a port: link takes what goes to the account, in and out
// are its chains, in the order a Prepare passes them. The account must be in the
// registry. What the account had before is replaced.
func (e *Engine) Attach(a *account.Account, link Link, in, out []Middleware) *Port {
	return e.attach(&Port{engine: e, account: a, link: link, in: in, out: out}, 0)
}

func (e *Engine) attach(port *Port, state uint32) *Port {
	port.state.Store(state)
	a := port.account
	for _, l := range e.locals {
		if h := l.Local.For(a); h != nil {
			port.locals = append(port.locals, local{l, h})
		}
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	w := e.changeLocked(func(w *world) { w.prepare(port) })
	w.ports[a.Number].Store(port) // last: packets may use it at once
	return port
}

// Change gives an account that was changed a port in the place of a former one, with the same
// link and the same state. The former port goes on with the packets that have passed it. No
// state of it may change meanwhile.
func (e *Engine) Change(former *Port, a *account.Account, in, out []Middleware) *Port {
	return e.attach(&Port{engine: e, account: a, link: former.link, in: in, out: out}, former.state.Load())
}

// Detach takes a port out of the world. Packets that already passed it are
// answered all the same.
func (e *Engine) Detach(port *Port) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.world.Load().ports[port.account.Number].CompareAndSwap(port, nil)
}

// SetRoutes replaces the routes. A hop is an account's number.
func (e *Engine) SetRoutes(t *route.Table) { e.change(func(w *world) { w.routes = t }) }

// SetSettings replaces the settings. NoExpiry and RawFailures stay as they are.
func (e *Engine) SetSettings(s Settings) {
	e.change(func(w *world) {
		s.NoExpiry, s.RawFailures = w.settings.NoExpiry, w.settings.RawFailures
		w.settings = s
	})
}

// SetRates replaces the exchange rates.
func (e *Engine) SetRates(t *rate.Table) {
	e.change(func(w *world) { w.rates = t; w.quote() })
}

// SetAddress tells the engine its own ILP address.
func (e *Engine) SetAddress(address string) { e.change(func(w *world) { w.address = address }) }

// Address returns our own ILP address, empty while unknown.
func (e *Engine) Address() string { return e.world.Load().address }

// Drain refuses every new packet from now on. Those in flight go on.
func (e *Engine) Drain() { e.change(func(w *world) { w.draining = true }) }

// InFlight returns the number of packets that wait for an answer, but for those from
// ports that were detached.
func (e *Engine) InFlight() int64 {
	n := e.self.account.Counters.InFlight.Load()
	ports := e.world.Load().ports
	for i := range ports {
		if port := ports[i].Load(); port != nil {
			n += port.account.Counters.InFlight.Load()
		}
	}
	return n
}

// Originate sends a packet of our own: it passes no incoming chain, no balance
// and no exchange rate, for the amount is in units of the account it leaves by.
func (e *Engine) Originate(up ilp.ReplyWriter, prepare ilp.Prepare) {
	e.self.HandlePrepare(up, prepare)
}

// OriginateTo sends a packet like Originate, but by the given port, whatever its destination is. It
// passes the whole outgoing chain of the account.
func (e *Engine) OriginateTo(port *Port, up ilp.ReplyWriter, prepare ilp.Prepare) {
	p := newPacket(e.self, up, prepare)
	if cause, refusal := e.self.closed(p.world, &p.prepare); cause != nil {
		p.refuse(cause, refusal)
		return
	}
	p.to = port
	if p.convert() && p.reach() && p.shorten() {
		p.proceed()
	}
}
