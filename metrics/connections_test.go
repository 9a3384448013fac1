package metrics_test

import (
	"testing"
	"time"

	"github.com/ilp-go/connector/metrics"
)

func TestConnectionsAreShown(t *testing.T) {
	s := newSource(t)
	s.connections = map[string]metrics.Connection{
		"alice": {Since: time.Unix(946684740, 0), Failures: 6, Refusals: 7, Replacements: 8, CertificateUntil: time.Unix(946684800, 0), RefusedRequests: map[string]uint64{"slow": 9}},
		"bob":   {Connected: true, Since: time.Unix(1, 0)},
	}
	got := samples(t, scrape(t, metrics.New(s, metrics.Options{})))
	for series, want := range map[string]float64{
		"connected":                      0,
		"disconnected_timestamp_seconds": 946684740,
		"connection_failures_total":      6,
		"refused_logins_total":           7,
		"replaced_connections_total":     8,

		"certificate_expiry_timestamp_seconds": 946684800,
	} {
		series = `ilp_connector_account_` + series + `{account="alice",asset="USD",scale="2"}`
		if value, there := got[series]; !there || value != want {
			t.Errorf("%s is %v, %t; want %v", series, value, there, want)
		}
	}
	if n := got[`ilp_connector_account_refused_requests_total{account="alice",asset="USD",cause="slow",scale="2"}`]; n != 9 {
		t.Errorf("%v requests are refused, want 9", n)
	}
	for _, series := range []string{
		`ilp_connector_account_certificate_expiry_timestamp_seconds{account="bob",asset="USD",scale="4"}`,
		`ilp_connector_account_disconnected_timestamp_seconds{account="bob",asset="USD",scale="4"}`,
		`ilp_connector_account_disconnected_timestamp_seconds{account="zoe",asset="XRP",scale="9"}`,
	} {
		if _, there := got[series]; there {
			t.Errorf("%s is there, though it is connected, or its link has not begun, or has no certificate", series)
		}
	}
}
