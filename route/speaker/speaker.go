package speaker

import (
	"context"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/ilp-go/connector/ilp"
	"github.com/ilp-go/connector/ilp/ccp"
	"github.com/ilp-go/connector/route"
)

// Speaker keeps the routes: it learns them from neighbors, tells them to neighbors,
// and publishes what packets need of them. Its methods are safe for concurrent use.
//
// Requests of neighbors are put into an inbox by the goroutines that read from them,
// and done by the one that is in Run. The rest, which only operators and the
// configuration cause, waits for the lock.
type Speaker struct {
	options Options
	inbox   inbox
	// known is what neighbors holds, by account, for those who must not wait.
	known sync.Map

	mu        sync.Mutex // guards the rest; never held while calling a link, but through the pauses of pacer
	rib       *route.RIB
	home      route.Home
	table     Table
	neighbors map[string]*neighbor
	outgoing  []outgoing   // to be sent when mu is free
	packets   *route.Table // what packets ask
	pacer     pacer
}

// Options is what a Speaker is made with.
type Options struct {
	Terms Terms
	// Cleanup is how often old routes are looked for: routeCleanupInterval.
	Cleanup time.Duration
	// TableID names what we tell.
	TableID [16]byte
	// Fresh makes a table id that was never used.
	Fresh func() [16]byte
	// Number is the number of an account in published tables.
	Number route.Number
	// Publish gets the Table that packets are to ask whenever it is another one. It
	// must not block, and must not call the Speaker.
	Publish func(*route.Table)
	// Alert tells an operator about an account. The same goes for it.
	Alert func(account, message string)
	// Spoke is told the address that a neighbor speaks for whenever that is another one.
	// The same goes for it. May be nil.
	Spoke func(account, address string)
	Log   *slog.Logger
}

// outgoing is a request for a neighbor.
type outgoing struct {
	link   ilp.Handler
	packet []byte
	answer answer
}

// New is a speaker without routes and neighbors.
func New(o Options) *Speaker {
	s := &Speaker{options: o, rib: route.NewRIB(), neighbors: make(map[string]*neighbor), packets: new(route.Table)}
	log := route.NewLog()
	s.table = Table{ID: o.TableID, Fresh: o.Fresh, Log: log, View: route.NewView(s.rib, log)}
	s.inbox.init()
	return s
}

// Identify gives what we tell another id, and foreign says that a former run has used it
// too. It is called before anybody has been told anything: epochs begin at 0 again.
func (s *Speaker) Identify(tableID [16]byte, foreign bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.table.ID, s.table.Foreign = tableID, foreign
	s.table.Log = route.NewLog()
	s.table.View = route.NewView(s.rib, s.table.Log)
	s.review()
}

// SetStatic replaces the routes that begin with us, as route.Static computes them, and
// our place in the network. The accounts that Number knows may have changed, too. The
// routes are published when it returns.
func (s *Speaker) SetStatic(home route.Home, routes route.Routes) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.changed(s.rib.SetStatic(routes))
	if old := s.home; home != old {
		s.home, s.table.Address = home, home.Address
		s.review()
		s.moved(old.Address, time.Now())
	}
	s.publish(s.rib.Table(s.options.Number)) // as accounts may have other numbers
	s.inbox.wake()
}

// moved does what another address of ours asks for: neighbors have our routes anew,
// and we ask for theirs, as what we know may lead through us.
func (s *Speaker) moved(old string, now time.Time) {
	if old != "" {
		s.table.ID, s.table.Foreign = s.options.Fresh(), false
	}
	for _, n := range s.neighbors {
		if n.sender != nil {
			n.sender.Reset(&s.table)
		}
		if n.receiver == nil || !n.up {
			continue
		}
		if old != "" {
			s.obey(n, n.receiver.Renew(), nil, now)
		}
		if s.home.Address != "" {
			s.obey(n, n.receiver.Connect(now), nil, now)
		}
	}
}

// Add makes an account a neighbor, which is not connected yet. There must be none of
// that account.
func (s *Speaker) Add(n Neighbor) {
	s.mu.Lock()
	defer s.mu.Unlock()
	added := newNeighbor(n, s.options.Terms, time.Now(), s.options.Log)
	s.neighbors[n.Account] = added
	s.known.Store(n.Account, added)
	s.review()
}

// Remove forgets a neighbor and its routes. They are out of what is published at the
// next SetStatic. An account that is no neighbor is no mistake.
func (s *Speaker) Remove(account string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.neighbors[account] == nil {
		return
	}
	delete(s.neighbors, account)
	s.known.Delete(account)
	s.changed(s.rib.Drop(account))
	s.review()
}

// Connected says whether the link of an account is up.
func (s *Speaker) Connected(account string, up bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if n := s.neighbors[account]; n != nil {
		s.connect(n, up, time.Now())
		s.inbox.wake()
	}
}

// Run does what neighbors ask for and what is due, until ctx ends. It is called once.
func (s *Speaker) Run(ctx context.Context) {
	defer s.inbox.close()
	every := max(s.options.Cleanup, cleanupMin)
	cleanup := time.Now().Add(every)
	alarm := time.AfterFunc(every, s.inbox.wake)
	defer alarm.Stop()
	s.inbox.wake()
	for {
		select {
		case <-ctx.Done():
			return
		case <-s.inbox.ready:
		}
		for _, e := range s.inbox.take() {
			s.do(e)
		}
		now := time.Now()
		clean := due(cleanup, now)
		if clean {
			cleanup = now.Add(every)
		}
		alarm.Reset(time.Until(earliest(cleanup, s.step(clean, now))))
	}
}

// do does what a neighbor asks for, or takes its answer.
func (s *Speaker) do(e event) {
	s.mu.Lock()
	n, now := e.neighbor, time.Now()
	err := e.stranger() // it may have been removed meanwhile
	if s.neighbors[n.Account] == n {
		err = e.happen(s, now)
	}
	s.mu.Unlock()
	if e.up != nil {
		e.reply(err)
	}
}

// step does what is due, and returns when to do so again.
func (s *Speaker) step(clean bool, now time.Time) (next time.Time) {
	s.mu.Lock()
	for _, n := range s.neighbors {
		if clean {
			s.clean(n, now)
		}
		if due(n.deadline(&s.table), now) {
			s.tick(n, now)
		}
	}
	s.compact()
	for _, n := range s.neighbors {
		next = earliest(next, n.deadline(&s.table))
	}
	out := s.outgoing
	s.outgoing = nil
	s.mu.Unlock()
	for _, o := range out {
		o.send()
	}
	return next
}

// changed follows changes of the RIB: packets first, neighbors then.
func (s *Speaker) changed(changes []route.Change) {
	for some := range slices.Chunk(changes, paceOf) {
		s.pacer.step()
		s.publish(s.packets.Follow(some, s.options.Number))
		s.table.View.Apply(some)
	}
}

// publish has packets ask a table.
func (s *Speaker) publish(t *route.Table) {
	if t != s.packets {
		s.packets = t
		s.options.Publish(t)
	}
}

// compact lets the log forget what all who follow it have heard.
func (s *Speaker) compact() {
	oldest := s.table.Log.Epoch()
	for _, n := range s.neighbors {
		if n.sender == nil {
			continue
		}
		if epoch, follows := n.sender.Follows(); follows {
			oldest = min(oldest, epoch)
		}
	}
	s.table.Log.Compact(oldest)
}

// review tells the view what it depends on besides the routes.
func (s *Speaker) review() {
	var policies []route.Policy
	for _, n := range s.neighbors {
		if n.sender != nil && len(n.Policy.ExportAllow)+len(n.Policy.ExportDeny) > 0 {
			policies = append(policies, n.Policy)
		}
	}
	var hidden func(string) bool
	if len(policies) > 0 {
		hidden = func(prefix string) bool {
			for i := range policies {
				if policies[i].Hides(prefix) {
					return true
				}
			}
			return false
		}
	}
	s.table.View.Reset(s.home, hidden)
}

// send has a request sent when the lock is free.
func (s *Speaker) send(n *neighbor, packet []byte, a answer) {
	s.outgoing = append(s.outgoing, outgoing{n.Link, packet, a})
}

func (o outgoing) send() {
	prepare, err := ilp.ParsePrepare(o.packet)
	if err != nil {
		o.answer.done(err) // cannot be, as we have made it
		return
	}
	o.link.HandlePrepare(o.answer, prepare)
}

// expiry is when requests made now expire, in Unix milliseconds.
func (s *Speaker) expiry(now time.Time) int64 { return now.Add(ccp.Lifetime).UnixMilli() }
