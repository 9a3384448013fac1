package metrics_test

import (
	"bytes"
	"context"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil/promlint"

	"github.com/ilp-go/connector/account"
	"github.com/ilp-go/connector/account/balance"
	"github.com/ilp-go/connector/ilp"
	"github.com/ilp-go/connector/metrics"
	"github.com/ilp-go/connector/rate"
)

func TestOwnMetricsShowWhatIsThere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { // its clock begins at midnight, the first of January 2000
		s := newSource(t)
		alice := s.registry.Find("alice")
		alice.Counters.Latency.Observe(3 * time.Millisecond)
		alice.Counters.Latency.Observe(time.Minute)
		alice.Counters.InFlight.Add(3)
		alice.Counters.Late.Count(account.Fulfilled)
		alice.Counters.Outstanding.Add(4)
		alice.Counters.Unmatched.Count(account.Fulfilled)
		alice.Counters.LateReceived.Add(70)
		alice.Counters.LateFulfills.Add(20)
		alice.Counters.LateFulfills.Add(30)
		alice.Counters.KeptFulfills.Add(5)
		for range 6 {
			alice.Counters.RefusedFrom.Count(0, 0, ilp.T04, "maximum_balance", 1)
		}
		alice.Counters.RefusedTo.Count(0, 0, account.OtherCode, account.OtherCause, 1)
		alice.Counters.LastSeen.Store(time.Now().UnixNano())
		if !alice.Balance.Hold(7) || !alice.Balance.Reserve(9) {
			t.Fatal("the balance refuses")
		}
		s.connections = map[string]metrics.Connection{"bob": {Connected: true}}
		s.prefixes = 4
		s.reloads = metrics.Reloads{Done: 3, Failed: 1, Broken: true, Last: time.Now().Add(2 * time.Second)}
		s.alerts.Raise(time.Now(), "bob", "test.remote", "exceeded maximum balance.")
		s.rates = ratesAt(time.Now())
		s.earnings = []account.Earning{{AccountID: "alice", AssetCode: "XRP", AssetScale: 9, Amount: balance.FromInt64(-12)}}
		s.rateSources = []rate.SourceState{
			{Name: "ecb", State: s.rates.After(s.rates.Table, nil, time.Now(), time.Time{})},
			{Name: "http", State: rate.State{}.After(nil, context.DeadlineExceeded, time.Now(), time.Time{})},
			{Name: "http", State: s.rates}, // a second one of the name would fail the scrape
		}
		s.pricing = rate.PricingState{Held: make([]rate.Held, 2), Pins: make([]rate.Pin, 3)}
		time.Sleep(90 * time.Second)

		got := samples(t, scrape(t, metrics.New(s, metrics.Options{Version: "v1.2.3", Revision: "abcdef"})))
		const aliceIs = `account="alice",asset="USD"`
		for series, want := range map[string]float64{
			`ilp_connector_account_connected{` + aliceIs + `,scale="2"}`:                                                             0,
			`ilp_connector_account_connected{account="bob",asset="USD",scale="4"}`:                                                   1,
			`ilp_connector_account_last_packet_timestamp_seconds{` + aliceIs + `,scale="2"}`:                                         946684800,
			`ilp_connector_packets_in_flight{` + aliceIs + `,scale="2"}`:                                                             3,
			`ilp_connector_late_answers_total{` + aliceIs + `,result="fulfilled",scale="2"}`:                                         1,
			`ilp_connector_late_answers_total{` + aliceIs + `,result="rejected",scale="2"}`:                                          0,
			`ilp_connector_packets_outstanding{` + aliceIs + `,scale="2"}`:                                                           4,
			`ilp_connector_unmatched_answers_total{` + aliceIs + `,result="fulfilled",scale="2"}`:                                    1,
			`ilp_connector_late_fulfills_total{` + aliceIs + `,direction="received",scale="2"}`:                                      1,
			`ilp_connector_late_fulfill_value_total{` + aliceIs + `,direction="received",scale="2"}`:                                 70,
			`ilp_connector_late_fulfills_total{` + aliceIs + `,direction="sent",scale="2"}`:                                          2,
			`ilp_connector_late_fulfill_value_total{` + aliceIs + `,direction="sent",scale="2"}`:                                     50,
			`ilp_connector_kept_fulfills_total{` + aliceIs + `,scale="2"}`:                                                           5,
			`ilp_connector_refused_packets_total{` + aliceIs + `,cause="maximum_balance",code="T04",direction="incoming",scale="2"}`: 6,
			`ilp_connector_refused_packets_total{` + aliceIs + `,cause="other",code="other",direction="outgoing",scale="2"}`:         1,
			`ilp_connector_packet_latency_seconds{` + aliceIs + `,scale="2"}`:                                                        2,
			`ilp_connector_balance_minimum{` + aliceIs + `,scale="2"}`:                                                               -500,
			`ilp_connector_balance_maximum{` + aliceIs + `,scale="2"}`:                                                               1000,
			`ilp_connector_balance_pending{` + aliceIs + `,direction="incoming",scale="2"}`:                                          7,
			`ilp_connector_balance_pending{` + aliceIs + `,direction="outgoing",scale="2"}`:                                          9,
			`ilp_connector_balance_settling{` + aliceIs + `,scale="2"}`:                                                              0,
			`ilp_connector_balance{` + aliceIs + `,scale="2"}`:                                                                       7,
			`ilp_connector_rate_age_seconds{}`:                                                                                       90,
			`ilp_connector_rate_last_success_timestamp_seconds{}`:                                                                    946684801,
			`ilp_connector_rate_failures{}`:                                                                                          2,
			`ilp_connector_rate_stale{}`:                                                                                             1,
			`ilp_connector_spread_earned{account="alice",paid_asset="XRP",paid_scale="9"}`:                                           -12,
			`ilp_connector_rate_source_age_seconds{source="ecb"}`:                                                                    90,
			`ilp_connector_rate_source_last_success_timestamp_seconds{source="ecb"}`:                                                 946684800,
			`ilp_connector_rate_source_fetches_total{outcome="succeeded",source="ecb"}`:                                              1,
			`ilp_connector_rate_source_fetches_total{outcome="timeout",source="ecb"}`:                                                0,
			`ilp_connector_rate_source_fetches_total{outcome="succeeded",source="http"}`:                                             0,
			`ilp_connector_rate_source_fetches_total{outcome="timeout",source="http"}`:                                               1,
			`ilp_connector_rate_overrides{kind="pinned"}`:                                                                            3,
			`ilp_connector_rate_overrides{kind="paused"}`:                                                                            0,
			`ilp_connector_rate_overrides{kind="held"}`:                                                                              2,
			`ilp_connector_reloads_total{result="done"}`:                                                                             3,
			`ilp_connector_reloads_total{result="failed"}`:                                                                           1,
			`ilp_connector_reload_failed{}`:                                                                                          1,
			`ilp_connector_reload_last_success_timestamp_seconds{}`:                                                                  946684802,
			`ilp_connector_routes{}`: 4,
			`ilp_connector_alerts{}`: 1,
			`ilp_connector_ready{}`:  1,
			`ilp_connector_build_info{goversion="` + goVersion + `",revision="abcdef",version="v1.2.3"}`: 1,
		} {
			if value, there := got[series]; !there || value != want {
				t.Errorf("%s is %v, %t; want %v", series, value, there, want)
			}
		}
		if _, there := got[`ilp_connector_rate_source_age_seconds{source="http"}`]; there {
			t.Error("prices that are not there have an age")
		}
		const infinite = `ilp_connector_balance_minimum{account="bob",asset="USD",scale="4"}`
		if _, there := got[infinite]; there {
			t.Errorf("%s is there, but there is no such limit", infinite)
		}
	})
}

var goVersion = runtime.Version()

// A paused account is where its operator wants it, so nothing of it may look like trouble.
func TestPausedAccountLooksLikeNoTrouble(t *testing.T) {
	s := newSource(t)
	s.connections = map[string]metrics.Connection{"bob": {Paused: true, Since: time.Now()}, "alice": {Since: time.Now()}}
	s.sessions = []metrics.Session{
		{Account: "bob", Receives: true, Sends: true, State: "idle", Damped: 3, Faults: 2},
		{Account: "alice", Receives: true, State: "idle"},
	}
	got := samples(t, scrape(t, metrics.New(s, metrics.Options{})))
	const bobIs, aliceIs = `{account="bob",asset="USD",scale="4"`, `{account="alice",asset="USD",scale="2"`
	for series, want := range map[string]float64{
		"ilp_connector_account_paused" + bobIs + "}":      1,
		"ilp_connector_account_paused" + aliceIs + "}":    0,
		"ilp_connector_account_connected" + aliceIs + "}": 0,
		"ilp_connector_route_faults_total" + bobIs + "}":  2,
		"ilp_connector_routes_damped" + aliceIs + "}":     0,
	} {
		if value, there := got[series]; !there || value != want {
			t.Errorf("%s is %v, %t; want %v", series, value, there, want)
		}
	}
	for _, series := range []string{
		"account_connected" + bobIs + "}", "account_disconnected_timestamp_seconds" + bobIs + "}", "routes_damped" + bobIs + "}",
		"route_session_state" + bobIs + `,state="idle"}`, "route_session_state" + bobIs + `,state="established"}`,
	} {
		if value, there := got["ilp_connector_"+series]; there {
			t.Errorf("%s is %v, and the account is paused", series, value)
		}
	}
}

// Nobody expects a peer to be connected that has not accepted its invitation.
func TestInvitedAccountLooksLikeNoTrouble(t *testing.T) {
	s := newSource(t)
	s.connections = map[string]metrics.Connection{"bob": {Invited: true, Since: time.Now()}}
	s.sessions = []metrics.Session{{Account: "bob", Receives: true, Sends: true, State: "idle"}}
	got := samples(t, scrape(t, metrics.New(s, metrics.Options{})))
	const bobIs = `{account="bob",asset="USD",scale="4"`
	for _, series := range []string{"account_connected" + bobIs + "}", "account_disconnected_timestamp_seconds" + bobIs + "}", "route_session_state" + bobIs + `,state="idle"}`} {
		if value, there := got["ilp_connector_"+series]; there {
			t.Errorf("%s is %v, and the peer is only invited", series, value)
		}
	}
	if value := got["ilp_connector_account_paused"+bobIs+"}"]; value != 0 {
		t.Error("it counts as paused")
	}
}

func TestLatencyIsCumulative(t *testing.T) {
	s := newSource(t)
	bob := s.registry.Find("bob")
	for _, d := range []time.Duration{50 * time.Microsecond, 2 * time.Millisecond, 2 * time.Millisecond, time.Hour} {
		bob.Counters.Latency.Observe(d)
	}
	body := string(scrape(t, metrics.New(s, metrics.Options{})))
	for _, line := range []string{
		`ilp_connector_packet_latency_seconds_bucket{account="bob",asset="USD",scale="4",le="0.0001"} 1`,
		`ilp_connector_packet_latency_seconds_bucket{account="bob",asset="USD",scale="4",le="0.001"} 1`,
		`ilp_connector_packet_latency_seconds_bucket{account="bob",asset="USD",scale="4",le="0.0025"} 3`,
		`ilp_connector_packet_latency_seconds_bucket{account="bob",asset="USD",scale="4",le="30"} 3`,
		`ilp_connector_packet_latency_seconds_bucket{account="bob",asset="USD",scale="4",le="+Inf"} 4`,
		`ilp_connector_packet_latency_seconds_count{account="bob",asset="USD",scale="4"} 4`,
	} {
		if !strings.Contains(body, line+"\n") {
			t.Errorf("%s is not there", line)
		}
	}
}

func TestUnreadyConnectorIsShownAsSuch(t *testing.T) {
	s := newSource(t)
	s.unready = []string{"draining"}
	got := samples(t, scrape(t, metrics.New(s, metrics.Options{})))
	if value, there := got["ilp_connector_ready{}"]; !there || value != 0 {
		t.Errorf("ilp_connector_ready is %v, %t", value, there)
	}
	if _, there := got["ilp_connector_rate_age_seconds{}"]; there || s.rates.Table != nil {
		t.Error("rates that are not there have an age")
	}
}

func TestObserversAreCounted(t *testing.T) {
	s := newSource(t)
	const told, dropped, waiting = `ilp_connector_observed_packets_total{result="told"}`, `ilp_connector_observed_packets_total{result="dropped"}`,
		"ilp_connector_observed_packets_waiting{}"
	got := samples(t, scrape(t, metrics.New(s, metrics.Options{})))
	for _, series := range []string{told, dropped, waiting} {
		if _, there := got[series]; there {
			t.Errorf("without an observer there is %s", series)
		}
	}
	s.observed = &metrics.Observed{Told: 7, Dropped: 2, Waiting: 3}
	got = samples(t, scrape(t, metrics.New(s, metrics.Options{})))
	if got[told] != 7 || got[dropped] != 2 || got[waiting] != 3 {
		t.Errorf("told %v, dropped %v, waiting %v", got[told], got[dropped], got[waiting])
	}
}

func TestNodeHostsAreShown(t *testing.T) {
	s := newSource(t)
	s.hosts = []metrics.NodeHost{{Modules: "@acme/down", Restarts: 3}, {Modules: "ilp-plugin-x", Up: true, ResidentBytes: 1 << 20}}
	got := samples(t, scrape(t, metrics.New(s, metrics.Options{})))
	const prefix, down, up = "ilp_connector_node_host_", `{modules="@acme/down"}`, `{modules="ilp-plugin-x"}`
	for series, want := range map[string]float64{
		"up" + down: 0, "up" + up: 1, "restarts_total" + down: 3, "restarts_total" + up: 0, "resident_memory_bytes" + up: 1 << 20,
	} {
		if value, there := got[prefix+series]; !there || value != want {
			t.Errorf("%s is %v, %t; want %v", series, value, there, want)
		}
	}
	if value, there := got[prefix+"resident_memory_bytes"+down]; there {
		t.Errorf("a process that is down uses %v bytes", value)
	}
}

func TestChannelsAreShown(t *testing.T) {
	s := newSource(t)
	s.channels = []metrics.Channels{{
		Account: s.registry.Find("zoe"), Outgoing: &metrics.Channel{Capacity: 2_000_000, Signed: 900_000, Claimed: 400_000}, BudgetLeft: 7,
		Claims: map[string]uint64{"taken": 5, "bad_signature": 1}, Transactions: map[metrics.TransactionKind]uint64{{Step: "fund", Result: "done"}: 2},
	}}
	s.servers = []metrics.LedgerServer{{Address: "rUs", Server: "wss://a", Connected: true, ClosedAt: time.Now().Add(-time.Minute)}, {Address: "rUs", Server: "wss://b"}}
	got := samples(t, scrape(t, metrics.New(s, metrics.Options{})))
	const prefix, zoe = "ilp_connector_channel_", `account="zoe",asset="XRP",`
	for series, want := range map[string]float64{
		`capacity_drops{` + zoe + `direction="outgoing",scale="9"}`:          2_000_000,
		`signed_drops{` + zoe + `direction="outgoing",scale="9"}`:            900_000,
		`claimed_drops{` + zoe + `direction="outgoing",scale="9"}`:           400_000,
		`unclaimed_drops{` + zoe + `direction="outgoing",scale="9"}`:         500_000,
		`budget_left_drops{` + zoe + `scale="9"}`:                            7,
		`claims_total{` + zoe + `result="bad_signature",scale="9"}`:          1,
		`claims_total{` + zoe + `result="taken",scale="9"}`:                  5,
		`transactions_total{` + zoe + `result="done",scale="9",step="fund"}`: 2,
		`ledger_connected{address="rUs",server="wss://a"}`:                   1,
		`ledger_connected{address="rUs",server="wss://b"}`:                   0,
	} {
		if value, there := got[prefix+series]; !there || value != want {
			t.Errorf("%s is %v, %t; want %v", series, value, there, want)
		}
	}
	if age := got[prefix+`ledger_age_seconds{address="rUs",server="wss://a"}`]; age < 60 || age > 90 {
		t.Errorf("the ledger is %v seconds old", age)
	}
	for _, absent := range []string{`capacity_drops{` + zoe + `direction="incoming",scale="9"}`, `ledger_age_seconds{address="rUs",server="wss://b"}`} {
		if value, there := got[prefix+absent]; there {
			t.Errorf("%s is %v", absent, value)
		}
	}
}

func TestOnlyInheritedNamesAreLinted(t *testing.T) {
	s := newSource(t)
	s.happen(t)
	s.rates = ratesAt(time.Now())
	s.sessions = []metrics.Session{{Account: "bob", Receives: true, Sends: true, State: "stale"}}
	s.hosts = []metrics.NodeHost{{Modules: metrics.AllModules, Up: true, ResidentBytes: 1}}
	s.channels = []metrics.Channels{{
		Account: s.registry.Find("zoe"), Incoming: &metrics.Channel{}, Claims: map[string]uint64{"taken": 1}, Transactions: map[metrics.TransactionKind]uint64{{}: 1},
	}}
	s.servers = []metrics.LedgerServer{{Address: "r", ClosedAt: time.Now()}}
	problems, err := promlint.New(bytes.NewReader(scrape(t, metrics.New(s, metrics.Options{Process: true})))).Lint()
	if err != nil {
		t.Fatal(err)
	}
	if len(problems) == 0 {
		t.Error("nothing was linted: the inherited counters lack _total")
	}
	for _, p := range problems {
		if !isInherited(p.Metric + "{") {
			t.Errorf("%s: %s", p.Metric, p.Text)
		}
	}
}

func TestProcessIsShownOnlyWhenAsked(t *testing.T) {
	s := newSource(t)
	for _, asked := range []bool{false, true} {
		body := scrape(t, metrics.New(s, metrics.Options{Process: asked}))
		if shown := bytes.Contains(body, []byte("\ngo_goroutines ")); shown != asked {
			t.Errorf("asked %t, shown %t", asked, shown)
		}
	}
}

func TestPacketsMayPassWhileMetricsAreRead(t *testing.T) {
	s := newSource(t)
	m := metrics.New(s, metrics.Options{})
	var packets sync.WaitGroup
	for range 4 {
		packets.Go(func() { times(1000, func() { reject(s.registry.Find("bob"), 1) }) })
	}
	times(20, func() { scrape(t, m) })
	packets.Wait()
	if got := stats(t, s)[2].Values[0].Value; got != 4000 {
		t.Errorf("counted %v, want 4000", got)
	}
}
