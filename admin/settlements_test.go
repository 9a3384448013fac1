package admin_test

import (
	"context"
	"fmt"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/ilp-go/connector/account/balance"
	"github.com/ilp-go/connector/admin/admintest"
	"github.com/ilp-go/connector/settle"
)

// The ids of settled.
const (
	confirmedID = "5f0c4a5e-0d5c-4f0e-9d3e-6a1c2b7f8e90"
	unknownID   = "0b9e2f64-7f0a-4a55-8a83-2d1f2c9a4b11"
)

// settled returns a settlement with alice that has ended, and an older one with bob that is
// unknown.
func settled() []settle.Settlement {
	at := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	return []settle.Settlement{
		{
			ID: confirmedID, AccountID: "alice", State: settle.Confirmed, Amount: balance.FromUint64(700),
			Payment: settle.Payment{ID: confirmedID, Amount: balance.FromUint64(700), Scale: 2}, Attempts: 1,
			Created: at, Updated: at.Add(time.Second),
		},
		{
			ID: unknownID, AccountID: "bob", State: settle.Unknown, Amount: balance.FromUint64(1500),
			Payment: settle.Payment{ID: unknownID, Amount: balance.FromUint64(15), Scale: 2}, Attempts: 3,
			Created: at.Add(-time.Hour), Updated: at, Reason: "answer 502 <bad gateway>",
		},
	}
}

func TestSettlementsAreShown(t *testing.T) {
	n := newNode(t)
	n.Settled = settled()
	at := time.Date(2026, 11, 22, 13, 0, 0, 0, time.UTC)
	for i := range 3 {
		n.Credits = map[string][]settle.Credit{"alice": append(n.Credits["alice"], settle.Credit{
			Receipt: settle.Receipt{ID: fmt.Sprint("r", i), Amount: balance.FromUint64(12345), Scale: 4}, AccountID: "alice",
			Credited: balance.FromUint64(123), At: at,
		})}
	}
	n.Left = []settle.Leftover{
		{AccountID: "alice", Asset: "USD", Amount: big.NewInt(45), Scale: 4}, {AccountID: "gone", Asset: "EUR", Amount: big.NewInt(1), Scale: 30},
		{AccountID: "bob", Asset: "another", Amount: big.NewInt(9), Scale: 30}, // of the time before it changed its asset
	}
	api := newAPI(t, n, loopback())
	const (
		confirmed = `{"id":"` + confirmedID + `","accountId":"alice","assetCode":"USD","amount":"700","scale":2,"payment":{"amount":"700","scale":2},` +
			`"state":"confirmed","open":false,"createdAt":"2026-11-22T12:00:00.000Z","updatedAt":"2026-11-22T12:00:01.000Z","attempts":1}`
		unknown = `{"id":"` + unknownID + `","accountId":"bob","assetCode":"USD","amount":"1500","scale":4,"payment":{"amount":"15","scale":2},` +
			`"state":"unknown","open":true,"createdAt":"2026-11-22T11:00:00.000Z","updatedAt":"2026-11-22T12:00:00.000Z","attempts":3,` +
			`"lastError":"answer 502 <bad gateway>"}`
		receipt = `{"id":"r0","accountId":"alice","amount":"12345","scale":4,"credited":"123","receivedAt":"2026-11-22T13:00:00.000Z"}`
		left    = `{"accountId":"alice","asset":"USD","amount":"45","scale":4}`
	)
	for _, test := range []exchange{
		{"GET", "/settlements", "", 200, asJSON, `{"settlements":[` + unknown + `,` + confirmed + `],"leftovers":[` + left + `,{"accountId":"gone","asset":"EUR","amount":"1","scale":30},{"accountId":"bob","asset":"another","amount":"9","scale":30}]}`},
		{"GET", "/settlements?account=alice&receipts=1", "", 200, asJSON, `{"settlements":[` + confirmed + `],"receipts":[` + receipt + `],"leftovers":[` + left + `]}`},
		{"GET", "/settlements?account=zoe", "", 200, asJSON, `{"settlements":[],"receipts":[],"leftovers":[]}`},
		{"GET", "/settlements?account=alice", "", 200, asJSON, `{"settlements":[` + confirmed + `],"receipts":[` + receipt + `,{"id":"r1",...`},
		{"GET", "/settlements?account=zed", "", 404, asText, "Error: unknown account id. accountId=zed"},
		{"GET", "/settlements?account=", "", 404, asText, "Error: unknown account id. accountId="},
		{"GET", "/settlements?receipts=5", "", 400, asText, "Error: receipts needs one account: add account=ID"},
		{"GET", "/settlements?account=alice&receipts=1001", "", 400, asText, "Error: receipts is not a number from 1 to 1000"},
		{"GET", "/settlements/", "", 404, asText, "Not Found"},
		{"GET", "/balance", "", 200, asJSON, `{"accounts":{"alice":{"balance":"30","minimum":"-500","maximum":"1000","posted":"30","pendingIn":"0","pendingOut":"0","settling":"0","leftovers":{"amount":"45","scale":4}},"bob":{"balance":"0","minimum":"-Infinity","maximum":"100000","posted":"0","pendingIn":"0","pendingOut":"0","settling":"0"}}}`},
	} {
		test.run(t, api)
	}
	n.Loading = true
	exchange{"GET", "/settlements", "", 503, asText, "Error: the balances are not loaded yet"}.run(t, api)
}

func TestSettlingNowSaysWhyNot(t *testing.T) {
	n := newNode(t)
	api := newAPI(t, n, loopback())
	const alice = `{"accountId":"alice"}`
	for _, test := range []struct {
		err  error
		want exchange
	}{
		{nil, exchange{"POST", "/settlements", alice, 202, "", ""}},
		{nil, exchange{"POST", "/settlements", ``, 400, asText, `Error: the body needs the "accountId"`}},
		{nil, exchange{"POST", "/settlements", `{"accountId":5}`, 400, asText, `Error: the body needs the "accountId"`}},
		{nil, exchange{"POST", "/settlements", `{"accountId":"alice","reason":null}`, 400, asText, `Error: the "reason" is not a string of at most 500 bytes`}},
		{nil, exchange{"POST", "/settlements", `{"accountId":"zed"}`, 404, asText, "Error: unknown account id. accountId=zed"}},
		{settle.ErrNothingOwed, exchange{"POST", "/settlements", alice, 409, asText, "Error: we owe nothing to alice that could be settled"}},
		{&settle.BelowUnitError{Owed: balance.FromUint64(900), Unit: balance.FromUint64(1000)}, exchange{"POST", "/settlements", alice, 409, asText,
			"Error: we owe alice 900, and the engine pays in units of 1000: the debt can be paid when it is that large"}},
		{&settle.BookedError{Latest: settle.Settlement{ID: "e-1", Amount: balance.FromUint64(200), Created: time.Unix(0, 0)}}, exchange{"POST", "/settlements", alice, 409, asText,
			"Error: we owe nothing to alice on the books: entry e-1 booked the latest debt, 200, at 1970-01-01T00:00:00Z; nothing has sent that money, so pay it by hand if you have not; 'ilp-connector settlements alice' lists all entries"}},
		{settle.ErrNoAccount, exchange{"POST", "/settlements", alice, 409, asText, "Error: account alice cannot settle: it needs a balance"}},
		{settle.ErrOutOfBand, exchange{"POST", "/settlements", alice, 409, asText, "Error: nothing pays alice: it has no settlementEngine, and its plugin moves no money; configure an engine, or pay by hand and then book that with 'ilp-connector settle alice --write-off', in the API \"writeOff\": true"}},
		{settle.ErrUnknown, exchange{"POST", "/settlements", alice, 409, asText, "Error: the outcome of a settlement of alice is unknown, and no other can begin before it is known; the connector asks for it again now"}},
		{settle.ErrBroken, exchange{"POST", "/settlements", alice, 503, asText, "Error: settlements cannot be recorded, so there are none until the next start"}},
	} {
		n.Settle = func(string) error { return test.err }
		test.want.run(t, api)
	}
}

func TestWriteOffIsNotASettlement(t *testing.T) {
	n := newNode(t)
	n.Settle = func(string) error { t.Error("it settles"); return nil }
	api := newAPI(t, n, loopback())
	const alice = `{"accountId":"alice","writeOff":true,"reason":"paid in cash"}`
	exchange{"POST", "/settlements", alice, 409, asText, "Error: account alice has a settlement engine or a plugin that pays, so nothing is written off: settle without writeOff, ..."}.run(t, api)
	exchange{"POST", "/settlements", `{"accountId":"alice","writeOff":"yes"}`, 400, asText, `Error: the "writeOff" is not true or false`}.run(t, api)
	exchange{"POST", "/settlements", `{"accountId":"zed","writeOff":true}`, 404, asText, "Error: unknown account id. accountId=zed"}.run(t, api)
	n.Write = func(string) error { return &settle.BookedError{Latest: settle.Settlement{ID: "e-1"}} }
	exchange{"POST", "/settlements", alice, 409, asText, "Error: we owe nothing to alice on the books: entry e-1 booked ..."}.run(t, api)
	n.Write = func(string) error { return nil }
	exchange{"POST", "/settlements", alice, 204, "", ""}.run(t, api)
	if e := auditOf(t, api, "")[0]; e.What != "write off" || e.AccountID != "alice" || e.Reason != "paid in cash" || e.Outcome != "done" {
		t.Errorf("the entry is %+v", e)
	}
}

func TestSettlementIsResolvedOnceAndForAReason(t *testing.T) {
	n := newNode(t)
	n.Settled = settled()
	api := newAPI(t, n, loopback())
	const (
		path    = "/settlements/bob/" + unknownID
		verdict = `{"paid":false,"reason":"not on the ledger"}`
		reason  = `Error: the body needs a "reason": how you know whether it was paid`
	)
	for _, test := range []exchange{
		{"POST", path, `{"reason":"x"}`, 400, asText, `Error: the body needs "paid", true or false`},
		{"POST", path, `{"paid":"true","reason":"x"}`, 400, asText, `Error: the body needs "paid", true or false`},
		{"POST", path, ``, 400, asText, `Error: the body needs "paid", true or false`},
		{"POST", path, `{"paid":true}`, 400, asText, reason},
		{"POST", path, `{"paid":true,"reason":"  "}`, 400, asText, reason},
		{"POST", path, `{"paid":true,"reason":"` + strings.Repeat("r", 501) + `"}`, 400, asText, `Error: the "reason" is not a string of at most 500 bytes`},
		{"POST", "/settlements/bob", verdict, 400, asText, "Error: the path needs an account and the id of a settlement, ..."},
		{"POST", "/settlements/zed/" + unknownID, verdict, 404, asText, "Error: unknown account id. accountId=zed"},
		{"POST", "/settlements/alice/" + unknownID, verdict, 404, asText, `Error: account alice has no settlement "` + unknownID + `"`},
		{"POST", "/settlements/alice/" + confirmedID, verdict, 409, asText, "Error: settlement " + confirmedID + " of alice is confirmed; only an unknown one can be resolved"},
		{"GET", "/audit", "", 200, asJSON, `{"entries":[]}`},
		{"POST", path, verdict, 204, "", ""},
		{"POST", path, verdict, 409, asText, "Error: settlement " + unknownID + " of bob is not sent; only an unknown one..."},
	} {
		test.run(t, api)
	}
	if n.Settled[1].State != settle.NotSent {
		t.Errorf("it is %s", n.Settled[1].State)
	}
}

// resolving is a node whose ResolveSettlement returns a chosen error.
type resolving struct {
	*admintest.Node
	resolve func() error
}

func (n resolving) ResolveSettlement(context.Context, string, string, bool) error { return n.resolve() }

func TestResolvingSaysWhyNot(t *testing.T) {
	for _, test := range []struct {
		err    error
		status int
		want   string
	}{
		{settle.ErrNotUnknown, 409, "Error: another request resolves settlement " + unknownID + " of bob right now"},
		{settle.ErrBroken, 503, "Error: settlements cannot be recorded, so there are none until the next start"},
		{context.DeadlineExceeded, 504, "Error: the outcome is not stored yet, but may still be: look at GET /settlements"},
		{fmt.Errorf("odd"), 500, "Error: odd"},
	} {
		n := resolving{newNode(t), func() error { return test.err }}
		n.Settled = settled()
		api := newAPI(t, n, loopback())
		exchange{"POST", "/settlements/bob/" + unknownID, `{"paid":true,"reason":"x"}`, test.status, asText, test.want}.run(t, api)
		want := "refused"
		if test.status == 504 {
			want = "begun"
		}
		if got := auditOf(t, api, "")[0].Outcome; got != want {
			t.Errorf("%v: the entry says %s", test.err, got)
		}
	}
	// The settler has said meanwhile that it has paid.
	n := newNode(t)
	n.Settled = settled()
	paid := resolving{n, func() error { n.Settled[1].State = settle.Confirmed; return settle.ErrNotUnknown }}
	exchange{
		"POST", "/settlements/bob/" + unknownID, `{"paid":false,"reason":"x"}`, 409, asText,
		"Error: settlement " + unknownID + " of bob is confirmed; only an unknown one can be resolved",
	}.run(t, newAPI(t, paid, loopback()))
}
