package speaker

import (
	"context"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/ilp-go/connector/ilp"
	"github.com/ilp-go/connector/ilp/ccp"
	"github.com/ilp-go/connector/route"
)

// Speaker keeps the routes: it learns them from neighbors, advertises them to neighbors,
// and publishes the FIB for packets. Its methods are safe for concurrent use.
//
// The goroutines that read from neighbors put requests into an inbox. One goroutine, in
// Run, handles them, performs what the sessions require, and sends all updates. The other
// methods take the lock for as long as they need it: one slice of work (pacer).
type Speaker struct {
	options Options
	inbox   inbox
	// byAccount holds the same as neighbors, for goroutines that must not wait for mu.
	byAccount sync.Map
	// static is held by SetStatic through its pauses, so that two calls do not overlap.
	static sync.Mutex

	// mu guards the rest. It is never held while a link is called, nor while the pacer
	// sleeps: after a call of pause all of this may have changed. Whenever mu is free,
	// the FIB agrees with the RIB, and changes that out lacks are in pending.
	mu        sync.Mutex
	running   bool // Run is called: long work has pauses
	pacer     pacer
	rib       *route.RIB
	self      route.Identity
	fib       *route.Table // the next hops of packets
	nextFIB   *route.Table // replaces fib once rebuild is done, nil before and after
	out       ribOut
	pending   []route.Change // changes that the view has not followed yet
	stale     bool           // the view must be reset
	neighbors map[string]*neighbor
	postponed []*neighbor // with an action for Run
	outgoing  []outgoing  // requests to send when mu is free
}

// Options configures a Speaker.
type Options struct {
	Timers Timers
	// Cleanup is the time between two cleanups of old routes: routeCleanupInterval.
	Cleanup time.Duration
	// TableID identifies the routes that we advertise.
	TableID [16]byte
	// NewTableID returns a table id that was never used.
	NewTableID func() [16]byte
	// Number returns the number of an account in published tables.
	Number route.Number
	// Publish gets the FIB whenever packets must use another Table. It must not block,
	// and must not call the Speaker.
	Publish func(*route.Table)
	// Alert alerts the operator about an account. The latest message of a kind counts. It
	// must not block either.
	Alert func(account, kind, message string)
	// Resolved ends the alert of a kind, because its cause is gone. It must not block either.
	Resolved func(account, kind string)
	// SetAddress gets the address of a neighbor whenever its updates come from another
	// one. It must not block either. May be nil.
	SetAddress func(account, address string)
	Log        *slog.Logger
}

// outgoing is a request to a neighbor.
type outgoing struct {
	link   ilp.Handler
	packet []byte
	answer answer
}

// New returns a speaker without routes and neighbors.
func New(o Options) *Speaker {
	s := &Speaker{
		options: o, rib: route.NewRIB(), fib: new(route.Table), neighbors: make(map[string]*neighbor),
		pacer: newPacer(),
	}
	s.inbox.init()
	s.out.NewID = o.NewTableID
	s.SetTableID(o.TableID, false)
	return s
}

// SetTableID sets the id of the routes that we advertise. reused says that a former run has
// used it, too. Call it before neighbors connect: epochs begin at 0 again.
func (s *Speaker) SetTableID(id [16]byte, reused bool) {
	s.lock()
	defer s.mu.Unlock()
	s.out.ID, s.out.Reused = id, reused
	s.out.Log = route.NewLog()
	s.out.View = route.NewView(s.rib, s.out.Log)
	s.stale = true
	s.inbox.wake()
}

// SetStatic replaces the routes that begin with us, as route.Static computes them, and
// our place in the network. It also rebuilds the FIB, as Number may know other accounts.
// When it returns, the FIB is published.
func (s *Speaker) SetStatic(self route.Identity, routes route.Routes) {
	s.static.Lock()
	defer s.static.Unlock()
	s.lock()
	defer s.mu.Unlock()
	s.follow(s.rib.SetStatic(routes))
	if old := s.self; self != old {
		s.self, s.out.Address = self, self.Address
		s.stale = true
		s.moved(old.Address, time.Now())
	}
	s.rebuild()
	s.inbox.wake()
}

// AddStatic adds one route that begins with us, or replaces it. Packets see it when AddStatic
// returns. The next SetStatic must have it too.
func (s *Speaker) AddStatic(r route.Route) {
	s.changeStatic(func() (route.Change, bool) { return s.rib.AddStatic(r) })
}

// RemoveStatic removes the route that begins with us to a prefix.
func (s *Speaker) RemoveStatic(prefix string) {
	s.changeStatic(func() (route.Change, bool) { return s.rib.RemoveStatic(prefix) })
}

func (s *Speaker) changeStatic(change func() (route.Change, bool)) {
	s.static.Lock()
	defer s.static.Unlock()
	s.lock()
	defer s.mu.Unlock()
	if c, changed := change(); changed {
		s.commit([]route.Change{c})
		s.inbox.wake()
	}
}

// moved begins all sessions anew after a change of our address: neighbors need our routes
// with the new one in their paths, and their routes may lead through us.
func (s *Speaker) moved(old string, now time.Time) {
	if old != "" {
		s.out.ID, s.out.Reused = s.out.NewID(), false
	}
	for _, n := range s.neighbors {
		if n.sender != nil {
			n.sender.Reset(&s.out)
		}
		if n.receiver == nil || !n.connected {
			continue
		}
		if old != "" {
			s.postpone(n, n.receiver.Reset())
		}
		if s.self.Address != "" {
			s.postpone(n, n.receiver.Connect(now))
		}
	}
}

// Add adds a neighbor, which is not connected yet. The account must not be a neighbor
// already.
func (s *Speaker) Add(n Neighbor) {
	s.lock()
	defer s.mu.Unlock()
	added := newNeighbor(n, s.options.Timers, time.Now(), s.options.Log)
	s.neighbors[n.Account] = added
	s.byAccount.Store(n.Account, added)
	if added.hides() {
		s.stale = true
		s.inbox.wake()
	}
}

// Remove removes a neighbor and its routes. The next SetStatic removes the account from the
// FIB if Run was about to drop the same routes. Remove ignores an account that is not a
// neighbor.
func (s *Speaker) Remove(account string) {
	s.lock()
	defer s.mu.Unlock()
	n := s.neighbors[account]
	if n == nil {
		return
	}
	delete(s.neighbors, account)
	s.byAccount.Delete(account)
	s.stale = s.stale || n.hides()
	s.follow(s.rib.Drop(account))
	s.inbox.wake()
}

// Connected says whether the link of an account is up. While our own address is unknown we
// do not ask for routes: we could not tell which of them lead through us.
func (s *Speaker) Connected(account string, up bool) {
	s.lock()
	defer s.mu.Unlock()
	n := s.neighbors[account]
	if n == nil {
		return
	}
	n.connected = up
	if n.sender != nil {
		if up {
			n.sender.Connect(&s.out)
		} else {
			n.sender.Disconnect()
		}
	}
	switch {
	case n.receiver == nil:
	case !up:
		s.postpone(n, n.receiver.Disconnect(time.Now()))
	case s.self.Address != "":
		s.postpone(n, n.receiver.Connect(time.Now()))
	}
	s.inbox.wake()
}

// Run handles the requests of neighbors and all that is due, until ctx ends. Call it once.
func (s *Speaker) Run(ctx context.Context) {
	s.setRunning(true)
	defer s.setRunning(false)
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
			s.handle(e)
		}
		now := time.Now()
		clean := due(cleanup, now)
		if clean {
			cleanup = now.Add(every)
		}
		alarm.Reset(time.Until(earliest(cleanup, s.runDue(clean))))
	}
}

func (s *Speaker) setRunning(running bool) {
	s.lock()
	defer s.mu.Unlock()
	s.running = running
}

// handle handles a request of a neighbor, or its answer.
func (s *Speaker) handle(e event) {
	s.lock()
	s.performPostponed()
	err := e.fromNonPeer() // the neighbor was removed meanwhile
	if s.current(e.neighbor) {
		err = e.handle(s, time.Now())
	}
	s.advertise() // before the reply: what the neighbor told is in our table when it hears so
	s.mu.Unlock()
	if e.up != nil {
		e.reply(err)
	}
}

// runDue does what is due, and returns when to do so again.
func (s *Speaker) runDue(clean bool) (next time.Time) {
	s.lock()
	s.performPostponed()
	all := slices.Collect(maps.Values(s.neighbors)) // a copy: pauses may change the map
	for _, n := range all {
		if n.receiver != nil && s.current(n) {
			s.runReceiver(n, clean)
			s.pause()
		}
	}
	s.advertise()
	for _, n := range all {
		if n.sender != nil && s.current(n) && !s.stale { // a stale view has paths of the past
			s.runSender(n)
			s.pause()
		}
	}
	s.compact()
	for _, n := range s.neighbors {
		next = earliest(next, n.deadline(&s.out))
	}
	out := s.outgoing
	s.outgoing = nil
	s.mu.Unlock()
	for _, o := range out {
		o.send()
	}
	return next
}

// current reports whether n is still a neighbor. Check it after a pause.
func (s *Speaker) current(n *neighbor) bool { return s.neighbors[n.Account] == n }

// postpone leaves an action of a receiver to Run. Such actions come from link and operator
// goroutines, which do not wait for them.
func (s *Speaker) postpone(n *neighbor, a action) {
	n.postponed.Drop = n.postponed.Drop || a.Drop
	n.postponed.Demote = n.postponed.Demote || a.Demote
	n.postponed.Release = n.postponed.Release || a.Release
	s.postponed = append(s.postponed, n)
}

func (s *Speaker) performPostponed() {
	for len(s.postponed) > 0 {
		n := s.postponed[0]
		s.postponed = s.postponed[1:]
		if a := n.postponed; s.current(n) {
			n.postponed = action{}
			s.perform(n, a, nil, time.Now())
		}
	}
}

// compact lets the log forget the withdrawals that all its followers have received. Only
// Run calls it.
func (s *Speaker) compact() {
	oldest := s.out.Log.Epoch()
	for _, n := range s.neighbors {
		if n.sender == nil {
			continue
		}
		if epoch, follows := n.sender.Follows(); follows {
			oldest = min(oldest, epoch)
		}
	}
	s.out.Log.Compact(oldest, s.stepper())
}

// send queues a request, to be sent when the lock is free.
func (s *Speaker) send(n *neighbor, packet []byte, a answer) {
	s.outgoing = append(s.outgoing, outgoing{n.Link, packet, a})
}

func (o outgoing) send() {
	prepare, err := ilp.ParsePrepare(o.packet)
	if err != nil {
		o.answer.done(err) // cannot be: we made the packet
		return
	}
	o.link.HandlePrepare(o.answer, prepare)
}

// expiry returns when a request of now expires, in Unix milliseconds.
func expiry(now time.Time) int64 { return now.Add(ccp.Lifetime).UnixMilli() }
