package speaker

import (
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/ilp-go/connector/account"
	"github.com/ilp-go/connector/ilp"
	"github.com/ilp-go/connector/ilp/ccp"
	"github.com/ilp-go/connector/route"
)

// Status is the state of a session, for operators.
type Status struct {
	Account  string
	Relation account.Relation
	// State is the state of the receiver, and Since the time of its last change. It stays
	// Idle if we do not accept the neighbor's routes.
	State State
	Since time.Time
	// Speaker is the address that the neighbor announces, empty before its first update.
	Speaker string
	// Received counts the prefixes that the neighbor announces (of the refused ones, as
	// many as we remember), Accepted those in the RIB, and Damped the suppressed ones.
	Received, Accepted, Damped int
	// Advertised counts the prefixes that we announced to it and did not withdraw.
	Advertised int
	// Faults counts the invalid entries of its updates.
	Faults int
	// LastError is the last error in either direction, empty after a success. NextRetry is
	// the time of the next attempt, zero if none is needed.
	LastError string
	NextRetry time.Time
	// Expires is when its routes are too old if it stays silent.
	Expires time.Time

	// Receives and Sends say whether the session has this half at all.
	Receives  bool
	TableID   [16]byte // of its table, as far as we have received it
	Epoch     uint32   // up to which we have received its table
	Sends     bool
	Mode      ccp.Mode // whether it wants our routes
	SentEpoch uint32   // up to which it has received our table
}

// Session is the session with one neighbor, in brief. The zero Session is that of an account that
// is none.
type Session struct {
	// Receives says whether we accept its routes, State how far we have them, and Since when
	// that changed last.
	Receives bool
	State    State
	Since    time.Time
	// Complete reports whether we have had all of its routes on the present connection.
	Complete bool
	// Fault is the last error of the present connection, in either direction, empty after a
	// success. NextRetry is the time of the next attempt, zero if none is needed.
	Fault     string
	NextRetry time.Time
}

// Awaited reports whether routes of the neighbor are still to come, and nothing else is said of
// them.
func (s Session) Awaited() bool {
	return s.Receives && !s.Complete && (s.State == Idle || s.State == Requested || s.State == Syncing)
}

// Session returns the session with the neighbor of an account.
func (s *Speaker) Session(account string) (one Session) {
	s.lock()
	defer s.mu.Unlock()
	n := s.neighbors[account]
	if n == nil {
		return one
	}
	if r := n.receiver; r != nil {
		one = Session{Receives: true, State: r.state, Since: r.since, Complete: r.whole, NextRetry: earliest(r.resumeAt, r.askAt)}
		if r.failing {
			one.Fault = r.fault
		}
	}
	if w := n.sender; w != nil && w.connected && !w.retryAt.IsZero() && one.Fault == "" {
		one.Fault, one.NextRetry = w.fault, w.retryAt
	}
	return one
}

// Neighbors returns the sessions with all neighbors, sorted by account.
func (s *Speaker) Neighbors() []Status {
	s.lock()
	defer s.mu.Unlock()
	list := make([]Status, 0, len(s.neighbors))
	for _, n := range slices.Collect(maps.Values(s.neighbors)) { // a copy: pauses may change the map
		list = append(list, s.status(n))
	}
	slices.SortFunc(list, func(a, b Status) int { return strings.Compare(a.Account, b.Account) })
	return list
}

func (s *Speaker) status(n *neighbor) Status {
	st := Status{Account: n.Account, Relation: n.Relation, Faults: n.importer.faults}
	if r := n.receiver; r != nil {
		st.Receives, st.TableID, st.Epoch = true, r.tableID, r.epoch
		st.State, st.Since, st.Speaker, st.Expires = r.state, r.since, r.speaker, r.expires
		st.LastError, st.NextRetry = r.fault, earliest(r.resumeAt, r.askAt)
		st.Accepted = s.rib.Learned(n.Account)
		for range n.importer.damping.Suppressed() {
			st.Damped++
		}
		st.Received = st.Accepted + st.Damped + len(n.importer.refused)
	}
	if w := n.sender; w != nil {
		st.Sends, st.Mode, st.SentEpoch = true, w.mode, w.cursor.Epoch
		if st.LastError == "" {
			st.LastError = w.fault
		}
		st.NextRetry = earliest(st.NextRetry, w.retryAt)
		st.Advertised = s.countAdvertised(n, time.Now())
	}
	return st
}

// NeighborRoutes counts the routes of an account in each direction. Some has a few of the prefixes,
// in their order.
type NeighborRoutes struct {
	Learned, Advertised         int
	LearnedSome, AdvertisedSome []string
}

// RoutesOf counts the routes of an account, and returns at most most prefixes of each direction, and
// not more than 10.
func (s *Speaker) RoutesOf(account string, most int) NeighborRoutes {
	s.lock()
	defer s.mu.Unlock()
	most = min(most, firstMax)
	of := NeighborRoutes{Learned: s.rib.Learned(account), LearnedSome: s.rib.LearnedFirst(account, most), AdvertisedSome: []string{}}
	if n := s.neighbors[account]; n != nil && n.sender != nil {
		if of.Advertised = s.countAdvertised(n, time.Now()); of.Advertised > 0 {
			some := n.advertised.first
			of.AdvertisedSome = slices.Sorted(slices.Values(some[:min(most, len(some))]))
		}
	}
	return of
}

// advertised is the number of prefixes that a neighbor has received, when it was last
// counted. For a large table it may be some seconds old.
type advertised struct {
	upTo, epoch uint32
	at          time.Time // of the count, zero for never
	prefixes    int
	first       []string // some of them, at most firstMax
}

// firstMax is how many prefixes RoutesOf shows at most.
const firstMax = 10

const (
	// countAlways is the size of a table that is counted whenever it has changed.
	countAlways = 1000
	// countAge is how old the number of a larger one may be.
	countAge = 10 * time.Second
)

func (s *Speaker) countAdvertised(n *neighbor, now time.Time) int {
	w, last, log := n.sender, n.advertised, s.out.Log
	if !w.started || !w.connected {
		return 0 // as far as we know, it drops our routes when it is disconnected
	}
	same := last.upTo == w.cursor.Epoch && last.epoch == log.Epoch()
	recent := log.Len() > countAlways && now.Sub(last.at) < countAge
	if !last.at.IsZero() && (same || recent) {
		return last.prefixes
	}
	count := advertised{upTo: w.cursor.Epoch, epoch: log.Epoch(), at: now}
	step := s.stepper()
	for u := range log.All() {
		if u.Epoch >= count.upTo {
			break
		}
		if u.Route != nil && n.Policy.Export(u.Route, n.inRIB) {
			if count.prefixes++; len(count.first) < firstMax {
				count.first = append(count.first, u.Prefix)
			}
		}
		step()
	}
	n.advertised = count
	return count.prefixes
}

// Routes returns a copy of the best route to each prefix. Routes that change meanwhile are
// as they were before or after.
func (s *Speaker) Routes() route.Routes {
	s.lock()
	defer s.mu.Unlock()
	routes := make(route.Routes, 0, s.rib.Len())
	step := s.stepper()
	for r := range s.rib.All() {
		routes = append(routes, *r)
		step()
	}
	return routes
}

// Prefixes returns the number of prefixes that have a route.
func (s *Speaker) Prefixes() int {
	s.lock()
	defer s.mu.Unlock()
	return s.rib.Len()
}

// Explanation says why packets to an address take their route.
type Explanation struct {
	route.Explanation
	// Refused lists the routes to prefixes that cover the address and that we refuse or
	// suppress.
	Refused []Refused
}

// Refused is a route that is not used. Until is when a suppressed one is used again if it does
// not change any more, and zero for others.
type Refused struct {
	Prefix, NextHop, Reason string
	Until                   time.Time
}

// Explain returns the route that packets to address take, and those that they do not.
func (s *Speaker) Explain(address string) Explanation {
	s.lock()
	defer s.mu.Unlock()
	e := Explanation{Explanation: s.rib.Explain(address)}
	for _, n := range s.neighbors {
		for prefix, reason := range n.importer.refused {
			if ilp.UnderPrefix(address, prefix) {
				e.Refused = append(e.Refused, Refused{Prefix: prefix, NextHop: n.Account, Reason: reason.String()})
			}
		}
		for r, until := range n.importer.damping.Suppressed() {
			if ilp.UnderPrefix(address, r.Prefix) {
				e.Refused = append(e.Refused, Refused{r.Prefix, n.Account, "comes and goes too often", until})
			}
		}
	}
	slices.SortFunc(e.Refused, func(a, b Refused) int {
		return strings.Compare(a.Prefix+" "+a.NextHop, b.Prefix+" "+b.NextHop)
	})
	return e
}

// Advertisement holds the routes that we advertise, before the policy of each neighbor.
type Advertisement struct {
	TableID [16]byte
	Epoch   uint32 // of the next change
	// Updates holds the last update of each prefix. The path of a route is as
	// neighbors receive it.
	Updates []route.Update
}

// Advertisement returns a copy of the routes that we advertise. Routes that change
// meanwhile are as they were before or after.
func (s *Speaker) Advertisement() Advertisement {
	s.lock()
	defer s.mu.Unlock()
	log, address := s.out.Log, s.out.Address
	a := Advertisement{TableID: s.out.ID, Epoch: log.Epoch()}
	step := s.stepper()
	for u := range log.All() {
		if u.Route != nil {
			r := *u.Route
			r.Path = slices.Concat([]string{address}, r.Path)
			u.Route = &r
		}
		a.Updates = append(a.Updates, u)
		step()
	}
	return a
}
