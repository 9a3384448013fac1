package main

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/ilp-go/connector/account"
	"github.com/ilp-go/connector/admin"
	"github.com/ilp-go/connector/admin/admintest"
	"github.com/ilp-go/connector/route"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"ilp-connector": main})
}

// The scripts run our command against admin APIs of connectors that are made up:
// the one of CONNECTOR_ADMIN_API_HOST and _PORT; another at $LOCKED that wants the
// token s3cret; one at $BARE without accounts, rates and middlewares; and at $OTHER
// is something else altogether.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Setup: func(env *testscript.Env) error {
			node, err := newNode()
			if err != nil {
				return err
			}
			bare, err := admintest.New("test.bare", "{}")
			if err != nil {
				return err
			}
			bare.RateState.Table = nil
			bare.Disabled = map[string]bool{"balance": true, "alert": true}
			open, err := serve(env, node, "")
			if err != nil {
				return err
			}
			host, port, err := net.SplitHostPort(open.Host)
			if err != nil {
				return err
			}
			env.Setenv("GORACE", "atexit_sleep_ms=0") // else each command takes a second to end
			env.Setenv("CONNECTOR_ADMIN_API_HOST", host)
			env.Setenv("CONNECTOR_ADMIN_API_PORT", port)
			for name, api := range map[string]struct {
				node  admin.Node
				token string
			}{"LOCKED": {node, "s3cret"}, "BARE": {bare, ""}} {
				at, err := serve(env, api.node, api.token)
				if err != nil {
					return err
				}
				env.Setenv(name, at.String())
			}
			other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "<html>") }))
			env.Defer(other.Close)
			env.Setenv("OTHER", other.URL)
			return nil
		},
	})
}

// serve serves the API of a node until the script ends.
func serve(env *testscript.Env, n admin.Node, token string) (*url.URL, error) {
	api, err := admin.New(n, admin.Options{Host: "127.0.0.1", Token: token})
	if err != nil {
		return nil, err
	}
	server := httptest.NewServer(api)
	env.Defer(server.Close)
	return url.Parse(server.URL)
}

// newNode is a connector with three accounts, two alerts and a way to test.far.
func newNode() (*admintest.Node, error) {
	n, err := admintest.New("test.conn", `{
		"zoe":   {"relation":"child","plugin":"loopback","assetCode":"XRP","assetScale":9},
		"alice": {"relation":"peer","plugin":"loopback","assetCode":"USD","assetScale":2,"balance":{"minimum":"-500","maximum":"1000"}},
		"bob":   {"relation":"parent","plugin":"loopback","assetCode":"USD","assetScale":4,"balance":{"maximum":"100000"}}
	}`)
	if err != nil {
		return nil, err
	}
	now := time.Now()
	alice := n.Book.Find("alice")
	alice.Balance.Hold(100)
	alice.Balance.Reserve(7)
	alice.Counters.InFlight.Store(3)
	alice.Counters.LastSeen.Store(now.Add(-49*time.Hour - 30*time.Minute).UnixNano())
	n.Links["alice"] = admin.Link{Connected: true, State: "established", Since: now.Add(-192*time.Minute - 30*time.Second)}
	n.Links["bob"] = admin.Link{State: "connecting", LastError: "dial: \x1b[31mrefused"}
	n.BestRoutes = append(n.BestRoutes,
		route.Route{Prefix: "test", NextHop: "bob", Path: []string{"test.parent", "test.far"}},
		route.Route{Prefix: "test.conn.zoe", NextHop: "zoe"},
	)
	n.Protocol = admin.Routing{RoutingTableID: "a-table", CurrentEpoch: 4, LocalRoutingTable: n.BestRoutes.Entries()}
	n.Raised = account.NewAlerts(time.UnixMilli(1_000_000))
	for _, by := range []string{"test.far", "test.far", "test.\tevil"} {
		n.Raised.Raise(now.Add(-70*time.Minute-30*time.Second), "bob", by, "exceeded maximum balance.")
	}
	n.Pong = func(_ context.Context, destination string) (time.Duration, error) {
		if !strings.HasPrefix(destination, "test.far") {
			return 0, &admintest.Reject{Code: "F02", TriggeredBy: "test.conn", Message: "no route found. \x07"}
		}
		return 1250 * time.Microsecond, nil
	}
	return n, nil
}
