package connector

import (
	"errors"
	"math"

	"github.com/ilp-go/connector/account"
	"github.com/ilp-go/connector/admin"
	"github.com/ilp-go/connector/metrics"
	"github.com/ilp-go/connector/route"
	"github.com/ilp-go/connector/route/speaker"
	"github.com/ilp-go/connector/uuid"
)

// Routes returns the best route to every prefix.
func (n node) Routes() route.Routes { return n.speaker.Routes() }

// Prefixes returns how many prefixes there is a route to.
func (n node) Prefixes() int { return n.speaker.Prefixes() }

// Neighbors returns the sessions with the neighbors.
func (n node) Neighbors() []speaker.Status { return n.speaker.Neighbors() }

// Sessions returns the same for metrics.
func (n node) Sessions() []metrics.Session {
	var sessions []metrics.Session
	for _, s := range n.Neighbors() {
		sessions = append(sessions, metrics.Session{
			Account: s.Account, Receives: s.Receives, Sends: s.Sends, State: s.State.String(),
			Received: s.Received, Accepted: s.Accepted, Damped: s.Damped, Advertised: s.Advertised, Faults: s.Faults,
		})
	}
	return sessions
}

// SessionStates returns the states that a session can be in.
func (n node) SessionStates() []string { return speaker.States() }

// ResumeRoutes ends the suspension of a neighbor and the damping of its routes.
func (n node) ResumeRoutes(id string) (admin.ResumedRoutes, error) {
	r, err := n.speaker.Resume(id)
	switch {
	case errors.Is(err, speaker.ErrNoNeighbor):
		return admin.ResumedRoutes{}, admin.Conflict("account " + id + " announces no routes to us: 'ilp-connector neighbors' lists those that do")
	case err != nil:
		return admin.ResumedRoutes{}, err
	case r == speaker.Resumed{}:
		return admin.ResumedRoutes{}, admin.Conflict("nothing of " + id + " is held back: it is not suspended, and none of its routes is damped")
	}
	return admin.ResumedRoutes{Suspended: r.Suspended, Damped: r.Damped}, nil
}

// Explain returns why packets to an address go where they go.
func (n node) Explain(address string) admin.Explanation {
	e := n.speaker.Explain(address)
	x := admin.Explanation{
		Address:    address,
		Candidates: n.candidates(e.Candidates),
		Shorter:    n.candidates(e.Shorter),
		Refused:    make([]admin.RefusedRoute, len(e.Refused)),
	}
	for i, r := range e.Refused {
		x.Refused[i] = admin.RefusedRoute{Prefix: r.Prefix, NextHop: r.NextHop, Reason: r.Reason, Until: admin.Time{Time: r.Until}}
	}
	return x
}

// candidates is routes as the admin API shows them.
func (n node) candidates(routes []route.Candidate) []admin.Candidate {
	shown := make([]admin.Candidate, len(routes))
	for i, c := range routes {
		shown[i] = admin.Candidate{
			Prefix: c.Prefix, NextHop: c.NextHop, Path: c.Path, Source: c.Source.String(),
			Relation: relationName(c.Relation), LocalPreference: c.LocalPreference, LostBy: c.LostBy,
		}
		if c.LocalPreference < math.MinInt32 { // which cannot be configured: the speaker's last resort
			n.demoted(&shown[i])
		}
	}
	return shown
}

// relationName returns the name of a relation, empty for ourselves.
func relationName(r account.Relation) string {
	if r == 0 {
		return ""
	}
	return r.String()
}

// demoted marks a route as stale, because its neighbor is gone, and restores the preference
// that it has by configuration.
func (n node) demoted(c *admin.Candidate) {
	configured, _ := n.Configured(c.NextHop)
	c.Stale, c.LocalPreference = true, configured.Routing.LocalPreference
	if c.LostBy == "local preference" {
		c.LostBy = "stale"
	}
}

// Routing returns the state of the routing protocol.
func (n node) Routing() admin.RoutingState {
	told := n.speaker.Advertisement()
	p := admin.RoutingState{
		TableID:    uuid.UUID(told.TableID).String(),
		Epoch:      told.Epoch,
		Routes:     n.Routes(),
		Advertised: told.Updates,
		Peers:      make(map[string]admin.RoutingPeer),
	}
	for _, s := range n.Neighbors() {
		p.Peers[s.Account] = peer(s)
	}
	return p
}

// peer returns a session as the admin API shows it.
func peer(s speaker.Status) admin.RoutingPeer {
	p := admin.RoutingPeer{Session: admin.RoutingSession{
		Relation: s.Relation.String(), State: s.State.String(), Since: admin.Time{Time: s.Since}, Speaker: s.Speaker,
		Received: s.Received, Accepted: s.Accepted, Damped: s.Damped, Advertised: s.Advertised, Faults: s.Faults,
		LastError: s.LastError, NextRetry: admin.Time{Time: s.NextRetry}, Expires: admin.Time{Time: s.Expires},
	}}
	if s.Sends {
		p.Send = &admin.RoutingSend{Epoch: s.SentEpoch, Mode: s.Mode.String()}
	}
	if s.Receives {
		p.Receive = &admin.RoutingReceive{RoutingTableID: uuid.UUID(s.TableID).String(), Epoch: s.Epoch}
	}
	return p
}
