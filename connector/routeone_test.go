package connector_test

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"reflect"
	"testing"

	"github.com/ilp-go/connector/connector"
)

// Whatever accounts come, change and go, the routes are those that all accounts together have. Some
// accounts here are named by a route of the configuration, have a prefix that one has, or an address
// with a dot.
func TestRoutesAreThoseOfTheAccountsThereAre(t *testing.T) {
	c := run(t, nil, changeableAccounts+`  x3: {relation: child, plugin: test, assetCode: USD, assetScale: 2}
routes: [{targetPrefix: test.far, peerId: x1}, {targetPrefix: test.us.x2, peerId: bob}, {targetPrefix: test.near, peerId: alice}]
defaultRoute: x3
`)
	random := rand.New(rand.NewPCG(1, 2))
	there := map[string]bool{"x3": true}
	check := func(after string) {
		t.Helper()
		if kept, fresh := connector.RoutesOf(c.Connector); !reflect.DeepEqual(kept, fresh) {
			t.Fatalf("after %s the routes are %+v, and should be %+v", after, kept, fresh)
		}
	}
	for range 250 {
		id := fmt.Sprintf("x%d", random.IntN(8))
		segment := []string{"", "s", "s.t", "x5", "far"}[random.IntN(5)]
		relation := []string{"child", "child", "child", "peer", "parent"}[random.IntN(5)]
		if relation != "child" {
			segment = ""
		}
		switch {
		case !there[id]:
			body := fmt.Sprintf(`{"id":%q,"options":{"relation":%q,"plugin":"test","assetCode":"USD","assetScale":2,"ilpAddressSegment":%q}}`, id, relation, segment)
			if segment == "" {
				body = fmt.Sprintf(`{"id":%q,"options":{"relation":%q,"plugin":"test","assetCode":"USD","assetScale":2}}`, id, relation)
			}
			status, _ := ask(t, c.port, http.MethodPost, "/accounts", body)
			there[id] = status == http.StatusOK
			check(fmt.Sprint("add ", body, status))
		case random.IntN(2) == 0:
			body := fmt.Sprintf(`{"relation":%q,"ilpAddressSegment":%q}`, relation, segment)
			if segment == "" {
				body = fmt.Sprintf(`{"relation":%q,"ilpAddressSegment":null}`, relation)
			}
			status, _ := ask(t, c.port, http.MethodPatch, "/accounts/"+id, body)
			check(fmt.Sprint("change ", id, body, status))
		default:
			status, text := ask(t, c.port, http.MethodDelete, "/accounts/"+id, "")
			if there[id] = false; status != http.StatusOK {
				t.Fatal(text)
			}
			check("remove " + id)
		}
	}
}
