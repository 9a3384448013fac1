package speaker

import (
	"math"
	"time"

	"github.com/ilp-go/connector/ilp/ccp"
	"github.com/ilp-go/connector/route"
)

// intake is the way of a neighbor's routes into the RIB: past the policy, the damping
// and the quota.
type intake struct {
	damping route.Damping
	quota   route.Quota
	// refused is why routes that it tells are not believed, by prefix, as far as
	// there is room.
	refused map[string]route.Reason
	damped  bool // the log was told that routes are kept back
	// faults is how many entries could not be believed at all, ever.
	faults int
}

const (
	// refusedMax bounds the refused routes that are remembered for the operator.
	refusedMax = 1000
	// lastResort is the preference of routes of a neighbor that is gone.
	lastResort = math.MinInt32 - 1
)

// apply takes over the routes of an update: what is withdrawn first, as the reference
// does. It ends early if the quota is exceeded.
func (in *intake) apply(s *Speaker, n *neighbor, u *ccp.RouteUpdate, now time.Time) (changes []route.Change, usage route.Usage) {
	note := func(c route.Change, changed bool) {
		if changed {
			changes = append(changes, c)
		}
	}
	in.faults += u.Faults
	for _, prefix := range u.WithdrawnRoutes {
		s.pacer.step()
		delete(in.refused, prefix)
		in.damping.Withdraw(prefix, s.rib.From(n.Account, prefix), now)
		note(s.rib.Withdraw(n.Account, prefix))
	}
	for i := range u.NewRoutes {
		s.pacer.step()
		r := route.Route{Prefix: u.NewRoutes[i].Prefix, Path: u.NewRoutes[i].Path, Auth: u.NewRoutes[i].Auth}
		if !in.admits(r, u.Speaker, s, n, now) {
			note(s.rib.Withdraw(n.Account, r.Prefix))
			continue
		}
		note(s.rib.Learn(n.place, r))
		switch got := in.quota.Note(s.rib.Learned(n.Account)); got {
		case route.Exceeded:
			return changes, got
		case route.Warn:
			usage = got
		}
	}
	return changes, usage
}

// admits reports whether a route may be used.
func (in *intake) admits(r route.Route, speaker string, s *Speaker, n *neighbor, now time.Time) bool {
	if ok, reason := n.Policy.Import(r, speaker, s.home); !ok {
		in.refuse(r.Prefix, reason)
		return false
	}
	delete(in.refused, r.Prefix)
	return in.damping.Learn(r, s.rib.From(n.Account, r.Prefix), now)
}

func (in *intake) refuse(prefix string, reason route.Reason) {
	if in.refused == nil {
		in.refused = make(map[string]route.Reason)
	}
	if _, known := in.refused[prefix]; known || len(in.refused) < refusedMax {
		in.refused[prefix] = reason
	}
}

// drop forgets all routes of the neighbor.
func (in *intake) drop(rib *route.RIB, account string) []route.Change {
	in.damping.Clear()
	clear(in.refused)
	return rib.Drop(account)
}

// release takes over routes that were kept back until they had been quiet for a while.
func (in *intake) release(rib *route.RIB, n route.Neighbor, now time.Time) (changes []route.Change) {
	for _, r := range in.damping.Release(now) {
		if c, changed := rib.Learn(n, r); changed {
			changes = append(changes, c)
		}
	}
	return changes
}
