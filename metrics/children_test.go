package metrics_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/ilp-go/connector/account"
	"github.com/ilp-go/connector/ilp"
	"github.com/ilp-go/connector/metrics"
)

// A client that is an account is counted in the series of its parent, and has none of its own.
func TestClientsAreCountedForTheirParent(t *testing.T) {
	s := newSource(t)
	s.clients = map[string][2]int{"alice": {3, 1}}
	for i := range 3 {
		kid := account.New(fmt.Sprintf("alice.%d", i), account.Settings{AssetCode: "USD", AssetScale: 2, Host: "alice"})
		if err := s.registry.Add(kid); err != nil {
			t.Fatal(err)
		}
		kid.Counters.Incoming.Count(account.Fulfilled)
		kid.Counters.IncomingValue.Add(account.Fulfilled, 100)
		kid.Counters.RefusedFrom.Count(0, 0, ilp.T04, "maximum_balance", 1)
		reject(kid, ilp.F02)
	}
	text := scrape(t, metrics.New(s, metrics.Options{}))
	if strings.Contains(string(text), "alice.0") {
		t.Error("a client has a series of its own")
	}
	got := samples(t, text)
	const alice = `account="alice",asset="USD"`
	for series, want := range map[string]float64{
		`ilp_connector_children_known{` + alice + `,scale="2"}`:                                                                3,
		`ilp_connector_children_connected{` + alice + `,scale="2"}`:                                                            1,
		`ilp_connector_incoming_ilp_packets{` + alice + `,result="fulfilled",scale="2"}`:                                       3,
		`ilp_connector_incoming_ilp_packet_value{` + alice + `,result="fulfilled",scale="2"}`:                                  300,
		`ilp_connector_outgoing_ilp_packets{` + alice + `,code="F02",result="rejected",scale="2"}`:                             3,
		`ilp_connector_refused_packets_total{` + alice + `,cause="maximum_balance",code="T04",direction="incoming",scale="2"}`: 3,
		`ilp_connector_packet_latency_seconds{` + alice + `,scale="2"}`:                                                        0,
	} {
		if value, there := got[series]; !there || value != want {
			t.Errorf("%s is %v, %t; want %v", series, value, there, want)
		}
	}
	if _, there := got[`ilp_connector_children_known{account="bob",asset="USD",scale="4"}`]; there {
		t.Error("an account without clients has a number of them")
	}
}
