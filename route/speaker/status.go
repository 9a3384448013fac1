package speaker

import (
	"slices"
	"strings"
	"time"

	"github.com/ilp-go/connector/ilp"
	"github.com/ilp-go/connector/ilp/ccp"
	"github.com/ilp-go/connector/route"
)

// Status is how a session is doing, for operators.
type Status struct {
	Account  string
	Relation route.Relation
	// State is how far we are with its routes, Since when. It is Idle for ever if we
	// do not want them.
	State State
	Since time.Time
	// Speaker is the neighbor's address, as it says, empty while it has said nothing.
	Speaker string
	// Received counts the prefixes that it tells us, as far as we remember those we
	// refuse; Accepted those in use; Damped those kept back as they come and go.
	Received, Accepted, Damped int
	// Advertised counts the prefixes that it has been told and not withdrawn.
	Advertised int
	// Faults counts the entries of its updates that could not be believed at all.
	Faults int
	// LastError is what went wrong last in either direction, empty once it is well
	// again. NextRetry is when we try again, zero if there is no need to.
	LastError string
	NextRetry time.Time
	// Expires is when its routes are too old if it stays silent.
	Expires time.Time

	// Receives and Sends say whether there is such a half of the session at all.
	Receives bool
	TableID  [16]byte // its table, as far as we know it
	Epoch    uint32   // up to which we know it
	Sends    bool
	Mode     ccp.Mode // whether it wants our routes
	Told     uint32   // the epoch of ours up to which it has been told
}

// Neighbors is the sessions with all neighbors, sorted by account.
func (s *Speaker) Neighbors() []Status {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := make([]Status, 0, len(s.neighbors))
	for _, n := range s.neighbors {
		list = append(list, s.status(n))
	}
	slices.SortFunc(list, func(a, b Status) int { return strings.Compare(a.Account, b.Account) })
	return list
}

func (s *Speaker) status(n *neighbor) Status {
	st := Status{Account: n.Account, Relation: n.Relation, Faults: n.intake.faults}
	if r := n.receiver; r != nil {
		st.Receives, st.TableID, st.Epoch = true, r.tableID, r.epoch
		st.State, st.Since, st.Speaker, st.Expires = r.state, r.since, r.speaker, r.expires
		st.LastError, st.NextRetry = r.fault, earliest(r.resumes, r.asks)
		st.Accepted = s.rib.Learned(n.Account)
		for range n.intake.damping.Kept() {
			st.Damped++
		}
		st.Received = st.Accepted + st.Damped + len(n.intake.refused)
	}
	if w := n.sender; w != nil {
		st.Sends, st.Mode, st.Told = true, w.mode, w.cursor.Epoch
		st.Advertised = n.told.count(n, &s.table, time.Now())
		if st.LastError == "" {
			st.LastError = w.fault
		}
		st.NextRetry = earliest(st.NextRetry, w.retries)
	}
	return st
}

// told counts what a neighbor has been told, and remembers the number for as long as
// nothing changes. While a large table changes, it may be some seconds old: everything
// waits while we count.
type told struct {
	upTo, epoch uint32
	at          time.Time // when it was counted, zero for never
	n           int
}

const (
	// toldSmall is a table that is counted whenever it has changed.
	toldSmall = 1000
	// toldAge is how old the number of a larger one may be.
	toldAge = 10 * time.Second
)

func (c *told) count(n *neighbor, t *Table, now time.Time) int {
	w := n.sender
	if !w.began || !w.connected {
		return 0 // it forgets what it was told when it is gone, as far as we know
	}
	same := c.upTo == w.cursor.Epoch && c.epoch == t.Log.Epoch()
	recent := t.Log.Len() > toldSmall && now.Sub(c.at) < toldAge
	if !c.at.IsZero() && (same || recent) {
		return c.n
	}
	*c = told{upTo: w.cursor.Epoch, epoch: t.Log.Epoch(), at: now}
	for u := range t.Log.All() {
		if u.Epoch >= c.upTo {
			break
		}
		if u.Route != nil && n.Policy.Export(u.Route, n.place) {
			c.n++
		}
	}
	return c.n
}

// Routes is a copy of the best route to every prefix.
func (s *Speaker) Routes() route.Routes {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.rib.Routes()
}

// Prefixes is how many there are.
func (s *Speaker) Prefixes() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.rib.Len()
}

// Explanation says why packets to an address go where they go.
type Explanation struct {
	route.Explanation
	// Refused is what neighbors say of prefixes that cover the address and we do
	// not believe, or keep back.
	Refused []Refused `json:"refused"`
}

// Refused is a route that is not used.
type Refused struct {
	Prefix  string `json:"prefix"`
	NextHop string `json:"nextHop"`
	Reason  string `json:"reason"`
}

// Explain says which route packets to address take and why no other one.
func (s *Speaker) Explain(address string) Explanation {
	s.mu.Lock()
	defer s.mu.Unlock()
	e := Explanation{s.rib.Explain(address), []Refused{}}
	for _, n := range s.neighbors {
		for prefix, reason := range n.intake.refused {
			if ilp.UnderPrefix(address, prefix) {
				e.Refused = append(e.Refused, Refused{prefix, n.Account, reason.String()})
			}
		}
		for r := range n.intake.damping.Kept() {
			if ilp.UnderPrefix(address, r.Prefix) {
				e.Refused = append(e.Refused, Refused{r.Prefix, n.Account, "comes and goes too often"})
			}
		}
	}
	slices.SortFunc(e.Refused, func(a, b Refused) int {
		return strings.Compare(a.Prefix+" "+a.NextHop, b.Prefix+" "+b.NextHop)
	})
	return e
}

// Advertisement is what neighbors are told, as far as it is the same for all.
type Advertisement struct {
	TableID [16]byte
	Epoch   uint32 // of the next change
	// Updates is the last word about each prefix. The path of a route is as
	// neighbors hear it.
	Updates []route.Update
}

// Advertisement is a copy of what neighbors are told.
func (s *Speaker) Advertisement() Advertisement {
	s.mu.Lock()
	defer s.mu.Unlock()
	log := s.table.Log
	a := Advertisement{TableID: s.table.ID, Epoch: log.Epoch()}
	for u := range log.All() {
		if u.Route != nil {
			r := *u.Route
			r.Path = slices.Concat([]string{s.table.Address}, r.Path)
			u.Route = &r
		}
		a.Updates = append(a.Updates, u)
	}
	return a
}
