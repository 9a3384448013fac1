package admin_test

import (
	"testing"

	"github.com/ilp-go/connector/account/balance"
	"github.com/ilp-go/connector/admin"
	"github.com/ilp-go/connector/settle"
)

func TestFormerBalanceIsShownBesideTheOthersAndMoved(t *testing.T) {
	n := newNode(t)
	n.Former = []admin.FormerBalance{{AccountID: "old", AssetCode: "EUR", AssetScale: 3, Posted: "-7", Settling: "5"}}
	n.Settled = []settle.Settlement{{ID: "7f", AccountID: "old", State: settle.Unknown, Amount: balance.FromUint64(5)}}
	api := newAPI(t, n, loopback())
	const move = "/balance/move"
	for _, test := range []exchange{
		{"GET", "/balance", "", 200, asJSON, `{"accounts":{"alice":{"balance":"30","minimum":"-500","maximum":"1000","posted":"30","pendingIn":"0","pendingOut":"0","settling":"0"},"bob":{"balance":"0","minimum":"-Infinity","maximum":"100000","posted":"0","pendingIn":"0","pendingOut":"0","settling":"0"}},"former":[{"accountId":"old","assetCode":"EUR","assetScale":3,"posted":"-7","settling":"5"}]}`},
		{"GET", "/settlements?account=old", "", 200, asJSON, `{"settlements":[{"id":"7f","accountId":"old","assetCode":"EUR","amount":"5","scale":3,...`},
		{"POST", "/settlements/old/7f", `{"paid":true,"reason":"seen"}`, 204, "", ""},
		{"POST", move, `{"from":"old"}`, 400, asText, `Error: the body needs "from", the id of a former account, and "to", the id of an account`},
		{"POST", move, `{"from":"old","to":5}`, 400, asText, `Error: the body needs "from", ...`},
		{"POST", move, `{"from":"old","to":"alice","reason":1}`, 400, asText, `Error: the "reason" is not a string of at most 500 bytes`},
		{"POST", move, `{"from":"old","to":"zed"}`, 404, asText, "Error: unknown account id. accountId=zed"},
		{"POST", move, `{"from":"odd","to":"alice"}`, 409, asText, "Error: the balance is not moved: ..."},
		{"GET", move, "", 404, asText, "Not Found"},
		{"POST", move, `{"from":"old","to":"alice","reason":"renamed"}`, 204, "", ""},
		{"GET", "/settlements?account=old", "", 404, asText, "Error: unknown account id. accountId=old"},
	} {
		test.run(t, api)
	}
	if e := auditOf(t, api, "")[0]; e.What != "move balance" || e.AccountID != "alice" || e.Reason != "renamed" || e.Details["from"] != "old" {
		t.Errorf("the entry is %+v", e)
	}
	n.Loading = true
	exchange{"POST", move, `{"from":"old","to":"alice"}`, 503, asText, "Error: the balances are not loaded yet"}.run(t, api)
}
