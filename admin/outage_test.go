package admin_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/ilp-go/connector/admin"
)

// Since when a peer is away, why, and when it is tried again: each document that shows
// connections says so.
func TestOutageOfAPeerIsShown(t *testing.T) {
	n := newNode(t)
	lost := time.Date(2026, 11, 22, 11, 20, 0, 0, time.UTC)
	n.Links["alice"] = admin.Link{Connected: true, State: "established", Since: lost}
	n.Links["bob"] = admin.Link{
		State: "connecting", Since: lost, LastError: "connection refused", NextRetry: lost.Add(36 * time.Second), Failures: 7, Refusals: 8, RefusedAt: lost, RefusedFrom: "192.0.2.1:40000", Replacements: 9,
	}
	n.Protocol.Peers = map[string]admin.RoutingPeer{"alice": {}, "bob": {}}
	api := newAPI(t, n, loopback())
	const outage = `{"state":"connecting","since":"2026-11-22T11:20:00.000Z","lastError":"connection refused","nextRetry":"2026-11-22T11:20:36.000Z"}`
	for path, want := range map[string]string{
		"/status":   `"outages":{"bob":` + outage + `}`,
		"/routing":  `"accountState":"connecting","state":"","received":0,"accepted":0,"damped":0,"advertised":0,"faults":0,"outage":` + outage + `}`,
		"/accounts": strings.Trim(outage, "{}") + `,"connectionFailures":7,"refusedLogins":8,"lastRefusedLogin":"2026-11-22T11:20:00.000Z","lastRefusedAddress":"192.0.2.1:40000","replacedConnections":9,`,
	} {
		body := answer(api, call(http.MethodGet, path, "")).Body.String()
		if strings.Count(body, want) != 1 || strings.Count(body, `"nextRetry"`) != 1 {
			t.Errorf("GET %s: %s; want %s in it, once", path, body, want)
		}
	}
	n.Links["bob"] = admin.Link{State: "connecting", Since: lost, Closed: "with code 1000"}
	for _, path := range []string{"/status", "/routing", "/accounts"} {
		const want = `"since":"2026-11-22T11:20:00.000Z","closed":"with code 1000"`
		if body := answer(api, call(http.MethodGet, path, "")).Body.String(); strings.Count(body, want) != 1 {
			t.Errorf("GET %s: %s; want %s in it, once", path, body, want)
		}
	}
}
