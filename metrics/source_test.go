package metrics_test

import (
	"testing"
	"time"

	"github.com/ilp-go/connector/account"
	"github.com/ilp-go/connector/account/balance"
	"github.com/ilp-go/connector/ilp"
	"github.com/ilp-go/connector/metrics"
	"github.com/ilp-go/connector/rate"
)

// source is a metrics.Source that says what it was told.
type source struct {
	reloads     metrics.Reloads
	registry    *account.Registry
	connections map[string]metrics.Connection
	disabled    map[string]bool
	alerts      *account.Alerts
	rates       rate.State
	earnings    []account.Earning
	rateSources []rate.SourceState
	pricing     rate.PricingState
	prefixes    int
	sessions    []metrics.Session
	unready     []string
	loading     bool
	clients     map[string][2]int // known and connected
	observed    *metrics.Observed // nil if there is no observer
	hosts       []metrics.NodeHost
	channels    []metrics.Channels
	servers     []metrics.LedgerServer
}

func (s *source) Accounts() *account.Registry     { return s.registry }
func (s *source) Enabled(middleware string) bool  { return !s.disabled[middleware] }
func (s *source) Alerts() *account.Alerts         { return s.alerts }
func (s *source) Rates() rate.State               { return s.rates }
func (s *source) Earnings() []account.Earning     { return s.earnings }
func (s *source) RateSources() []rate.SourceState { return s.rateSources }
func (s *source) Pricing() rate.PricingState      { return s.pricing }
func (s *source) Prefixes() int                   { return s.prefixes }
func (s *source) Sessions() []metrics.Session     { return s.sessions }
func (s *source) SessionStates() []string         { return []string{"idle", "established", "stale"} }
func (s *source) Loaded() bool                    { return !s.loading }
func (s *source) Unready() []string               { return s.unready }
func (s *source) Paused() map[string]int          { return map[string]int{"node": 0, "asset": 2} }
func (s *source) Reloads() metrics.Reloads        { return s.reloads }
func (s *source) Hosts() []metrics.NodeHost       { return s.hosts }

func (s *source) PaymentChannels() []metrics.Channels   { return s.channels }
func (s *source) LedgerServers() []metrics.LedgerServer { return s.servers }

func (s *source) Observed() (o metrics.Observed, are bool) {
	if s.observed == nil {
		return o, false
	}
	return *s.observed, true
}

func (s *source) Connection(id string) metrics.Connection { return s.connections[id] }

func (s *source) Counters(a *account.Account) *account.Counters {
	if _, are := s.clients[a.ID]; !are {
		return &a.Counters
	}
	sum := new(account.Counters)
	for _, one := range append(s.registry.Hosted(a.ID), a) {
		sum.Add(&one.Counters)
	}
	return sum
}

func (s *source) Clients(id string) (known, connected int, are bool) {
	n, are := s.clients[id]
	return n[0], n[1], are
}

func (s *source) AccountStates() []string { return []string{"connecting", "established"} }

func (s *source) ChildStates(id string) map[string]int {
	n := s.clients[id]
	return map[string]int{"established": n[1], "connecting": n[0] - n[1]}
}

var _ metrics.Source = (*source)(nil)

// newSource returns a connector with the three accounts of the recording in testdata,
// to which nothing has happened.
func newSource(t *testing.T) *source {
	t.Helper()
	s := &source{registry: account.NewRegistry(), alerts: account.NewAlerts(time.Now())}
	for _, a := range []*account.Account{
		account.New("zoe", account.Settings{AssetCode: "XRP", AssetScale: 9}),
		account.New("alice", account.Settings{AssetCode: "USD", AssetScale: 2, Limits: limits(t, "-500", "1000")}),
		account.New("bob", account.Settings{AssetCode: "USD", AssetScale: 4, Limits: limits(t, "-Infinity", "100000")}),
	} {
		if err := s.registry.Add(a); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

func limits(t *testing.T, minimum, maximum string) *balance.Limits {
	t.Helper()
	low, err := balance.ParseLimit(minimum)
	if err != nil {
		t.Fatal(err)
	}
	high, err := balance.ParseLimit(maximum)
	if err != nil {
		t.Fatal(err)
	}
	return &balance.Limits{Minimum: low, Maximum: high}
}

// happen makes happen to the accounts what had happened to the reference when it
// was recorded.
func (s *source) happen(t *testing.T) {
	t.Helper()
	zoe, alice, bob := s.registry.Find("zoe"), s.registry.Find("alice"), s.registry.Find("bob")

	times(2, func() { alice.Counters.Incoming.Count(account.Fulfilled) })
	times(15, func() { alice.Counters.Incoming.Count(account.Rejected) })
	times(2, func() { alice.Counters.Incoming.Count(account.Failed) })
	zoe.Counters.Incoming.Count(account.Fulfilled)
	bob.Counters.Incoming.Count(account.Failed)

	alice.Counters.IncomingValue.Add(account.Fulfilled, 30)
	alice.Counters.IncomingValue.Add(account.Rejected, 11)
	alice.Counters.IncomingValue.Add(account.Failed, 16)
	bob.Counters.IncomingValue.Add(account.Failed, 1)

	times(4, func() { bob.Counters.Outgoing.Count(account.Fulfilled) })
	times(14, func() { reject(bob, ilp.F99) })
	reject(bob, ilp.T04)
	zoe.Counters.Outgoing.Count(account.Failed)

	bob.Counters.OutgoingValue.Add(account.Fulfilled, 9902970)
	bob.Counters.OutgoingValue.Add(account.Rejected, 1089)
	bob.Counters.OutgoingValue.Add(account.Failed, 693)

	bob.Counters.OutgoingMoney.Succeed(balance.FromUint64(9900000))
	times(4, func() { alice.Counters.RateLimited.Add(1) })
	if !alice.Balance.Hold(30) {
		t.Fatal("the hold is refused")
	}
	alice.Balance.Post(30)
}

func times(n int, do func()) {
	for range n {
		do()
	}
}

// reject counts an answer of the account as the engine does.
func reject(a *account.Account, code ilp.Code) {
	a.Counters.Outgoing.Count(account.Rejected)
	a.Counters.Rejects.Count(0, code, 7)
}

// ratesAt returns rates of that moment that are fresh for a minute.
func ratesAt(at time.Time) rate.State {
	table := rate.NewTable(at, rate.Par, rate.Spread{})
	table.MaxAge = time.Minute
	return rate.State{Table: table, Success: at.Add(time.Second), Failures: 2}
}
