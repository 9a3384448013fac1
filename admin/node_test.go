package admin_test

import (
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/ilp-go/connector/account"
	"github.com/ilp-go/connector/admin"
	"github.com/ilp-go/connector/admin/admintest"
	"github.com/ilp-go/connector/route"
)

// newNode makes the connector of the recordings in testdata/reference, with its accounts in
// their recorded state.
func newNode(t testing.TB) *admintest.Node {
	t.Helper()
	accounts, err := os.ReadFile("testdata/accounts.json")
	if err != nil {
		t.Fatal(err)
	}
	n, err := admintest.New("test.conn", string(accounts))
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{"alice", "bob", "zoe"} {
		n.BestRoutes = append(n.BestRoutes, route.Route{Prefix: "test.conn." + id, NextHop: id})
	}
	if !n.Registry.Find("alice").Balance.Hold(30) {
		t.Fatal("the hold is refused")
	}
	n.Registry.Find("alice").Balance.Post(30)
	n.Raised = account.NewAlerts(time.Date(2026, 11, 22, 11, 20, 36, 240e6, time.UTC))
	n.Raised.Raise(time.Date(2026, 11, 22, 11, 21, 14, 700e6, time.UTC), "bob", "test.conn.bob", "exceeded maximum balance.")
	n.Protocol = admin.RoutingState{
		TableID:    "c1666bad-570b-449b-a11f-86bf6aabb35e",
		Epoch:      1,
		Routes:     n.BestRoutes,
		Advertised: []route.Update{{Prefix: "test.conn", Route: &route.Route{Prefix: "test.conn", Path: []string{"test.conn"}}}},
	}
	return n
}

// loopback returns the default options of the API.
func loopback() admin.Options {
	return admin.Options{
		Host:    "127.0.0.1",
		Metrics: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "up 1\n") }),
		Stats:   func() (any, error) { return []string{"a family"}, nil },
		Log:     slog.New(slog.DiscardHandler),
	}
}

func newAPI(t testing.TB, n admin.Node, o admin.Options) *admin.API {
	t.Helper()
	api, err := admin.New(n, o)
	if err != nil {
		t.Fatal(err)
	}
	return api
}

// call makes a request of a local program, without a Content-Type.
func call(method, path, body string) *http.Request {
	r := httptest.NewRequest(method, "http://127.0.0.1:7780"+path, strings.NewReader(body))
	r.RemoteAddr = "127.0.0.1:50000"
	return r
}

// answer returns the API's answer to a request.
func answer(api *admin.API, r *http.Request) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	api.ServeHTTP(w, r)
	return w
}
