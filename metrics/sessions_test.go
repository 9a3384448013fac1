package metrics_test

import (
	"fmt"
	"maps"
	"strings"
	"testing"

	"github.com/ilp-go/connector/metrics"
)

func TestSessionsAreShownAsFarAsThereAreHalves(t *testing.T) {
	s := newSource(t)
	s.sessions = []metrics.Session{
		{Account: "alice", Receives: true, Sends: true, State: "established", Received: 9, Accepted: 5, Damped: 1, Advertised: 7, Faults: 3},
		{Account: "bob", Receives: true, State: "stale", Received: 2},
		{Account: "zoe", Sends: true, State: "idle", Advertised: 4},
		{Account: "gone", Receives: true, Sends: true, State: "stale"}, // it was removed just now
	}
	got := samples(t, scrape(t, metrics.New(s, metrics.Options{})))
	maps.DeleteFunc(got, func(series string, _ float64) bool { return !strings.HasPrefix(series, "ilp_connector_route") })
	const alice, bob, zoe = `account="alice",asset="USD",scale="2"`, `account="bob",asset="USD",scale="4"`, `account="zoe",asset="XRP",scale="9"`
	want := map[string]float64{
		`routes{}`:                       0,
		`route_sessions_established{}`:   1,
		`routes_received{` + alice + `}`: 9, `routes_accepted{` + alice + `}`: 5, `routes_damped{` + alice + `}`: 1,
		`routes_received{` + bob + `}`: 2, `routes_accepted{` + bob + `}`: 0, `routes_damped{` + bob + `}`: 0,
		`routes_advertised{` + alice + `}`: 7, `routes_advertised{` + zoe + `}`: 4,
		`route_faults_total{` + alice + `}`: 3, `route_faults_total{` + bob + `}`: 0,
	}
	for state, of := range map[string]string{"established": alice, "stale": bob} {
		for _, other := range s.SessionStates() {
			value := 0.0
			if other == state {
				value = 1
			}
			want[fmt.Sprintf("route_session_state{%s,state=%q}", of, other)] = value
		}
	}
	for series, value := range want {
		shown, there := got["ilp_connector_"+series]
		if !there || shown != value {
			t.Errorf("%s is %v, %t; want %v", series, shown, there, value)
		}
		delete(got, "ilp_connector_"+series)
	}
	if len(got) > 0 {
		t.Errorf("%v is there as well", got)
	}
}
