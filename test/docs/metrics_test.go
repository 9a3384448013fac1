package docs

import (
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ilp-go/connector/account"
	"github.com/ilp-go/connector/account/balance"
	"github.com/ilp-go/connector/ilp"
	"github.com/ilp-go/connector/metrics"
	"github.com/ilp-go/connector/rate"
)

// metric is what a metric is described to be: its type, and its labels with blanks between.
type metric struct{ kind, labels string }

// The tables of docs/metrics.md have every metric that the connector exports, with its type and its labels.
func TestMetricsAreDescribed(t *testing.T) {
	want, got := exportedMetrics(t), describedMetrics(t)
	for name, m := range want {
		if got[name] != m {
			t.Errorf("docs/metrics.md says of %s %+v, and it is %+v", name, got[name], m)
		}
	}
	for name := range got {
		if _, there := want[name]; !there {
			t.Errorf("docs/metrics.md describes %s, which is not exported", name)
		}
	}
}

// describedMetrics reads the tables. Those of accounts leave out the labels that all of them have.
func describedMetrics(t *testing.T) map[string]metric {
	t.Helper()
	described := make(map[string]metric)
	row := regexp.MustCompile("^\\| `(ilp_connector_[a-z_]+)` \\| ([a-z]+) \\|([^|]*)\\|")
	var section string
	for _, l := range pageOf(t, "docs/metrics.md").prose {
		if m := heading.FindStringSubmatch(l.text); m != nil {
			section = m[1]
		}
		m := row.FindStringSubmatch(l.text)
		if m == nil {
			continue
		}
		labels := strings.Fields(strings.NewReplacer("`", "", ",", "").Replace(m[3]))
		if section != "Our metrics, of the connector" {
			labels = append(labels, "account", "asset", "scale")
		}
		slices.Sort(labels)
		described[m[1]] = metric{m[2], strings.Join(labels, " ")}
	}
	return described
}

// exportedMetrics is the metrics of a connector in which everything has happened that is counted.
func exportedMetrics(t *testing.T) map[string]metric {
	t.Helper()
	recorder := httptest.NewRecorder()
	metrics.New(busy(t), metrics.Options{Version: "v1", Revision: "r1"}).ServeHTTP(recorder, nil)
	exported := make(map[string]metric)
	labelsOf := make(map[string][]string)
	sample := regexp.MustCompile(`^(ilp_connector_[a-z_]+?)(?:_bucket|_sum|_count)?(?:\{(.*)\})? `)
	label := regexp.MustCompile(`([a-z_]+)="`)
	for _, l := range strings.Split(recorder.Body.String(), "\n") {
		if rest, ok := strings.CutPrefix(l, "# TYPE "); ok {
			name, kind, _ := strings.Cut(rest, " ")
			exported[name] = metric{kind: kind}
			continue
		}
		m := sample.FindStringSubmatch(l)
		if m == nil {
			continue
		}
		for _, pair := range label.FindAllStringSubmatch(m[2], -1) {
			if pair[1] != "le" && !slices.Contains(labelsOf[m[1]], pair[1]) {
				labelsOf[m[1]] = append(labelsOf[m[1]], pair[1])
			}
		}
	}
	for name, m := range exported {
		slices.Sort(labelsOf[name])
		exported[name] = metric{m.kind, strings.Join(labelsOf[name], " ")}
	}
	return exported
}

// source is a metrics.Source with one account.
type source struct {
	registry *account.Registry
	alerts   *account.Alerts
	table    *rate.Table
}

func (s source) Accounts() *account.Registry { return s.registry }
func (s source) Enabled(string) bool         { return true }
func (s source) Loaded() bool                { return true }
func (s source) Alerts() *account.Alerts     { return s.alerts }
func (s source) Rates() rate.State           { return rate.State{Table: s.table, Success: s.table.At} }
func (s source) RateSources() []rate.SourceState {
	return []rate.SourceState{{Name: "ecb", State: s.Rates()}}
}
func (s source) Pricing() rate.PricingState  { return rate.PricingState{} }
func (s source) Prefixes() int               { return 1 }
func (s source) Earnings() []account.Earning { return []account.Earning{{AccountID: "alice"}} }
func (s source) SessionStates() []string     { return []string{"idle"} }
func (s source) Unready() []string           { return nil }
func (s source) Paused() map[string]int      { return map[string]int{"node": 1} }
func (s source) Reloads() metrics.Reloads    { return metrics.Reloads{Last: s.table.At} }
func (s source) Hosts() []metrics.NodeHost {
	return []metrics.NodeHost{{Modules: metrics.AllModules, ResidentBytes: 1}}
}
func (s source) PaymentChannels() []metrics.Channels {
	return []metrics.Channels{{
		Account: s.registry.Find("alice"), Outgoing: &metrics.Channel{}, Claims: map[string]uint64{"taken": 1}, Transactions: map[metrics.TransactionKind]uint64{{}: 1},
	}}
}
func (s source) LedgerServers() []metrics.LedgerServer {
	return []metrics.LedgerServer{{ClosedAt: s.table.At}}
}
func (s source) Observed() (metrics.Observed, bool) {
	return metrics.Observed{Told: 1}, true
}
func (s source) Connection(string) metrics.Connection {
	return metrics.Connection{Since: s.table.At, CertificateUntil: s.table.At, RefusedRequests: map[string]uint64{"credentials": 1}}
}
func (s source) Counters(a *account.Account) *account.Counters   { return &a.Counters }
func (s source) Clients(string) (known, connected int, are bool) { return 2, 1, true }
func (s source) AccountStates() []string                         { return []string{"established"} }
func (s source) ChildStates(string) map[string]int               { return nil }
func (s source) Sessions() []metrics.Session {
	return []metrics.Session{{Account: "alice", Receives: true, Sends: true}}
}

var _ metrics.Source = source{}

// busy is a source to whose account everything has happened.
func busy(t *testing.T) source {
	t.Helper()
	now := time.Now()
	s := source{account.NewRegistry(), account.NewAlerts(now), rate.NewTable(now, rate.Par, rate.Spread{})}
	a := account.New("alice", account.Settings{AssetCode: "USD", AssetScale: 2, Limits: &balance.Limits{}})
	if err := s.registry.Add(a); err != nil {
		t.Fatal(err)
	}
	c := &a.Counters
	c.RefusedFrom.Count(0, 0, ilp.T04, "maximum_balance", 1)
	for _, result := range []account.Result{account.Fulfilled, account.Rejected, account.Failed} {
		c.Incoming.Count(result)
		c.Outgoing.Count(result)
		c.IncomingValue.Add(result, 1)
		c.OutgoingValue.Add(result, 1)
	}
	c.Rejects.Count(0, ilp.F02, 1)
	c.RateLimited.Add(1)
	c.RateLimitedMoney.Add(1)
	c.IncomingMoney.Succeed(balance.FromUint64(1))
	c.OutgoingMoney.Fail(balance.FromUint64(1))
	c.LastSeen.Store(now.UnixNano())
	return s
}
