package connector

import (
	"math"
	"slices"
	"testing"

	"github.com/ilp-go/connector/account"
	"github.com/ilp-go/connector/admin"
	"github.com/ilp-go/connector/config"
	"github.com/ilp-go/connector/metrics"
	"github.com/ilp-go/connector/route"
)

// twoNeighbors is a connector that does not run.
func twoNeighbors(t *testing.T) node {
	t.Helper()
	cfg, _, err := config.Parse("test.yaml", []byte(`
ilpAddress: test.a
backend: one-to-one
accounts:
  both: {relation: peer, plugin: loopback, assetCode: USD, assetScale: 2, routing: {localPreference: 7}}
  told: {relation: child, plugin: loopback, assetCode: USD, assetScale: 2, sendRoutes: true, receiveRoutes: false}
  none: {relation: child, plugin: loopback, assetCode: USD, assetScale: 2}
`), nil, Known())
	if err != nil {
		t.Fatal(err)
	}
	c, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return node{c}
}

func TestNeighborsAreShownToOperatorsAndMetrics(t *testing.T) {
	n := twoNeighbors(t)
	peers := n.Routing().Peers
	both, told := peers["both"], peers["told"]
	if len(peers) != 2 || both.Send == nil || both.Receive == nil || told.Send == nil || told.Receive != nil {
		t.Errorf("%+v", peers)
	}
	if s := both.Session; s.Relation != "peer" || s.State != "idle" || s.Since.IsZero() || !told.Session.Since.IsZero() {
		t.Errorf("%+v and %+v", s, told.Session)
	}
	want := []metrics.Session{
		{Account: "both", Receives: true, Sends: true, State: "idle"}, {Account: "told", Sends: true, State: "idle"},
	}
	if got := n.Sessions(); !slices.Equal(got, want) {
		t.Errorf("%+v, want %+v", got, want)
	}
	// Metrics counts the sessions in this state.
	if !slices.Contains(n.SessionStates(), "established") {
		t.Errorf("the states are %q", n.SessionStates())
	}
}

// What cannot be resumed is a conflict that says why. Package speaker tests the rest.
func TestNothingIsResumedWhereNothingIsHeldBack(t *testing.T) {
	n := twoNeighbors(t)
	for id, want := range map[string]admin.Conflict{
		"both": "nothing of both is held back: it is not suspended, and none of its routes is damped",
		"told": "account told announces no routes to us: 'ilp-connector neighbors' lists those that do",
		"none": "account none announces no routes to us: 'ilp-connector neighbors' lists those that do",
	} {
		if r, err := n.ResumeRoutes(id); err != want || r != (admin.ResumedRoutes{}) {
			t.Errorf("%s: %+v, %v", id, r, err)
		}
	}
}

func TestRouteOfNeighborThatIsGoneIsShownAsStale(t *testing.T) {
	n := twoNeighbors(t)
	lost := func(preference int, by string) route.Candidate {
		return route.Candidate{
			Prefix: "test.b", Entry: route.Entry{NextHop: "both", Path: "test.b"}, Source: route.Learned,
			Relation: account.Peer, LocalPreference: preference, LostBy: by,
		}
	}
	shown := admin.Candidate{Prefix: "test.b", NextHop: "both", Path: "test.b", Source: "learned", Relation: "peer"}
	for _, test := range []struct {
		preference int
		by         string
		want       func(*admin.Candidate)
	}{
		{7, "", func(c *admin.Candidate) { c.LocalPreference = 7 }},
		{math.MinInt32, "local preference", func(c *admin.Candidate) { c.LocalPreference, c.LostBy = math.MinInt32, "local preference" }},
		{math.MinInt32 - 1, "local preference", func(c *admin.Candidate) { c.LocalPreference, c.Stale, c.LostBy = 7, true, "stale" }},
		{math.MinInt32 - 1, "configured", func(c *admin.Candidate) { c.LocalPreference, c.Stale, c.LostBy = 7, true, "configured" }},
		{math.MinInt32 - 1, "", func(c *admin.Candidate) { c.LocalPreference, c.Stale = 7, true }},
	} {
		want := shown
		test.want(&want)
		if got := n.candidates([]route.Candidate{lost(test.preference, test.by)})[0]; got != want {
			t.Errorf("%+v, want %+v", got, want)
		}
	}
}
