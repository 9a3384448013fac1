package test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"
)

// routeState is what GET /routing tells.
type routeState struct {
	CurrentEpoch      int                 `json:"currentEpoch"`
	LocalRoutingTable map[string]knownWay `json:"localRoutingTable"`
	Peers             map[string]struct {
		Receive struct{ Epoch int } `json:"receive"` // up to which the neighbor's table is known
	} `json:"peers"`
}

// knownWay is the best route to a prefix; the path is the addresses of connectors, with blanks between.
type knownWay struct {
	NextHop string `json:"nextHop"`
	Path    string `json:"path"`
}

// hops is how many connectors the route leads through.
func (w knownWay) hops() int { return len(strings.Fields(w.Path)) }

// routes asks a connector for its routes.
func (s *station) routes(t *testing.T) routeState {
	t.Helper()
	var state routeState
	s.Admin.get(t, "/routing", &state)
	return state
}

// knows reports whether there is a route to each of the prefixes.
func (r routeState) knows(prefixes ...string) bool {
	return !slices.ContainsFunc(prefixes, func(prefix string) bool {
		_, ok := r.LocalRoutingTable[prefix]
		return !ok
	})
}

// running is the connectors that are not killed.
func (n *topology) running() (alive []*station) {
	for _, s := range n.nodes {
		if s.Alive() {
			alive = append(alive, s)
		}
	}
	return alive
}

// wait is how long connectors took to come to know something.
type wait struct {
	since map[string]time.Duration // by name
	round time.Duration            // the longest time between two looks at the same one
}

// awaitAll looks at the routes of all of these connectors again and again until done says yes of all of them
// in one round, and tells since when it did of each.
func (n *topology) awaitAll(what string, of []*station, done func(*station, routeState) bool) (w wait) {
	n.t.Helper()
	began := time.Now()
	last := began
	w.since = make(map[string]time.Duration)
	defer func() { n.t.Logf("%s: %v", what, w.since) }() // even if the wait is in vain
	poll(n.t, what, nil, func() bool {
		for _, s := range of {
			if !done(s, s.routes(n.t)) {
				delete(w.since, s.name)
			} else if _, known := w.since[s.name]; !known {
				w.since[s.name] = time.Since(began).Round(time.Millisecond)
			}
		}
		w.round = max(w.round, time.Since(last))
		last = time.Now()
		return len(w.since) == len(of)
	})
	return w
}

// within fails the test if one of the connectors needed longer than allowed. A busy machine lets processes wait,
// this one too; so much is not counted.
func (w wait) within(t *testing.T, what string, allowed time.Duration) {
	t.Helper()
	if last := slices.Max(slices.Collect(maps.Values(w.since))); last > allowed+slack+2*w.round {
		t.Errorf("%s after %v, later than %v", what, last, allowed)
	}
}

// awaitRoutes waits until every connector that runs has a route to every other one.
func (n *topology) awaitRoutes() {
	n.t.Helper()
	var addresses []string
	for _, s := range n.running() {
		addresses = append(addresses, s.address)
	}
	n.awaitAll(fmt.Sprintf("routes to all of %v", addresses), n.running(), func(_ *station, r routeState) bool {
		return r.knows(addresses...)
	})
}

// awaitSync waits until every connector knows all that each of its neighbors tells.
func (n *topology) awaitSync() {
	n.t.Helper()
	n.awaitAll("all there is to know", n.running(), func(s *station, r routeState) bool {
		return !slices.ContainsFunc(s.neighbors, func(other *station) bool {
			return other.Alive() && r.Peers[other.name].Receive.Epoch != other.routes(n.t).CurrentEpoch
		})
	})
}

// awaitGone waits until no connector that runs has a route to the prefix, and fails the test if one of them
// needs longer than news may take.
func (n *topology) awaitGone(prefix string) {
	n.t.Helper()
	n.awaitAll("no route to "+prefix, n.running(), func(_ *station, r routeState) bool {
		return !r.knows(prefix)
	}).within(n.t, "the route to "+prefix+" is gone", convergence)
}
