package admin_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/ilp-go/connector/account"
	"github.com/ilp-go/connector/account/balance"
	"github.com/ilp-go/connector/admin"
	"github.com/ilp-go/connector/ilp"
	"github.com/ilp-go/connector/settle"
)

// One account is shown whole, with nothing of another one, and no option of its plugin.
func TestAccountIsShownWhole(t *testing.T) {
	n := newNode(t)
	alice := n.Registry.Find("alice")
	alice.Counters.Incoming.Count(account.Fulfilled)
	alice.Counters.Outgoing.Count(account.Failed)
	alice.Counters.Outstanding.Store(2)
	alice.Counters.RefusedFrom.Count(0, time.Unix(1e9, 0).UnixNano(), ilp.T04, "maximum_balance", 250)
	n.Registry.Find("bob").Counters.RefusedFrom.Count(0, 0, ilp.T04, "of_another", 1)
	n.LimitsLeft = map[string][]admin.AccountLimit{"alice": {{Name: "maximum_balance", Direction: "incoming", Limit: "1000", Left: "970"}}}
	at := time.Unix(1e9, 0)
	n.Settled = []settle.Settlement{
		{ID: "1", AccountID: "alice", State: settle.Confirmed, Amount: balance.FromUint64(5), Created: at, Updated: at},
		{ID: "0", AccountID: "alice", State: settle.Unknown, Amount: balance.FromUint64(6), Created: at, Updated: at},
	}
	n.Credits = map[string][]settle.Credit{"alice": {{Receipt: settle.Receipt{ID: "r", Amount: balance.FromUint64(7), Scale: 2}, AccountID: "alice", Credited: balance.FromUint64(7), At: at}}}
	n.Links["alice"] = admin.Link{State: admin.Degraded, Connected: true, Listener: "127.0.0.1:7768", Problems: []admin.Problem{{Reason: "no rate"}}}

	r := answer(newAPI(t, n, loopback()), call("GET", "/accounts/alice", ""))
	if r.Code != http.StatusOK {
		t.Fatal(r.Body.String())
	}
	text := r.Body.String()
	for _, want := range []string{
		`"problems":[{"reason":"no rate"}]`, `"listener":"127.0.0.1:7768"`, `"outstanding":2`,
		`"limits":[{"name":"maximum_balance","direction":"incoming","limit":"1000","left":"970"}]`,
		`"settlement":{"by":"operator","to":"0","theyOwe":"30","open":[{"id":"0",`, `"last":{"id":"1",`, `"lastReceipt":{"id":"r",`,
		`"packets":{"incoming":{"fulfilled":1,"rejected":0,"failed":0},"outgoing":{"fulfilled":0,"rejected":0,"failed":1}}`,
		`"rejections":[{"accountId":"alice","direction":"incoming","code":"T04","cause":"maximum_balance","count":1,"lastAmount":"250",`,
		`"rates":[{"assetCode":"XRP","assetScale":9,"rate":"10000000"},{"assetCode":"USD","assetScale":4,"rate":"100"}]`,
	} {
		if !strings.Contains(text, want) {
			t.Errorf("without %s: %s", want, text)
		}
	}
	if strings.Contains(text, "of_another") {
		t.Error("it shows what is of another account")
	}
	var d admin.AccountDetails
	if err := json.Unmarshal(r.Body.Bytes(), &d); err != nil || d.Balance.Posted != "30" || d.Info.AssetCode != "USD" {
		t.Errorf("%+v, %v", d, err)
	}

	n.Loading = true // neither the balance nor what depends on it is known
	r = answer(newAPI(t, n, loopback()), call("GET", "/accounts/alice", ""))
	if text := r.Body.String(); r.Code != http.StatusOK || strings.Contains(text, `"balance":{"balance"`) || !strings.Contains(text, `"limits":[]`) {
		t.Errorf("while it is loading: %d %s", r.Code, text)
	}
}
