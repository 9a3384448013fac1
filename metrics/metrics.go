// Package metrics shows what the connector counts, to Prometheus as text and to
// clients of the reference as JSON.
//
//   - [Metrics] serves both. It reads the counters at each request, so that packets only
//     add to the atomic counters of their accounts.
//   - [Source] is what Metrics reads, with [Connection] and [Session] as parts of that.
//   - [Family] is one metric of GET /stats.
//
// inherited.go has the metrics of the reference, with the same names, labels and values:
// a series appears with its first packet. accounts.go, connections.go, sessions.go, observers.go, nodehosts.go,
// channels.go, node.go and rates.go have our own. No label value comes from a remote party, except the codes of rejects, which
// account.Codes bounds. Clients that are accounts have no series of their own: those of their
// parent count for all of them, so that a scrape does not grow with their number.
//
// The package counts nothing itself and pushes nothing anywhere.
package metrics

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"github.com/ilp-go/connector/account"
	"github.com/ilp-go/connector/rate"
)

// Source is what Metrics shows. Its methods are safe for concurrent use and do not wait.
type Source interface {
	// Accounts returns the registry of the accounts.
	Accounts() *account.Registry
	// Loaded reports whether the balances are known.
	Loaded() bool
	// Connection returns the connection of an account, the zero Connection if there is no
	// such account.
	Connection(id string) Connection
	// AccountStates returns all states that an account can have.
	AccountStates() []string
	// ChildStates returns how many clients of an account are in each state, nil if its clients are
	// no accounts.
	ChildStates(id string) map[string]int
	// Counters returns the counts of an account, together with those of its clients if these are
	// accounts. They never fall.
	Counters(a *account.Account) *account.Counters
	// Clients returns how many clients of an account are known and connected, and whether they
	// are accounts.
	Clients(id string) (known, connected int, are bool)
	// Enabled reports whether a built-in middleware, by its name in the
	// configuration, is not disabled.
	Enabled(middleware string) bool
	// Alerts returns the alerts.
	Alerts() *account.Alerts
	// Rates returns the exchange rates and their age.
	Rates() rate.State
	// Earnings returns what the spread has earned, where clients that are accounts count for the
	// account that they come by.
	Earnings() []account.Earning
	// RateSources returns the sources of the prices behind them.
	RateSources() []rate.SourceState
	// Pricing returns what operators have overridden of the rates, and what is held back.
	Pricing() rate.PricingState
	// Prefixes returns the number of prefixes with a route.
	Prefixes() int
	// Sessions returns the route sessions with neighbors, and SessionStates all
	// states that a session can have.
	Sessions() []Session
	SessionStates() []string
	// Unready returns why no packets should be sent to the connector, or nothing if it
	// is ready.
	Unready() []string
	// Paused returns how many pauses there are, by scope, with all scopes.
	Paused() map[string]int
	// Reloads returns how often the configuration was reloaded.
	Reloads() Reloads
	// Observed returns how much observers of exchange rates were told, and whether there are any.
	Observed() (o Observed, are bool)
	// Hosts returns the processes that run npm modules, in the order of Modules.
	Hosts() []NodeHost
	// PaymentChannels returns the payment channels of the accounts that have any.
	PaymentChannels() []Channels
	// LedgerServers returns the servers of the ledgers of these channels, each once for each account of ours
	// there.
	LedgerServers() []LedgerServer
}

// Reloads says how often the configuration was reloaded since the start.
type Reloads struct {
	Done, Failed uint64
	Last         time.Time // when it was reloaded last, zero for never
	Broken       bool      // the last attempt failed
}

// Options are what Metrics shows besides its Source.
type Options struct {
	// Version and Revision identify the program.
	Version, Revision string
	// Process adds the metrics of the Go runtime and of the process.
	Process bool
}

// Metrics shows what the connector counts. It is safe for concurrent use.
type Metrics struct {
	inherited *prometheus.Registry
	own       *prometheus.Registry
}

// New returns the metrics of a source.
func New(source Source, o Options) *Metrics {
	m := &Metrics{inherited: prometheus.NewRegistry(), own: prometheus.NewRegistry()}
	m.inherited.MustRegister(newInherited(source))
	m.own.MustRegister(newAccounts(source), newConnections(source), newChildren(source), newSessions(source), newNode(source, o), newRates(source), newObservers(source), newNodeHosts(source), newChannels(source))
	if o.Process {
		m.own.MustRegister(
			collectors.NewGoCollector(),
			collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		)
	}
	return m
}
