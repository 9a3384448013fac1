package metrics

import (
	"github.com/prometheus/client_golang/prometheus"
)

// Session is how the exchange of routes with an account is doing.
type Session struct {
	Account string
	// Receives and Sends say whether we want its routes, and whether it is told ours.
	Receives, Sends bool
	// State is one of Source.SessionStates.
	State string
	// Received counts the prefixes it tells us, Accepted those in use, Damped those
	// kept back; Advertised those it is told.
	Received, Accepted, Damped, Advertised int
	// Faults counts what could not be believed at all, ever.
	Faults int
}

// establishedState is the one in which we know all that a neighbor tells.
const establishedState = "established"

// sessions collects how the routing protocol is doing.
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
			"1 for the state that the reception of the account's routes is in, 0 for the others.", accountLabels("state")...),
		received: gauge("routes_received",
			"Prefixes that the account tells us.", accountLabels()...),
		accepted: gauge("routes_accepted",
			"Prefixes of the account's that are in use, as the best or as an alternative.", accountLabels()...),
		damped: gauge("routes_damped",
			"Prefixes of the account's that are kept back because they come and go.", accountLabels()...),
		advertised: gauge("routes_advertised",
			"Prefixes that the account is told.", accountLabels()...),
		faults: counter("route_faults_total",
			"Routes of the account's that could not be believed at all.", accountLabels()...),
		established: gauge("route_sessions_established",
			"Accounts of which we know all routes that they tell."),
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

// Collect sends what is there now.
func (c *sessions) Collect(ch chan<- prometheus.Metric) {
	complete := 0
	states := c.source.SessionStates()
	for _, s := range c.source.Sessions() {
		if s.State == establishedState {
			complete++
		}
		a := c.source.Accounts().Find(s.Account)
		if a == nil {
			continue // it was removed just now
		}
		labels := of(a)
		if s.Receives {
			for _, state := range states {
				c.state.send(ch, truth(s.State == state), of(a, state)...)
			}
			c.received.send(ch, float64(s.Received), labels...)
			c.accepted.send(ch, float64(s.Accepted), labels...)
			c.damped.send(ch, float64(s.Damped), labels...)
			c.faults.send(ch, float64(s.Faults), labels...)
		}
		if s.Sends {
			c.advertised.send(ch, float64(s.Advertised), labels...)
		}
	}
	c.established.send(ch, float64(complete))
}

var _ prometheus.Collector = (*sessions)(nil)
