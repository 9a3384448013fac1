package admin_test

import (
	"context"
	"encoding/json"
	"math/big"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/ilp-go/connector/account"
	"github.com/ilp-go/connector/admin"
	"github.com/ilp-go/connector/admin/admintest"
	"github.com/ilp-go/connector/rate"
)

// exchange is a request and what comes of it. The texts are those of the reference
// unless the status is one it never has.
type exchange struct {
	method, path, body string
	status             int
	contentType        string
	want               string // the body, or its beginning if it ends in "..."
}

const (
	asText = "text/plain"
	asJSON = "application/json"
)

func TestEveryEndpointAnswersAsTheReference(t *testing.T) {
	const (
		accounts = `{"address":"test.conn","accounts":{"zoe":...`
		status   = `{"balances":{"alice":"30","bob":"0"},"connected":...`
		syntax   = "SyntaxError: ..."
		invalid  = "InvalidJsonBodyError: invalid balance update: error="
	)
	tests := []exchange{
		{"GET", "/status", "", 200, asJSON, status},
		{"GET", "/status", "{}", 200, asJSON, status},
		{"GET", "/status?x=1", "", 200, asJSON, status},
		{"GET", "/accounts", "", 200, asJSON, accounts},
		{"GET", "/accounts?a=b&c", "", 200, asJSON, accounts},
		{"GET", "/balance", "", 200, asJSON, `{"accounts":{"alice":{"balance":"30","minimum":"-500","maximum":"1000","posted":"30","pendingIn":"0","pendingOut":"0","settling":"0"},"bob":{"balance":"0","minimum":"-Infinity","maximum":"100000",...`},
		{"GET", "/rates", "", 200, asJSON, `{"zoe":{"alice":1e-7,"bob":0.00001},"alice":{"zoe":10000000,"bob":100},"bob":{"zoe":100000,"alice":0.01}}`},
		{"GET", "/stats", "", 200, asJSON, `["a family"]`},
		{"GET", "/metrics", "", 200, asText + "; charset=utf-8", "up 1\n"},
		{"GET", "/alerts", "", 200, asJSON, `{"alerts":[{"id":1795346436240,"accountId":"bob","triggeredBy":"test.conn.bob","message":"exceeded maximum balance.","count":1,"createdAt":"2026-11-22T11:21:14.700Z","updatedAt":"2026-11-22T11:21:14.700Z"}]}`},
		{"GET", "/routing", "", 200, asJSON, `{"routingTableId":"c1666bad-570b-449b-a11f-86bf6aabb35e","currentEpoch":1,"localRoutingTable":{...`},

		{"GET", "/routes/test.conn.alice.x", "", 200, asJSON, `{"address":"test.conn.alice.x","candidates":[],"shorter":[],"refused":[]}`},
		{"GET", "/routes/test.conn.~a_B-9", "", 200, asJSON, `{"address":"test.conn.~a_B-9",...`},
		{"GET", "/routes/test.conn.%7Ea%2eb", "", 200, asJSON, `{"address":"test.conn.~a.b",...`},
		{"GET", "/routes/test.conn?x=1", "", 200, asJSON, `{"address":"test.conn",...`},
		{"GET", "/routes/", "", 400, asText, "Error: the path needs an ILP address, as in /routes/g.acme.alice"},
		{"GET", "/routes/test", "", 400, asText, `Error: "test" is not an ILP address: it takes a scheme, such as g or test, and at least one more segment of letters, digits, _, ~ and -, with dots between`},
		{"GET", "/routes/test.", "", 400, asText, `Error: "test." is not an ILP address: ...`},
		{"GET", "/routes/test..a", "", 400, asText, `Error: "test..a" is not an ILP address: ...`},
		{"GET", "/routes/test.a/b", "", 400, asText, `Error: "test.a/b" is not an ILP address: ...`},
		{"GET", "/routes/test.a%2Fb", "", 400, asText, `Error: "test.a/b" is not an ILP address: ...`},
		{"GET", "/routes/test.a%20b", "", 400, asText, `Error: "test.a b" is not an ILP address: ...`},
		{"GET", "/routes/test.%0Aa", "", 400, asText, `Error: "test.\na" is not an ILP address: ...`},
		{"GET", "/routes/nonsense.a", "", 400, asText, `Error: "nonsense.a" is not an ILP address: ...`},
		{"GET", "/routes/test." + strings.Repeat("a", 1019), "", 400, asText, `Error: "test.` + strings.Repeat("a", 75) + `" is not an ILP address: ...`},
		{"GET", "/routes", "", 404, asText, "Not Found"},
		{"POST", "/routes/test.a", "", 404, asText, "Not Found"},

		{"POST", "/balance", `{"accountId":"alice","amountDiff":"5"}`, 204, "", ""},
		{"POST", "/balance", `{"accountId":"alice","amountDiff":"-5"}`, 204, "", ""},
		{"POST", "/balance", `{"accountId":"alice","amountDiff":"0"}`, 204, "", ""},
		{"POST", "/balance", `{"accountId":"bob","amountDiff":"5","x":1}`, 204, "", ""},
		{"POST", "/balance", `{"accountId":"alice","amountDiff":"99999"}`, 500, asText, "InsufficientLiquidityError: exceeded maximum balance."},
		{"POST", "/balance", `{"accountId":"alice","amountDiff":"-99999"}`, 500, asText, "Error: insufficient funds. oldBalance=30 proposedBalance=-99969"},
		{"POST", "/balance", `{"accountId":"zoe","amountDiff":"1"}`, 500, asText, "Error: account not found. accountId=zoe"},
		{"POST", "/balance", `{"accountId":"nobody","amountDiff":"1"}`, 500, asText, "Error: unknown account id. accountId=nobody"},
		{"POST", "/balance", `{"amountDiff":"1"}`, 500, asText, "Error: unknown account id. accountId=undefined"},
		{"POST", "/balance", `{"accountId":5,"amountDiff":"1"}`, 500, asText, "Error: unknown account id. accountId=5"},
		{"POST", "/balance", `{"accountId":null,"amountDiff":"1"}`, 500, asText, "Error: unknown account id. accountId=null"},
		{"POST", "/balance", ``, 400, asText, invalid + "should be object dataPath="},
		{"POST", "/balance", `null`, 400, asText, invalid + "should be object dataPath="},
		{"POST", "/balance", `[]`, 400, asText, invalid + "should be object dataPath="},
		{"POST", "/balance", `{"accountId":"alice"}`, 400, asText, invalid + "should have required property 'amountDiff' dataPath="},
		{"POST", "/balance", `{"accountId":"alice","AmountDiff":"5"}`, 400, asText, invalid + "should have required property 'amountDiff' dataPath="},
		{"POST", "/balance", `{"accountId":"alice","amountDiff":5}`, 400, asText, invalid + "should be string dataPath=.amountDiff"},
		{"POST", "/balance", `{"accountId":"alice","amountDiff":null}`, 400, asText, invalid + "should be string dataPath=.amountDiff"},
		{"POST", "/balance", `{"accountId":"alice","amountDiff":""}`, 400, asText, invalid + `should match pattern "^(0|-?[1-9][0-9]*)$" dataPath=.amountDiff`},
		{"POST", "/balance", `{"accountId":"alice","amountDiff":"1e3"}`, 400, asText, invalid + "should match..."},
		{"POST", "/balance", `{"accountId":"alice","amountDiff":"007"}`, 400, asText, invalid + "should match..."},
		{"POST", "/balance", `{"accountId":"alice","amountDiff":"-0"}`, 400, asText, invalid + "should match..."},
		{"POST", "/balance", `{"accountId":"alice","amountDiff":"NaN"}`, 400, asText, invalid + "should match..."},
		{"POST", "/balance", `{"accountId":"alice","amountDiff":"5\n"}`, 400, asText, invalid + "should match..."},

		{"POST", "/balance", "not json", 500, asText, syntax},
		{"POST", "/balance", `{"a":`, 500, asText, syntax},
		{"POST", "/balance", `{} {}`, 500, asText, syntax},
		{"GET", "/balance", "not json", 500, asText, syntax},
		{"GET", "/metrics", " ", 500, asText, syntax},
		{"DELETE", "/alerts/1", "not json", 500, asText, syntax},
		{"GET", "/nothing", "not json", 404, asText, "Not Found"},

		{"GET", "/accounts/", "", 500, asText, "Error: invalid account."},
		{"GET", "/accounts/alice", "", 200, asJSON, `{"id":"alice","blocked":false,"balance":{"balance":"30",...`},
		{"GET", "/accounts/alice/x", "", 500, asText, "Error: invalid account."},
		{"GET", "/accounts/nobody", "", 500, asText, "Error: unknown account id. accountId=nobody"},
		{"GET", "/accounts/a%20b", "", 500, asText, "Error: invalid account."},
		{"POST", "/accounts/alice", "{}", 500, asText, "Error: plugin does not support sending admin info. account=alice"},
		{"POST", "/accounts/alice", "", 500, asText, "Error: no json body provided to set admin info."},
		{"POST", "/accounts/alice", " null ", 500, asText, "Error: no json body provided to set admin info."},
		{"POST", "/accounts/nobody", "{}", 500, asText, "Error: unknown account id. accountId=nobody"},
		{"POST", "/accounts/nobody", "", 500, asText, "Error: no json body provided to set admin info."},

		{"POST", "/addAccount", "", 500, asText, "Error: no json body provided to make plugin."},
		{"POST", "/addAccount", "{}", 500, asText, `Error: the body needs the "id" and the "options" of an account`},
		{"POST", "/addAccount", `{"id":5}`, 500, asText, `Error: the body needs the "id" and the "options" of an account`},
		{"POST", "/addAccount", `{"id":"bad id","options":{}}`, 500, asText, `Error: "bad id" includes forbidden characters.`},
		{"POST", "/addAccount", `{"id":"new"}`, 500, asText, `Error: account new is not added: the body has no "options"; write the settings of the account there: {"id":"new","options":{"relation":...`},
		{"POST", "/addAccount", `{"id":"new","relation":"child","plugin":"p"}`, 500, asText, `Error: account new is not added: the body has no "options"; ...`},
		{"POST", "/addAccount", `{"id":"new","plugin":"p","options":{"listener":{}}}`, 500, asText, `Error: account new is not added: the body has settings beside "options"; write ...`},
		{"POST", "/addAccount", `{"id":"new","options":null}`, 500, asText, `Error: account new is not added: the body has no "options"; ...`},
		{"POST", "/addAccount", `{"id":"new","options":["child"]}`, 500, asText, `Error: account new is not added: "options" in the body is not an object; ...`},
		{"POST", "/addAccount", `{"id":"new","options":{"relation":"child"}}`, 500, asText, "Error: account new is not added: accounts.new.assetCode: is not set..."},
		{"POST", "/addAccount", `{"id":"alice","options":{"relation":"child","plugin":"p","assetCode":"X","assetScale":1}}`, 500, asText, `Error: account alice is not added: account "alice" is already there`},
		{"POST", "/addAccount", `{"id":"new","options":{"relation":"child","plugin":"p","assetCode":"X","assetScale":1}}`, 200, asJSON, `{"plugin":"new","connected":false}`},

		{"DELETE", "/alerts/1", "", 204, "", ""},
		{"DELETE", "/alerts/1?x=2", "", 204, "", ""},
		{"DELETE", "/alerts/" + strings.Repeat("9", 400), "", 204, "", ""},
		{"DELETE", "/alerts/abc", "", 500, asText, "Error: invalid alert id"},
		{"DELETE", "/alerts/1x", "", 500, asText, "Error: invalid alert id"},
		{"DELETE", "/alerts/-1", "", 500, asText, "Error: invalid alert id"},
		{"DELETE", "/alerts/", "", 500, asText, "Error: invalid alert id"},
		{"DELETE", "/alerts", "", 404, asText, "Not Found"},

		{"GET", "/", "", 404, asText, "Not Found"},
		{"GET", "/status/", "", 404, asText, "Not Found"},
		{"GET", "/statusx", "", 404, asText, "Not Found"},
		{"GET", "//status", "", 404, asText, "Not Found"},
		{"GET", "/%73tatus", "", 404, asText, "Not Found"},
		{"GET", "/STATUS", "", 404, asText, "Not Found"},
		{"GET", "/alerts/1", "", 404, asText, "Not Found"},
		{"HEAD", "/status", "", 404, asText, "Not Found"},
		{"HEAD", "/livez", "", 200, asJSON, "{\"alive\":true}"},
		{"PUT", "/status", "", 404, asText, "Not Found"},
		{"OPTIONS", "/status", "", 404, asText, "Not Found"},
		{"POST", "/metrics", "", 404, asText, "Not Found"},

		{"GET", "/livez", "", 200, asJSON, `{"alive":true}`},
		{"GET", "/readyz", "", 200, asJSON, `{"ready":true,"reasons":[]}`},
		{"GET", "/version", "", 200, asJSON, `{"version":"...`},
		{"POST", "/ping", "", 400, asText, `Error: the body needs the "destination", an ILP address`},
		{"POST", "/ping", `{"destination":5}`, 400, asText, `Error: the body needs the "destination", an ILP address`},
		{"POST", "/ping", `{"destination":""}`, 400, asText, `Error: the body needs the "destination", an ILP address`},
	}
	api := newAPI(t, newNode(t), loopback())
	for _, test := range tests { // in this order: some change what others see
		test.run(t, api)
	}
}

// run makes the exchange.
func (e exchange) run(t *testing.T, api *admin.API) {
	t.Helper()
	w := answer(api, call(e.method, e.path, e.body))
	got := w.Body.String()
	beginning, open := strings.CutSuffix(e.want, "...")
	if w.Code != e.status || !open && got != e.want || !strings.HasPrefix(got, beginning) {
		t.Errorf("%s %.40s %s: %d %s\nwant %d %s", e.method, e.path, e.body, w.Code, got, e.status, e.want)
	}
	if contentType := w.Header().Get("Content-Type"); contentType != e.contentType {
		t.Errorf("%s %s: the content type is %q, want %q", e.method, e.path, contentType, e.contentType)
	}
}

func TestDisabledMiddlewaresLeaveEmptyAnswers(t *testing.T) {
	n := newNode(t)
	n.Disabled = map[string]bool{"balance": true, "alert": true}
	api := newAPI(t, n, loopback())
	for _, test := range []exchange{
		{"GET", "/balance", "", 200, asJSON, "{}"},
		{"GET", "/routes/test.conn.alice.x", "", 200, asJSON, `{"address":"test.conn.alice.x","candidates":[],"shorter":[],"refused":[]}`},
		{"GET", "/routes/test.conn.~a_B-9", "", 200, asJSON, `{"address":"test.conn.~a_B-9",...`},
		{"GET", "/routes/test.conn.%7Ea%2eb", "", 200, asJSON, `{"address":"test.conn.~a.b",...`},
		{"GET", "/routes/test.conn?x=1", "", 200, asJSON, `{"address":"test.conn",...`},
		{"GET", "/routes/", "", 400, asText, "Error: the path needs an ILP address, as in /routes/g.acme.alice"},
		{"GET", "/routes/test", "", 400, asText, `Error: "test" is not an ILP address: it takes a scheme, such as g or test, and at least one more segment of letters, digits, _, ~ and -, with dots between`},
		{"GET", "/routes/test.", "", 400, asText, `Error: "test." is not an ILP address: ...`},
		{"GET", "/routes/test..a", "", 400, asText, `Error: "test..a" is not an ILP address: ...`},
		{"GET", "/routes/test.a/b", "", 400, asText, `Error: "test.a/b" is not an ILP address: ...`},
		{"GET", "/routes/test.a%2Fb", "", 400, asText, `Error: "test.a/b" is not an ILP address: ...`},
		{"GET", "/routes/test.a%20b", "", 400, asText, `Error: "test.a b" is not an ILP address: ...`},
		{"GET", "/routes/test.%0Aa", "", 400, asText, `Error: "test.\na" is not an ILP address: ...`},
		{"GET", "/routes/nonsense.a", "", 400, asText, `Error: "nonsense.a" is not an ILP address: ...`},
		{"GET", "/routes/test." + strings.Repeat("a", 1019), "", 400, asText, `Error: "test.` + strings.Repeat("a", 75) + `" is not an ILP address: ...`},
		{"GET", "/routes", "", 404, asText, "Not Found"},
		{"POST", "/routes/test.a", "", 404, asText, "Not Found"},

		{"POST", "/balance", `{"accountId":"alice","amountDiff":"5"}`, 204, "", ""},
		{"POST", "/balance", `{"accountId":"nobody","amountDiff":"5"}`, 204, "", ""},
		{"POST", "/balance", `{"accountId":"alice","amountDiff":"zz"}`, 400, asText, "InvalidJsonBodyError: ..."},
		{"POST", "/balance", `{"accountId":"bob","accountId":"alice","amountDiff":"1"}`, 400, asText, "InvalidJsonBodyError: ..."},
		{"GET", "/alerts", "", 200, asJSON, "{}"},
		{"DELETE", "/alerts/abc", "", 200, asJSON, "{}"},
		{"GET", "/status", "", 200, asJSON, `{"balances":{},"connected":{"zoe":...`},
	} {
		test.run(t, api)
		if balance := n.Registry.Find("alice").Balance.Snapshot().Balance().String(); balance != "30" {
			t.Errorf("%s %s: the balance is %s", test.method, test.path, balance)
		}
	}
}

// An asset without a price must not hide the rates between the others.
func TestRatesThatAreNotThereAreNull(t *testing.T) {
	n := newNode(t)
	n.Registry = account.NewRegistry()
	for id, code := range map[string]string{"a": "USD", "b": "EUR", "c": "XRP", "d": "XRP"} {
		if err := n.Registry.Add(account.New(id, account.Settings{AssetCode: code})); err != nil {
			t.Fatal(err)
		}
	}
	api := newAPI(t, n, loopback())
	n.RateTable = rate.NewTable(time.Now(), rate.Prices{"USD": big.NewRat(2, 1), "EUR": big.NewRat(1, 1)}.Quote, rate.Spread{})
	var rates map[string]map[string]any
	if err := json.Unmarshal(answer(api, call(http.MethodGet, "/rates", "")).Body.Bytes(), &rates); err != nil {
		t.Fatal(err)
	}
	for _, want := range []struct {
		from, to string
		rate     any
	}{{"a", "b", 0.5}, {"b", "a", 2.0}, {"a", "c", nil}, {"c", "a", nil}, {"c", "d", nil}} {
		if got, there := rates[want.from][want.to]; !there || got != want.rate {
			t.Errorf("%s to %s: %v, %t; want %v", want.from, want.to, got, there, want.rate)
		}
	}
}

func TestRatesThatAreNotLoadedAreAnError(t *testing.T) {
	n := newNode(t)
	api := newAPI(t, n, loopback())
	n.RateTable = nil
	exchange{"GET", "/rates?from=zoe", "", 500, asText, "Error: exchange rates are not available yet."}.run(t, api)
}

func TestUnknownIsSaidInTheWordsOfTheReference(t *testing.T) {
	n := newNode(t)
	api := newAPI(t, n, loopback())
	n.OwnAddress = ""
	exchange{"GET", "/accounts", "", 200, asJSON, `{"address":"unknown","accounts":...`}.run(t, api)
	n.Protocol = admin.RoutingState{}
	exchange{"GET", "/routing", "", 200, asJSON, `{"routingTableId":"","currentEpoch":0,"localRoutingTable":{},"forwardingRoutingTable":{},"routingLog":[],"peers":{}}`}.run(t, api)
}

// TestUnknownBalancesAreNotZero holds until a store has been read.
func TestUnknownBalancesAreNotZero(t *testing.T) {
	n := newNode(t)
	n.Loading = true
	api := newAPI(t, n, loopback())
	for _, path := range []string{"/balance", "/status"} {
		w := answer(api, call("GET", path, ""))
		if w.Code != 503 || !strings.Contains(w.Body.String(), "the balances are not loaded yet") {
			t.Errorf("%s: %d %s", path, w.Code, w.Body)
		}
	}
	w := answer(api, call("POST", "/balance", `{"accountId":"alice","amountDiff":"5"}`))
	if w.Code != 503 {
		t.Errorf("an edit: %d %s", w.Code, w.Body)
	}
}

func TestReasonsForNotBeingReadyAreTold(t *testing.T) {
	n := newNode(t)
	api := newAPI(t, n, loopback())
	n.Reasons = []string{"starting", "no exchange rates yet"}
	exchange{"GET", "/readyz", "", 503, asJSON, `{"ready":false,"reasons":["starting","no exchange rates yet"]}`}.run(t, api)
	exchange{"GET", "/livez", "", 200, asJSON, `{"alive":true}`}.run(t, api)
}

func TestArrowsOfErrorsAreLeftAsTheyAre(t *testing.T) {
	const reset = "read tcp 127.0.0.1:1->127.0.0.1:2: <reset> & gone"
	n := newNode(t)
	n.Links["zoe"] = admin.Link{State: "connecting", LastError: reset}
	n.Raised.Raise(time.Now(), "zoe", "test.conn.zoe", reset)
	n.Pong = func(context.Context, string) (time.Duration, error) { return 0, &admintest.Reject{Message: reset} }
	n.Explanations = map[string]admin.Explanation{"test.a": {Refused: []admin.RefusedRoute{{Reason: reset}}}}
	n.Protocol.Peers = map[string]admin.RoutingPeer{"zoe": {Session: admin.RoutingSession{LastError: reset}}}
	api := newAPI(t, n, loopback())
	for _, r := range []*http.Request{
		call("GET", "/accounts", ""), call("GET", "/alerts", ""), call("GET", "/routing", ""), call("GET", "/routes/test.a", ""),
		call("POST", "/ping", `{"destination":"test.a"}`),
	} {
		if body := answer(api, r).Body.String(); !strings.Contains(body, reset) {
			t.Errorf("%s: %s", r.URL.Path, body)
		}
	}
}
