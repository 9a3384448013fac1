package metrics_test

import (
	"testing"

	"github.com/ilp-go/connector/account"
	"github.com/ilp-go/connector/metrics"
)

// What npm middlewares count is added to ours. Where the latest value counts, ours comes first.
func TestWhatMiddlewaresTellIsInTheMetricsOfTheReference(t *testing.T) {
	s := newSource(t)
	s.happen(t)
	tell := func(id string, stat account.Stat, result, code string, value float64) {
		t.Helper()
		if !s.registry.Find(id).Counters.Told.Tell(account.SampleOf(stat, result, code), value) {
			t.Errorf("%v does not count", value)
		}
	}
	before := samples(t, scrape(t, metrics.New(s, metrics.Options{})))
	tell("alice", account.StatIncomingPackets, "fulfilled", "", 5)
	tell("alice", account.StatIncomingPackets, "mine", "", 6)
	tell("alice", account.StatBalance, "", "", 7)
	tell("zoe", account.StatBalance, "", "", 8) // which has none here
	tell("alice", account.StatRateLimited, "", "", 9)
	tell("bob", account.StatOutgoingPackets, "rejected", "T04", 10)
	tell("bob", account.StatOutgoingPackets, "rejected", "F02", 11)
	tell("bob", account.StatOutgoingPackets, "fulfilled", "", 12)
	tell("bob", account.StatOutgoingValue, "failed", "", 13)
	tell("bob", account.StatIncomingValue, "rejected", "", 14)
	tell("bob", account.StatOutgoingMoney, "succeeded", "", 15)
	tell("bob", account.StatOutgoingMoney, "failed", "", 16)
	tell("bob", account.StatIncomingMoney, "succeeded", "", 17)
	tell("zoe", account.StatRateLimitedMoney, "", "", 18)
	got := samples(t, scrape(t, metrics.New(s, metrics.Options{})))
	const alice, bob, zoe = `account="alice",asset="USD",`, `account="bob",asset="USD",`, `account="zoe",asset="XRP",`
	want := map[string]float64{
		`incoming_ilp_packets{` + alice + `result="fulfilled",scale="2"}`:         5 + 2,
		`incoming_ilp_packets{` + alice + `result="other",scale="2"}`:             6,
		`balance{` + zoe + `scale="9"}`:                                           8,
		`rate_limited_ilp_packets{` + alice + `scale="2"}`:                        9 + 4,
		`outgoing_ilp_packets{` + bob + `code="T04",result="rejected",scale="4"}`: 10 + 1,
		`outgoing_ilp_packets{` + bob + `code="F02",result="rejected",scale="4"}`: 11,
		`outgoing_ilp_packets{` + bob + `result="fulfilled",scale="4"}`:           12 + 4,
		`outgoing_ilp_packet_value{` + bob + `result="failed",scale="4"}`:         13 + 693,
		`incoming_ilp_packet_value{` + bob + `result="rejected",scale="4"}`:       14,
		`outgoing_money{` + bob + `result="failed",scale="4"}`:                    16,
		`incoming_money{` + bob + `result="succeeded",scale="4"}`:                 17,
		`rate_limited_money{` + zoe + `scale="9"}`:                                18,
	}
	for name, value := range want {
		if got["ilp_connector_"+name] != value {
			t.Errorf("%s is %v, want %v", name, got["ilp_connector_"+name], value)
		}
		delete(got, "ilp_connector_"+name)
		delete(before, "ilp_connector_"+name)
	}
	for name, value := range got {
		if isInherited(name) && before[name] != value {
			t.Errorf("%s has become %v", name, value)
		}
	}
}

// A parent shows what is counted of its clients, and of its balance what is told of itself.
func TestWhatMiddlewaresTellOfClientsIsTheirParents(t *testing.T) {
	s := newSource(t)
	s.clients = map[string][2]int{"zoe": {1, 1}}
	client := account.New("zoe.x", account.Settings{AssetCode: "XRP", AssetScale: 9, Host: "zoe"})
	if err := s.registry.Add(client); err != nil {
		t.Fatal(err)
	}
	for _, a := range []*account.Account{client, s.registry.Find("zoe")} {
		a.Counters.Told.Tell(account.SampleOf(account.StatIncomingPackets, "failed", ""), 2)
	}
	client.Counters.Told.Tell(account.SampleOf(account.StatBalance, "", ""), 3)
	s.registry.Find("zoe").Counters.Told.Tell(account.SampleOf(account.StatBalance, "", ""), 4)
	got := samples(t, scrape(t, metrics.New(s, metrics.Options{})))
	for name, want := range map[string]float64{
		`ilp_connector_incoming_ilp_packets{account="zoe",asset="XRP",result="failed",scale="9"}`: 4,
		`ilp_connector_balance{account="zoe",asset="XRP",scale="9"}`:                              4,
	} {
		if got[name] != want {
			t.Errorf("%s is %v, want %v", name, got[name], want)
		}
	}
}
