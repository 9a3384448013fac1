package connector_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/ilp-go/connector/config"
	"github.com/ilp-go/connector/connector"
	"github.com/ilp-go/connector/ilptest"
	"github.com/ilp-go/connector/route"
	"github.com/ilp-go/connector/store"
	"github.com/ilp-go/connector/store/memory"
)

// exchanging is a connector that is one end of a peering over BTP, or nobody's.
func exchanging(name string, admin int, peering string) string {
	return fmt.Sprintf(`
ilpAddress: test.%s
backend: one-to-one
spread: 0
adminApi: true
adminApiPort: %d
initialConnectTimeout: 100
routeBroadcastInterval: 500
routeExpiry: 2000
routingSecret: c2VjcmV0IG9mIGF0IGxlYXN0IDE2
accounts:
  neighbor: {relation: peer, plugin: ilp-plugin-btp, assetCode: USD, assetScale: 2, balance: {maximum: "1000"}, %s}
`, name, admin, peering)
}

// localTable asks a connector for its routes, once its admin API listens.
func localTable(t *testing.T, port int) (routing struct {
	RoutingTableID    string
	LocalRoutingTable map[string]struct{ NextHop, Path string }
	Peers             map[string]json.RawMessage
},
) {
	t.Helper()
	ticker := time.NewTicker(10 * time.Millisecond)
	defer ticker.Stop()
	deadline := time.Now().Add(5 * time.Second)
	response, err := http.Get(fmt.Sprintf("http://127.0.0.1:%d/routing", port))
	for errors.Is(err, syscall.ECONNREFUSED) && time.Now().Before(deadline) {
		<-ticker.C
		response, err = http.Get(fmt.Sprintf("http://127.0.0.1:%d/routing", port))
	}
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if err := json.NewDecoder(response.Body).Decode(&routing); err != nil {
		t.Fatal(err)
	}
	return routing
}

// awaitRoute waits until a connector has a route of that prefix, or has none.
func awaitRoute(t *testing.T, port int, prefix string, want bool) {
	t.Helper()
	ticker := time.NewTicker(10 * time.Millisecond)
	defer ticker.Stop()
	deadline := time.Now().Add(5 * time.Second)
	for range ticker.C {
		_, has := localTable(t, port).LocalRoutingTable[prefix]
		if has == want {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("route %s: %t, want %t", prefix, has, want)
		}
	}
}

func TestRoutesAreExchanged(t *testing.T) {
	btp, adminA, adminB := freePort(t), freePort(t), freePort(t)
	a, _ := start(t, exchanging("a", adminA, fmt.Sprintf(`options: {listener: {port: %d, secret: s}}`, btp)))
	_, stopB := start(t, exchanging("b", adminB, fmt.Sprintf(`options: {server: "btp+ws://:s@127.0.0.1:%d"}`, btp)))
	awaitReady(t, a)
	awaitRoute(t, adminA, "test.b", true)
	awaitRoute(t, adminB, "test.a", true)
	if got := localTable(t, adminB).LocalRoutingTable["test.a"]; got.NextHop != "neighbor" || got.Path != "test.a" {
		t.Errorf("the route is %+v", got)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	if _, err := a.Ping(ctx, "test.b"); err != nil {
		t.Error(err)
	}
	stopB()
	awaitRoute(t, adminA, "test.b", false)
}

func TestRemovedNeighborTakesItsRoutesAlong(t *testing.T) {
	btp, adminA, adminB := freePort(t), freePort(t), freePort(t)
	a, _ := start(t, exchanging("a", adminA, fmt.Sprintf(`options: {listener: {port: %d, secret: s}}`, btp)))
	start(t, exchanging("b", adminB, fmt.Sprintf(`options: {server: "btp+ws://:s@127.0.0.1:%d"}`, btp)))
	awaitRoute(t, adminA, "test.b", true)
	if err := a.RemoveAccount("neighbor"); err != nil {
		t.Fatal(err)
	}
	if _, has := localTable(t, adminA).LocalRoutingTable["test.b"]; has {
		t.Error("its routes are still there")
	}
}

// TestWithoutBroadcastOnlyTheExchangeStops holds where the reference empties its table.
func TestWithoutBroadcastOnlyTheExchangeStops(t *testing.T) {
	btp, adminA, adminB := freePort(t), freePort(t), freePort(t)
	start(t, exchanging("a", adminA, fmt.Sprintf(`options: {listener: {port: %d, secret: s}}`, btp)))
	b, _ := start(t, exchanging("b", adminB, fmt.Sprintf(`options: {server: "btp+ws://:s@127.0.0.1:%d"}`, btp))+`
  kid: {relation: child, plugin: test, assetCode: USD, assetScale: 2, balance: {maximum: "1000"}}
routeBroadcastEnabled: false
defaultRoute: neighbor
routes: [{targetPrefix: test.far, peerId: neighbor}]
`, links(map[string]*testLink{"kid": newTestLink(ilptest.Fulfilling())}))
	awaitReady(t, b)
	routing := localTable(t, adminB)
	for _, prefix := range []string{"test", "test.b", "test.b.kid", "test.far"} {
		if _, has := routing.LocalRoutingTable[prefix]; !has {
			t.Errorf("no route to %s", prefix)
		}
	}
	if len(routing.Peers) != 0 {
		t.Errorf("peers %v", routing.Peers)
	}
	if _, has := localTable(t, adminA).LocalRoutingTable["test.b"]; has {
		t.Error("it has told its routes")
	}
}

// keeper is a store that outlives a connector.
type keeper struct{ store.Store }

// Close does nothing.
func (keeper) Close() error { return nil }

func TestTableIDSurvivesARestart(t *testing.T) {
	kept := memory.New(slog.New(slog.DiscardHandler))
	option := connector.WithStore("kept", func(connector.StoreConfig) (store.Store, error) { return keeper{kept}, nil })
	var ids [2]string
	for i := range ids {
		admin := freePort(t)
		_, stop := start(t, exchanging("a", admin, fmt.Sprintf(`options: {listener: {port: %d, secret: s}}`, freePort(t)))+"store: kept\n", option)
		awaitRoute(t, admin, "test.a", true)
		ids[i] = localTable(t, admin).RoutingTableID
		stop()
	}
	if ids[0] != ids[1] || len(ids[0]) != 36 {
		t.Errorf("table ids %v", ids)
	}
	var keys []string
	if err := kept.Load("routing/", func(key string, _ []byte) error {
		keys = append(keys, key)
		return nil
	}); err != nil || !slices.Equal(keys, []string{"routing/tableId"}) {
		t.Errorf("the store has %v, %v: a configured secret need not be kept", keys, err)
	}
}

// TestMadeUpSecretSurvivesARestart, as neighbors know our routes by what it made of them.
func TestMadeUpSecretSurvivesARestart(t *testing.T) {
	kept := memory.New(slog.New(slog.DiscardHandler))
	option := connector.WithStore("kept", func(connector.StoreConfig) (store.Store, error) { return keeper{kept}, nil })
	var secrets [2]string
	for i := range secrets {
		admin := freePort(t)
		yaml := exchanging("a", admin, fmt.Sprintf(`options: {listener: {port: %d, secret: s}}`, freePort(t))) + "store: kept\n"
		_, stop := start(t, strings.Replace(yaml, "routingSecret:", "# ", 1), option)
		awaitRoute(t, admin, "test.a", true)
		stop()
		if err := kept.Load("routing/secret", func(_ string, value []byte) error {
			secrets[i] = string(value)
			return nil
		}); err != nil {
			t.Fatal(err)
		}
	}
	if len(secrets[0]) != 32 || secrets[0] != secrets[1] {
		t.Errorf("secrets %x", secrets)
	}
}

// TestRoutingDefaultsAreThoseOfRoute pins numbers that stand in two places.
func TestRoutingDefaultsAreThoseOfRoute(t *testing.T) {
	a, _, err := config.ParseAccount("a", []byte(`{"relation":"peer","plugin":"loopback","assetCode":"USD","assetScale":2,"routing":{}}`), connector.Known())
	if err != nil {
		t.Fatal(err)
	}
	if a.Routing.MaxPrefixes != route.PrefixesMaxDefault || a.Routing.MaxPathLength != route.PathMaxDefault {
		t.Errorf("%+v", a.Routing)
	}
}
