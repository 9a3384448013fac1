package admin_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"reflect"
	"strings"
	"testing"

	"github.com/ilp-go/connector/admin"
	"github.com/ilp-go/connector/admin/admintest"
	"github.com/ilp-go/connector/settle"
)

// auditOf returns the answer of GET /audit with a query.
func auditOf(t *testing.T, api *admin.API, query string) []admin.AuditEntry {
	t.Helper()
	w := answer(api, call("GET", "/audit"+query, ""))
	var log admin.AuditLog
	if err := json.Unmarshal(w.Body.Bytes(), &log); w.Code != 200 || err != nil {
		t.Fatalf("%d %s, %v", w.Code, w.Body, err)
	}
	return log.Entries
}

func TestEveryChangeHasAnEntry(t *testing.T) {
	n := newNode(t)
	n.Settled = settled()
	n.Settle = func(id string) error {
		if id == "alice" {
			return nil
		}
		return settle.ErrUnknown
	}
	api := newAPI(t, n, loopback())
	const added = `{"id":"new","options":{"relation":"child","plugin":"p","assetCode":"X","assetScale":1,"options":{"listener":{"secret":"s3cret"}}}}`
	type details = map[string]string
	for i, test := range []struct {
		method, path, body string
		want               admin.AuditEntry
	}{
		{"POST", "/balance", `{"accountId":"alice","amountDiff":"-5","reason":" paid in cash "}`, admin.AuditEntry{
			What: "edit balance", AccountID: "alice", Reason: "paid in cash", Outcome: "done",
			Details: details{"amountDiff": "-5", "postedBefore": "30", "postedAfter": "25"},
		}},
		{"POST", "/balance", `{"accountId":"alice","amountDiff":"99999"}`, admin.AuditEntry{
			What: "edit balance", AccountID: "alice", Outcome: "refused", Error: "exceeded maximum balance.",
			Details: details{"amountDiff": "99999", "postedBefore": "25"},
		}},
		{"POST", "/addAccount", added, admin.AuditEntry{
			What: "add account", AccountID: "new", Outcome: "done",
			Details: details{"relation": "child", "plugin": "p", "asset": "X", "scale": "1"},
		}},
		{"POST", "/addAccount", added, admin.AuditEntry{
			What: "add account", AccountID: "new", Outcome: "refused", Error: `account "new" is already there`,
			Details: details{"relation": "child", "plugin": "p", "asset": "X", "scale": "1"},
		}},
		{"POST", "/settlements", `{"accountId":"alice","reason":"before the holidays"}`, admin.AuditEntry{
			What: "settle", AccountID: "alice", Reason: "before the holidays", Outcome: "done",
		}},
		{"POST", "/settlements", `{"accountId":"bob"}`, admin.AuditEntry{
			What: "settle", AccountID: "bob", Outcome: "refused", Error: settle.ErrUnknown.Error(),
		}},
		{"POST", "/settlements/bob/" + unknownID, `{"paid":true,"reason":"the ledger has it"}`, admin.AuditEntry{
			What: "resolve settlement", AccountID: "bob", Reason: "the ledger has it", Outcome: "done",
			Details: details{"settlement": unknownID, "paid": "true", "amount": "1500"},
		}},
		{"DELETE", "/alerts/1795346436240", "", admin.AuditEntry{
			What: "dismiss alert", AccountID: "bob", Outcome: "done",
			Details: details{"alert": "1795346436240", "message": "exceeded maximum balance."},
		}},
	} {
		answer(api, call(test.method, test.path, test.body))
		got := auditOf(t, api, "")[0]
		if got.Time.IsZero() {
			t.Errorf("%s %s: it has no time", test.method, test.path)
		}
		test.want.Seq, test.want.Remote, test.want.Time = uint64(i+1), "127.0.0.1:50000", got.Time
		if !reflect.DeepEqual(got, test.want) {
			t.Errorf("%s %s:\n%+v, want\n%+v", test.method, test.path, got, test.want)
		}
	}
	if w := answer(api, call("GET", "/audit", "")); strings.Contains(w.Body.String(), "s3cret") {
		t.Errorf("%s", w.Body)
	}
}

// TestWhatChangesNothingHasNoEntry holds that entries are not pushed out by requests that
// make no sense.
func TestWhatChangesNothingHasNoEntry(t *testing.T) {
	api := newAPI(t, newNode(t), loopback())
	for _, r := range []exchange{
		{"POST", "/balance", `{"accountId":"alice","amountDiff":"x"}`, 400, asText, "InvalidJsonBodyError: ..."},
		{"POST", "/balance", `{"accountId":"alice","amountDiff":"1","reason":5}`, 400, asText, `Error: the "reason" is not a string of at most 500 bytes`},
		{"POST", "/balance", `{"accountId":"alice","amountDiff":"1","reason":"` + strings.Repeat("r", 501) + `"}`, 400, asText, `Error: the "reason" is not...`},
		{"POST", "/balance", `{"accountId":"zed","amountDiff":"1"}`, 500, asText, "Error: unknown account id. accountId=zed"},
		{"POST", "/addAccount", `{"id":"new"}`, 500, asText, "Error: account new is not added..."},
		{"POST", "/settlements", `{"accountId":"zed"}`, 404, asText, "Error: unknown account id. accountId=zed"},
		{"DELETE", "/alerts/1", "", 204, "", ""},
		{"GET", "/audit", "", 200, asJSON, `{"entries":[]}`},
	} {
		r.run(t, api)
	}
}

func TestAuditIsFilteredAndBounded(t *testing.T) {
	api := newAPI(t, newNode(t), loopback())
	for _, id := range []string{"alice", "bob", "alice"} {
		answer(api, call("POST", "/balance", fmt.Sprintf(`{"accountId":%q,"amountDiff":"0"}`, id)))
	}
	for query, want := range map[string]string{
		"": "[3 2 1]", "?limit=2": "[3 2]", "?limit=10000": "[3 2 1]",
		"?account=alice": "[3 1]", "?account=alice&limit=1": "[3]", "?account=gone": "[]",
	} {
		got := []uint64{}
		for _, e := range auditOf(t, api, query) {
			got = append(got, e.Seq)
		}
		if fmt.Sprint(got) != want {
			t.Errorf("%q: %v, want %s", query, got, want)
		}
	}
	for _, limit := range []string{"0", "-1", "10001", "x", ""} {
		exchange{"GET", "/audit?limit=" + limit, "", 400, asText, "Error: limit is not a number from 1 to 10000"}.run(t, api)
	}
}

func TestEntryTellsWhetherTheTokenWasShown(t *testing.T) {
	o := loopback()
	o.Token = token
	api := newAPI(t, newNode(t), o)
	for _, r := range []struct{ method, path, body string }{
		{"POST", "/balance", `{"accountId":"alice","amountDiff":"0"}`}, {"GET", "/audit", ""},
	} {
		request := call(r.method, r.path, r.body)
		request.Header.Set("Authorization", "Bearer "+token)
		w := answer(api, request)
		if r.method == "GET" && !strings.Contains(w.Body.String(), `"remote":"127.0.0.1:50000","token":true`) {
			t.Errorf("%s", w.Body)
		}
	}
}

// changes returns one request for each kind of change.
func changes() []exchange {
	return []exchange{
		{method: "POST", path: "/balance", body: `{"accountId":"alice","amountDiff":"5"}`},
		{method: "POST", path: "/addAccount", body: `{"id":"new","options":{"relation":"child","plugin":"p","assetCode":"X","assetScale":1}}`},
		{method: "POST", path: "/settlements", body: `{"accountId":"alice"}`},
		{method: "POST", path: "/settlements/bob/" + unknownID, body: `{"paid":false,"reason":"not on the ledger"}`},
		{method: "DELETE", path: "/alerts/1795346436240"},
	}
}

// untouched finds out whether a node has changed.
func untouched(t *testing.T, n *admintest.Node, after string) {
	t.Helper()
	if got := n.Registry.Find("alice").Balance.Snapshot().Posted.String(); got != "30" {
		t.Errorf("%s: the balance is %s", after, got)
	}
	if n.Registry.Find("new") != nil || len(n.Raised.All()) != 1 || n.Settled[1].State != settle.Unknown {
		t.Errorf("%s: something has changed", after)
	}
}

func TestWhatCannotBeNotedIsNotDone(t *testing.T) {
	n := newNode(t)
	n.Settled, n.Broken = settled(), errors.New("the disk is full")
	n.Settle = func(string) error { t.Error("it settles"); return nil }
	api := newAPI(t, n, loopback())
	for _, r := range changes() {
		w := answer(api, call(r.method, r.path, r.body))
		if w.Code < 500 || !strings.Contains(w.Body.String(), "the disk is full") {
			t.Errorf("%s: %d %s", r.path, w.Code, w.Body)
		}
		untouched(t, n, r.path)
	}
	n.Broken = nil
	n.Loading = true
	for _, r := range changes() {
		if w := answer(api, call(r.method, r.path, r.body)); w.Code != 503 {
			t.Errorf("%s: %d %s", r.path, w.Code, w.Body)
		}
		untouched(t, n, r.path)
	}
	exchange{"GET", "/audit", "", 503, asText, "Error: the store is not open"}.run(t, api)
}

func TestUnreadableLeftoversHideNoBalance(t *testing.T) {
	var log bytes.Buffer
	o := loopback()
	o.Log = slog.New(slog.NewTextHandler(&log, nil))
	n := newNode(t)
	api := newAPI(t, damaged{n}, o)
	exchange{"GET", "/balance", "", 200, asJSON, `{"accounts":{"alice":{"balance":"30",...`}.run(t, api)
	if !strings.Contains(log.String(), "leftovers are damaged") {
		t.Errorf("the log is %s", &log)
	}
	exchange{"GET", "/settlements", "", 500, asText, "Error: leftovers are damaged"}.run(t, api)
}

// damaged is a node whose leftovers cannot be read.
type damaged struct{ *admintest.Node }

func (damaged) Leftovers() ([]settle.Leftover, error) {
	return nil, errors.New("leftovers are damaged")
}
