package metrics

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Connection describes the connection of an account.
type Connection struct {
	// Connected reports whether a packet to the account could be sent now.
	Connected bool
	// Paused reports whether an operator has paused the account. Then Connected is false,
	// whatever its link does.
	Paused bool
	// Invited reports whether the peer has not accepted its invitation yet. Then nobody expects
	// it to be connected.
	Invited bool
	// State is one of Source.AccountStates.
	State string
	// Since is when the present connection began, or else when the last one was lost. It is
	// zero if the link has not begun.
	Since time.Time
	// Failures counts the attempts to connect that failed, Refusals the peers that did not
	// authenticate, and Replacements the connections that a newer one of the peer replaced.
	Failures, Refusals, Replacements uint64
	// RefusedRequests counts the requests over HTTP that brought no packet, by cause.
	RefusedRequests map[string]uint64
	// CertificateUntil is when the certificate of the account's listener ends, the zero time if it
	// has none.
	CertificateUntil time.Time
}

// connections collects the metrics of the accounts' connections.
type connections struct {
	source Source

	state                   series
	connected, disconnected series
	paused                  series
	failures, refusals      series
	replacements            series
	requests                series
	certificate             series
}

func newConnections(source Source) *connections {
	return &connections{
		source: source,
		state: gauge("account_state",
			"1 for the state of the account, 0 for the others.", accountLabels("state")...),
		connected: gauge("account_connected",
			"1 if a packet to the account could be sent now, otherwise 0. There is no sample while it is paused or invited.", accountLabels()...),
		disconnected: gauge("account_disconnected_timestamp_seconds",
			"When the connection of the account was lost. There is no sample while it is connected, paused or invited.", accountLabels()...),
		paused: gauge("account_paused",
			"1 if an operator has paused the account, otherwise 0.", accountLabels()...),
		failures: counter("account_connection_failures_total",
			"Attempts to connect to the account that failed.", accountLabels()...),
		refusals: counter("account_refused_logins_total",
			"Logins at the account's listener that were refused, for instance because of a wrong token.", accountLabels()...),
		replacements: counter("account_replaced_connections_total",
			"Connections of the account that were replaced by a newer one.", accountLabels()...),
		requests: counter("account_refused_requests_total",
			"Requests over HTTP to the account that brought no packet, by cause.", accountLabels("cause")...),
		certificate: gauge("account_certificate_expiry_timestamp_seconds",
			"When the certificate of the account's listener ends. There is no sample without one.", accountLabels()...),
	}
}

// Describe sends the description of every metric.
func (c *connections) Describe(ch chan<- *prometheus.Desc) {
	for _, s := range []series{c.state, c.connected, c.disconnected, c.paused, c.failures, c.refusals, c.replacements, c.requests, c.certificate} {
		ch <- s.desc
	}
}

// Collect sends the present values.
func (c *connections) Collect(ch chan<- prometheus.Metric) {
	states := c.source.AccountStates()
	for _, a := range c.source.Accounts().All() {
		connection := c.source.Connection(a.ID)
		for _, state := range states {
			c.state.send(ch, truth(connection.State == state), of(a, state)...)
		}
		c.paused.send(ch, truth(connection.Paused), of(a)...)
		if !connection.still() { // or alarms would fire for what an operator wants
			c.connected.send(ch, truth(connection.Connected), of(a)...)
		}
		if !connection.Connected && !connection.still() && !connection.Since.IsZero() {
			c.disconnected.send(ch, time.Duration(connection.Since.UnixNano()).Seconds(), of(a)...)
		}
		c.failures.send(ch, float64(connection.Failures), of(a)...)
		c.refusals.send(ch, float64(connection.Refusals), of(a)...)
		c.replacements.send(ch, float64(connection.Replacements), of(a)...)
		for cause, n := range connection.RefusedRequests {
			c.requests.send(ch, float64(n), of(a, cause)...)
		}
		if until := connection.CertificateUntil; !until.IsZero() {
			c.certificate.send(ch, float64(until.Unix()), of(a)...)
		}
	}
}

var _ prometheus.Collector = (*connections)(nil)

// still reports whether the account is not connected because an operator wants it so.
func (c Connection) still() bool { return c.Paused || c.Invited }
