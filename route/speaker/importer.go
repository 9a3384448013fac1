package speaker

import (
	"math"
	"time"

	"github.com/ilp-go/connector/ilp/ccp"
	"github.com/ilp-go/connector/route"
)

// importer puts the routes of one neighbor into the RIB, if policy, damping and quota
// allow them.
type importer struct {
	damping route.Damping
	quota   route.Quota
	usage   route.Usage // of the quota, after the last update
	// refused holds the reasons for routes that were refused, by prefix, as far as there
	// is room.
	refused map[string]route.Reason
	damped  bool // the log says that routes are suppressed
	// faults counts the invalid entries of all updates.
	faults int
}

const (
	// refusedMax bounds the refused routes that are remembered for the operator.
	refusedMax = 1000
	// lastResort is the preference of the routes of a disconnected neighbor: it is below
	// all that can be configured.
	lastResort = math.MinInt32 - 1
)

// learn learns the routes of an update, withdrawals first, as the reference does. It ends
// early if the quota is exceeded, or if the neighbor is removed meanwhile.
func (im *importer) learn(s *Speaker, n *neighbor, u *ccp.RouteUpdate, now time.Time) route.Changes {
	return func(yield func(route.Change, bool) bool) {
		im.faults += u.Faults
		im.usage = route.Within
		for _, prefix := range u.WithdrawnRoutes {
			delete(im.refused, prefix)
			im.damping.Withdraw(prefix, s.rib.From(n.Account, prefix), now)
			if !yield(s.rib.Withdraw(n.Account, prefix)) || !s.current(n) {
				return
			}
		}
		for i := range u.NewRoutes {
			r := route.Route{Prefix: u.NewRoutes[i].Prefix, Path: u.NewRoutes[i].Path, Auth: u.NewRoutes[i].Auth}
			if !yield(im.learnOne(r, u.Speaker, s, n, now)) || !s.current(n) || im.usage == route.Exceeded {
				return
			}
		}
	}
}

// learnOne learns a route, or withdraws the last one to the same prefix if r may not be
// used.
func (im *importer) learnOne(r route.Route, speaker string, s *Speaker, n *neighbor, now time.Time) (c route.Change, changed bool) {
	if !im.accepts(r, speaker, s, n, now) {
		return s.rib.Withdraw(n.Account, r.Prefix)
	}
	c, changed = s.rib.Learn(n.inRIB, r)
	im.usage = max(im.usage, im.quota.Note(s.rib.Learned(n.Account)))
	return c, changed
}

// accepts reports whether a route may be used.
func (im *importer) accepts(r route.Route, speaker string, s *Speaker, n *neighbor, now time.Time) bool {
	if ok, reason := n.Policy.Import(r, speaker, s.self); !ok {
		im.refuse(r.Prefix, reason)
		return false
	}
	delete(im.refused, r.Prefix)
	return im.damping.Learn(r, s.rib.From(n.Account, r.Prefix), now)
}

func (im *importer) refuse(prefix string, reason route.Reason) {
	if im.refused == nil {
		im.refused = make(map[string]route.Reason)
	}
	if _, known := im.refused[prefix]; known || len(im.refused) < refusedMax {
		im.refused[prefix] = reason
	}
}

// clear forgets the routes of the neighbor that are not in the RIB.
func (im *importer) clear() {
	im.damping.Clear()
	clear(im.refused)
}

// release learns the suppressed routes that have been stable for long enough. It ends early
// if the neighbor is removed meanwhile.
func (im *importer) release(s *Speaker, n *neighbor, now time.Time) route.Changes {
	return func(yield func(route.Change, bool) bool) {
		for _, r := range im.damping.Release(now) {
			if !yield(s.rib.Learn(n.inRIB, r)) || !s.current(n) {
				return
			}
		}
	}
}
