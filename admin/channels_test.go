package admin_test

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/ilp-go/connector/admin"
	"github.com/ilp-go/connector/admin/admintest"
)

// channelNode has an account, bob, with channels.
func channelNode(t *testing.T) *admintest.Node {
	t.Helper()
	n := newNode(t)
	n.PaymentChannels = map[string]admin.AccountChannels{"bob": {
		AccountID: "bob", Outgoing: &admin.Channel{ID: "AA", Current: true, Capacity: "2000000", Signed: "500000"},
		Incoming: []admin.Channel{{ID: "BB", Signed: "7", ClosesAt: admin.Time{}}},
	}}
	n.Funds = &admin.LedgerFunds{Balance: "30", Reserve: "10", Free: "20"}
	return n
}

func TestChannelsAreShown(t *testing.T) {
	api := newAPI(t, channelNode(t), loopback())
	for _, test := range []struct {
		path   string
		status int
		want   string
	}{
		{"/channels", 200, `{"accounts":[{"accountId":"bob",`},
		{"/channels/bob", 200, `"outgoing":{"id":"AA","current":true,"capacity":"2000000","signed":"500000"},"incoming":[{"id":"BB","current":false,"signed":"7"}]`},
		{"/channels/bob", 200, `"funds":{"balance":"30","reserve":"10","free":"20"}`},
		{"/channels/alice", 409, "Error: account alice does not settle over payment channels: only those of plugin ilp-plugin-xrp-paychan do"},
		{"/channels/nobody", 404, "Error: unknown account id. accountId=nobody"},
		{"/accounts/bob", 200, `"channels":{"accountId":"bob"`},
	} {
		if w := answer(api, call(http.MethodGet, test.path, "")); w.Code != test.status || !strings.Contains(w.Body.String(), test.want) {
			t.Errorf("%s is answered %d %s", test.path, w.Code, w.Body)
		}
	}
	list := answer(api, call(http.MethodGet, "/channels", "")).Body.String()
	if strings.Contains(list, "funds") {
		t.Errorf("the list asks the ledger: %s", list)
	}
	if got := answer(api, call(http.MethodGet, "/accounts/alice", "")).Body.String(); strings.Contains(got, `"channels"`) {
		t.Errorf("an account without channels has %s", got)
	}
}

func TestStepsOfChannelsAreTakenAndAudited(t *testing.T) {
	n := channelNode(t)
	var asked []admin.ChannelChange
	n.Step = func(_ context.Context, c admin.ChannelChange) ([]admin.ChannelTransaction, error) {
		asked = append(asked, c)
		return []admin.ChannelTransaction{{Step: string(c.Step), ID: "T1", Result: "tesSUCCESS"}}, nil
	}
	api := newAPI(t, n, loopback())
	for path, body := range map[string]string{
		"/channels/bob/fund":  `{"amount":"1000000","capacity":"2000000","reason":"the season"}`,
		"/channels/bob/claim": ``, "/channels/bob/close": `{}`, "/channels/bob/open": `{"reason":"again"}`,
	} {
		w := answer(api, call(http.MethodPost, path, body))
		if w.Code != 200 || !strings.Contains(w.Body.String(), `"transactions":[{"step":"`) || !strings.Contains(w.Body.String(), `"channels":{"accountId":"bob"`) {
			t.Errorf("%s is answered %d %s", path, w.Code, w.Body)
		}
	}
	if len(asked) != 4 {
		t.Fatalf("%+v", asked)
	}
	for _, c := range asked {
		if c.Account != "bob" || (c.Step == admin.FundChannel) != (c.Drops == 1_000_000 && c.Capacity != nil && *c.Capacity == 2_000_000 && c.Reason == "the season") {
			t.Errorf("%+v", c)
		}
	}
	log := answer(api, call(http.MethodGet, "/audit", "")).Body.String()
	for _, want := range []string{
		`"what":"fund channel","accountId":"bob"`, `"details":{"capacityBefore":"2000000","drops":"1000000"}`, `"what":"claim channel"`, `"what":"close channel"`, `"what":"open channel"`,
	} {
		if !strings.Contains(log, want) {
			t.Errorf("audit log lacks %s: %s", want, log)
		}
	}
}

func TestStepsOfChannelsAreRefused(t *testing.T) {
	n := channelNode(t)
	var failure error
	n.Step = func(context.Context, admin.ChannelChange) ([]admin.ChannelTransaction, error) { return nil, failure }
	api := newAPI(t, n, loopback())
	for _, body := range []string{
		``, `{}`, `[]`, `{"amount":5}`, `{"amount":"0"}`, `{"amount":"-5"}`, `{"amount":"1.5"}`, `{"amount":"007"}`, `{"amount":"1e6"}`, `{"amount":"1\n"}`,
		`{"amount":"9999999999999999999"}`, `{"amount":"5","amount":"6"}`, `{"amount":"5","capacity":7}`, `{"amount":"5","capacity":""}`, `{"amount":"5","reason":1}`,
	} {
		if w := answer(api, call(http.MethodPost, "/channels/bob/fund", body)); w.Code != 400 {
			t.Errorf("%s is answered %d %s", body, w.Code, w.Body)
		}
	}
	for _, test := range []struct {
		failure error
		path    string
		status  int
		text    string
	}{
		{nil, "/channels/nobody/claim", 404, "Error: unknown account id. accountId=nobody"},
		{nil, "/channels/alice/close", 409, "Error: account alice does not settle over payment channels"},
		{nil, "/channels/bob/burn", 404, "Not Found"},
		{admin.Conflict("nothing was done: busy"), "/channels/bob/claim", 409, "Error: nothing was done: busy"},
		{admin.Unavailable("the ledger is away"), "/channels/bob/open", 503, "Error: the ledger is away"},
		{admin.ErrChannelWait, "/channels/bob/close", 504, "Error: the ledger has not answered for 30s, and the step goes on: GET /channels/bob and the audit log show how it ends"},
	} {
		failure = test.failure
		if w := answer(api, call(http.MethodPost, test.path, "")); w.Code != test.status || !strings.HasPrefix(w.Body.String(), test.text) {
			t.Errorf("%s is answered %d %s", test.path, w.Code, w.Body)
		}
	}
	n.Loading = true
	if w := answer(api, call(http.MethodPost, "/channels/bob/claim", "")); w.Code != 503 {
		t.Errorf("before the store is read: %d %s", w.Code, w.Body)
	}
}
