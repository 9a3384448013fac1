package connector_test

import (
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ilp-go/connector/account"
	"github.com/ilp-go/connector/connector"
	"github.com/ilp-go/connector/ilp"
	"github.com/ilp-go/connector/ilptest/btppeer"
)

// What the spread has earned is in the state that the store has after each packet that was
// answered, so a kill loses nothing of it.
func TestEarningsSurviveAKill(t *testing.T) {
	m := &market{cents: map[string]int64{"EUR": 100, "USD": 200, "JPY": 400}, maxAge: time.Hour}
	c := trade(t, m, nil)
	c.awaitGot("150", "euro", "dollar", 100) // the pair keeps a quarter of 200
	const euro = `{"accountId":"euro","assetCode":"USD","assetScale":2,"amount":"50","since":"`
	c.want(http.StatusOK, "GET", "/earnings", "", `{"totals":[{"assetCode":"USD","assetScale":2,"amount":"50"}],"earnings":[`+euro)
	c.awaitGot("100", "dollar", "yen", 100) // the account of the yen keeps half of 200
	m.set("USD", 230)
	c.awaitGot("172", "euro", "dollar", 100) // of 230
	c.want(http.StatusOK, "GET", "/metrics", "", `ilp_connector_spread_earned{account="dollar",paid_asset="JPY",paid_scale="2"} 100`)
	state := c.disk.last()
	c.stop()

	c = trade(t, m, state)
	c.want(http.StatusOK, "GET", "/earnings?account=dollar", "", `"totals":[{"assetCode":"JPY","assetScale":2,"amount":"100"}]`)
	c.awaitGot("172", "euro", "dollar", 100)
	c.want(http.StatusOK, "GET", "/earnings?account=euro", "", `"assetCode":"USD","assetScale":2,"amount":"`)
	list := connector.EarningsOf(c.Connector, "euro")
	if len(list) != 1 || list[0].Amount.Big().Int64() < 50+58+58 {
		t.Errorf("after a restart it is %+v", list)
	}
}

// What clients have earned counts for the account that they come by, and can be seen apart. It
// stays where it was counted when the account is gone.
func TestEarningsOfClientsCountForTheirAccount(t *testing.T) {
	yaml, url := kids(t, "store: bolt\nstorePath: "+filepath.Join(t.TempDir(), "store"))
	yaml = strings.Replace(yaml, "spread: 0", "spread: 0.1", 1)
	c, stop := start(t, yaml)
	awaitReady(t, c)
	alice, bob := btppeer.Join(t, url, "alice", "a"), btppeer.Join(t, url, "bob", "b")
	for _, reply := range []ilp.Reply{payFrom(t, alice, bob, "test.us.mini.bob", 299), payFrom(t, bob, alice, "test.us.mini.alice", 100)} {
		if !reply.Fulfilled() {
			t.Fatalf("rejected with %s %s", reply.Code(), reply.Message())
		}
	}
	want := func(got []account.Earning, want string) {
		t.Helper()
		var texts []string
		for _, e := range got {
			texts = append(texts, fmt.Sprintf("%s %s %d %s", e.AccountID, e.AssetCode, e.AssetScale, e.Amount))
		}
		if text := strings.Join(texts, ", "); text != want {
			t.Errorf("earned %s, want %s", text, want)
		}
	}
	want(connector.Earnings(c), "mini USD 2 40") // while they are connected
	stop()
	c, stop = start(t, yaml)
	awaitReady(t, c)
	want(connector.Earnings(c), "mini USD 2 40") // 299 - 269.1 rounded down, and 10
	want(connector.EarningsOf(c, "mini.alice"), "mini.alice USD 2 30")
	want(connector.EarningsOfClients(c, "mini"), "mini.alice USD 2 30, mini.bob USD 2 10")
	stop()
	c, stop = start(t, strings.Replace(yaml, "  mini:", "  other:", 1))
	awaitReady(t, c)
	want(connector.Earnings(c), "mini.alice USD 2 30, mini.bob USD 2 10")
	stop()

	// The id of the account may have a dot itself.
	c, _ = start(t, strings.Replace(yaml, "  mini:", "  our.mini:", 1))
	awaitReady(t, c)
	alice, bob = btppeer.Join(t, url, "alice", "a"), btppeer.Join(t, url, "bob", "b")
	if reply := payFrom(t, alice, bob, "test.us.our.mini.bob", 100); !reply.Fulfilled() {
		t.Fatalf("rejected with %s %s", reply.Code(), reply.Message())
	}
	want(connector.Earnings(c), "mini.alice USD 2 30, mini.bob USD 2 10, our.mini USD 2 10")
}
