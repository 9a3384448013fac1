package metrics

import (
	"github.com/prometheus/client_golang/prometheus"
)

// Session describes the exchange of routes with an account.
type Session struct {
	Account string
	// Receives and Sends say whether we take its routes, and whether we send it ours.
	Receives, Sends bool
	// State is one of Source.SessionStates.
	State string
	// Received counts the prefixes that the account sends, Accepted those in use,
	// Damped those that we do not use because they come and go, and Advertised the
	// prefixes that we send.
	Received, Accepted, Damped, Advertised int
	// Faults counts all routes that we refused as invalid.
	Faults int
}

// establishedState is the state in which we have all routes of a neighbor.
const establishedState = "established"

// sessions collects the metrics of the routing protocol.
type sessions struct {
	source Source

	state                      series
	received, accepted, damped series
	advertised, faults         series
	established                series
}

func newSessions(source Source) *sessions {
	return &sessions{
		source: source,
		state: gauge("route_session_state",
			"1 for the state in which we receive the account's routes, 0 for the others.", accountLabels("state")...),
		received: gauge("routes_received",
			"Prefixes that the account sends us.", accountLabels()...),
		accepted: gauge("routes_accepted",
			"Prefixes of the account that are in use, as the best or as an alternative.", accountLabels()...),
		damped: gauge("routes_damped",
			"Prefixes of the account that we do not use because they come and go.", accountLabels()...),
		advertised: gauge("routes_advertised",
			"Prefixes that we send to the account.", accountLabels()...),
		faults: counter("route_faults_total",
			"Routes of the account that we refused as invalid.", accountLabels()...),
		established: gauge("route_sessions_established",
			"Accounts whose routes we have all received."),
	}
}

// Describe sends the description of every metric.
func (c *sessions) Describe(ch chan<- *prometheus.Desc) {
	for _, s := range []series{
		c.state, c.received, c.accepted, c.damped, c.advertised, c.faults, c.established,
	} {
		ch <- s.desc
	}
}

// Collect sends the present values.
func (c *sessions) Collect(ch chan<- prometheus.Metric) {
	complete := 0
	states := c.source.SessionStates()
	for _, s := range c.source.Sessions() {
		if s.State == establishedState {
			complete++
		}
		a := c.source.Accounts().Find(s.Account)
		if a == nil {
			continue // the account was removed just now
		}
		labels := of(a)
		if s.Receives {
			c.faults.send(ch, float64(s.Faults), labels...)
		}
		if s.Receives && !c.source.Connection(s.Account).still() { // its routes are gone because an operator wants it so
			for _, state := range states {
				c.state.send(ch, truth(s.State == state), of(a, state)...)
			}
			c.received.send(ch, float64(s.Received), labels...)
			c.accepted.send(ch, float64(s.Accepted), labels...)
			c.damped.send(ch, float64(s.Damped), labels...)
		}
		if s.Sends {
			c.advertised.send(ch, float64(s.Advertised), labels...)
		}
	}
	c.established.send(ch, float64(complete))
}

var _ prometheus.Collector = (*sessions)(nil)
