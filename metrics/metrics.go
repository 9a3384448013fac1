// Package metrics shows what the connector counts, to Prometheus as text and to
// clients of the reference as JSON.
//
//   - [Metrics] is both; it is read where it is made, at the time of asking, so that
//     packets only ever add to the atomic counters of their accounts.
//   - [Source] is what it reads, [Session] a part of that.
//   - [Family] is one metric of GET /stats.
//
// inherited.go has the metrics of the reference, of the same names, labels and
// values: a series appears with its first packet. accounts.go, sessions.go and node.go
// have ours. No label value ever comes from a remote party: the codes of rejects are
// bounded by account.Codes.
//
// The package counts nothing itself and pushes nothing anywhere.
package metrics

import (
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"github.com/ilp-go/connector/account"
	"github.com/ilp-go/connector/rate"
)

// Source is what is shown. Its methods are safe for concurrent use and do not wait.
type Source interface {
	// Accounts is the registry of the accounts.
	Accounts() *account.Registry
	// Loaded reports whether the balances are known.
	Loaded() bool
	// Connected reports whether a packet to an account could be sent now.
	Connected(id string) bool
	// Enabled reports whether a built-in middleware, by its name in the
	// configuration, is not disabled.
	Enabled(middleware string) bool
	// Alerts is what nobody has dismissed.
	Alerts() *account.Alerts
	// Rates is the exchange rates and how fresh they are.
	Rates() rate.State
	// Prefixes is how many prefixes there is a route to.
	Prefixes() int
	// Sessions is how the exchange of routes with neighbors is doing, and
	// SessionStates the states that it can be in.
	Sessions() []Session
	SessionStates() []string
	// Unready is why the connector should not be sent packets, nothing if it is ready.
	Unready() []string
}

// Options are what else there is to show.
type Options struct {
	// Version and Revision are those of the program.
	Version, Revision string
	// Process adds the metrics of the Go runtime and of the process.
	Process bool
}

// Metrics is what the connector counts. It is safe for concurrent use.
type Metrics struct {
	inherited *prometheus.Registry
	own       *prometheus.Registry
}

// New makes metrics of a source.
func New(source Source, o Options) *Metrics {
	m := &Metrics{inherited: prometheus.NewRegistry(), own: prometheus.NewRegistry()}
	m.inherited.MustRegister(newInherited(source))
	m.own.MustRegister(newAccounts(source), newSessions(source), newNode(source, o))
	if o.Process {
		m.own.MustRegister(
			collectors.NewGoCollector(),
			collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		)
	}
	return m
}
