package client_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"math/big"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/ilp-go/connector/account/balance"
	"github.com/ilp-go/connector/admin"
	"github.com/ilp-go/connector/admin/admintest"
	"github.com/ilp-go/connector/admin/client"
	"github.com/ilp-go/connector/settle"
)

const accounts = `{
	"zoe":   {"relation":"child","plugin":"p","assetCode":"XRP","assetScale":9},
	"alice": {"relation":"peer","plugin":"p","assetCode":"USD","assetScale":2,"balance":{"minimum":"-500","maximum":"1000"}}
}`

// start serves a node and returns a client of it.
func start(t *testing.T, token string) (*admintest.Node, *client.Client) {
	t.Helper()
	n, err := admintest.New("test.conn", accounts)
	if err != nil {
		t.Fatal(err)
	}
	api, err := admin.New(n, admin.Options{Host: "127.0.0.1", Token: token})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(api)
	t.Cleanup(server.Close)
	return n, newClient(t, server.URL, token)
}

func newClient(t *testing.T, url, token string) *client.Client {
	t.Helper()
	c, err := client.New(url, token)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestClientReadsWhatTheAPIShows(t *testing.T) {
	n, c := start(t, "")
	n.Links["alice"] = admin.Link{Connected: true, State: "established", Since: time.Unix(1e9, 0), LastError: "reset"}
	n.Raised.Raise(time.Unix(2e9, 0), "alice", "test.far", "exceeded maximum balance.")
	n.Reasons = []string{"starting"}
	ctx := t.Context()

	list, err := c.Accounts(ctx)
	alice, _ := list.Accounts.Find("alice")
	if err != nil || list.Address != "test.conn" || list.Accounts[0].Name != "zoe" || alice.Info.AssetScale != 2 ||
		alice.State != "established" || !alice.Since.Equal(time.Unix(1e9, 0)) || alice.LastError != "reset" {
		t.Errorf("accounts: %+v, %v", list, err)
	}
	status, err := c.Status(ctx)
	if connected, _ := status.Connected.Find("alice"); err != nil || !connected {
		t.Errorf("status: %+v, %v", status, err)
	}
	rates, err := c.Rates(ctx, client.RatesQuery{})
	if row, _ := rates.Find("alice"); err != nil || len(row) != 1 || *row[0].Value.Rate != "10000000" {
		t.Errorf("rates: %+v, %v", rates, err)
	}
	routing, err := c.Routing(ctx)
	if err != nil || routing.Peers == nil {
		t.Errorf("routing: %+v, %v", routing, err)
	}
	ready, err := c.Ready(ctx)
	if err != nil || ready.Ready || len(ready.Reasons) != 1 {
		t.Errorf("ready: %+v, %v", ready, err)
	}
	version, err := c.Version(ctx)
	if err != nil || version != client.OwnVersion() {
		t.Errorf("version: %+v, %v", version, err)
	}
	alerts, err := c.Alerts(ctx)
	if err != nil || len(alerts.Alerts) != 1 || !alerts.Alerts[0].CreatedAt.Equal(time.Unix(2e9, 0)) {
		t.Fatalf("alerts: %+v, %v", alerts, err)
	}
	if err := c.DismissAlert(ctx, alerts.Alerts[0].ID); err != nil {
		t.Error(err)
	}
	if alerts, err := c.Alerts(ctx); err != nil || len(alerts.Alerts) != 0 {
		t.Errorf("afterwards: %+v, %v", alerts, err)
	}
	var document json.RawMessage
	if err := c.Get(ctx, "/livez", &document); err != nil || string(document) != `{"alive":true}` {
		t.Errorf("live: %s, %v", document, err)
	}
}

func TestClientReadsTheRoutingProtocol(t *testing.T) {
	n, c := start(t, "")
	session := admin.RoutingSession{Relation: "peer", State: "established", Since: admin.Time{Time: time.Unix(1e9, 0).UTC()}, Accepted: 3}
	n.Protocol.Peers = map[string]admin.RoutingPeer{"alice": {Send: &admin.RoutingSend{Epoch: 7, Mode: "SYNC"}, Session: session}}
	explained := admin.Explanation{
		Address: "test.far.~a_B-9",
		Candidates: []admin.Candidate{
			{Prefix: "test.far", NextHop: "alice", Path: "test.near test.far", Source: "learned", Relation: "peer", LocalPreference: -7},
			{Prefix: "test.far", NextHop: "zoe", Path: "test.far", Source: "learned", Relation: "child", Stale: true, LostBy: "stale"},
		},
		Shorter: []admin.Candidate{{Prefix: "test", NextHop: "zoe", Source: "default", LostBy: "prefix length"}},
		Refused: []admin.RefusedRoute{{Prefix: "test.far", NextHop: "zoe", Reason: "invalid path"}},
	}
	n.Explanations = map[string]admin.Explanation{explained.Address: explained}

	neighbors, err := c.Neighbors(t.Context())
	if alice := neighbors["alice"]; err != nil || len(neighbors) != 1 || alice.Session != session || alice.Send.Epoch != 7 || alice.Receive != nil {
		t.Errorf("neighbors: %+v, %v", neighbors, err)
	}
	got, err := c.Explain(t.Context(), explained.Address)
	if err != nil || !reflect.DeepEqual(got, explained) {
		t.Errorf("%+v, %v", got, err)
	}
	for _, address := range []string{"", "test", "test.a/../b", "test.a?b", "test.a b", "test.%61"} {
		var refused *client.Error
		if _, err := c.Explain(t.Context(), address); !errors.As(err, &refused) || refused.Status != http.StatusBadRequest {
			t.Errorf("%q: %v", address, err)
		}
	}
}

func TestClientChangesWhatTheAPILets(t *testing.T) {
	_, c := start(t, "")
	ctx := t.Context()
	if err := c.AdjustBalance(ctx, "alice", "-5", "cash"); err != nil {
		t.Error(err)
	}
	balances, err := c.Balances(ctx)
	if alice, _ := balances.Accounts.Find("alice"); err != nil || alice.Balance != "-5" {
		t.Errorf("balances: %+v, %v", balances, err)
	}
	log, err := c.Audit(ctx, 10, "")
	if err != nil || len(log.Entries) != 1 || log.Entries[0].Reason != "cash" || log.Entries[0].Details["postedAfter"] != "-5" {
		t.Errorf("audit: %+v, %v", log, err)
	}
	if log, err := c.Audit(ctx, 10, "alice&x=1"); err != nil || len(log.Entries) != 0 {
		t.Errorf("audit of nobody: %+v, %v", log, err)
	}
	added, err := c.AddAccount(ctx, "new", json.RawMessage(`{"relation":"child","plugin":"p","assetCode":"X","assetScale":0}`), false)
	if err != nil || added.Plugin != "new" || added.Connected {
		t.Errorf("added: %+v, %v", added, err)
	}
	if list, err := c.Accounts(ctx); err != nil || len(list.Accounts) != 3 {
		t.Errorf("accounts: %+v, %v", list, err)
	}
}

func TestClientChangesAccounts(t *testing.T) {
	n, c := start(t, "")
	ctx := t.Context()
	n.Changes = []admin.ConfigChange{{Account: "zoe", What: "changed", Settings: []string{"options"}, Kept: true, InForce: true}}
	changed, err := c.ChangeAccount(ctx, "alice", json.RawMessage(`{"maxPacketAmount":"5"}`), false, true)
	if err != nil || changed.Account != "alice" || !changed.Ephemeral || !strings.Contains(string(changed.Info), `"maxPacketAmount":"5"`) {
		t.Errorf("%+v, %v", changed, err)
	}
	if paused, err := c.PauseAccount(ctx, "alice", "", false); err != nil || paused.Ephemeral || n.Link("alice").State != admin.Paused {
		t.Errorf("%+v, %v", paused, err)
	}
	if _, err := c.ResumeAccount(ctx, "alice", "", true); err != nil || n.Link("alice").State == admin.Paused {
		t.Error(err)
	}
	if gone, err := c.RemoveAccount(ctx, "alice", true, false); err != nil || gone.Info != nil || n.Registry.Find("alice") != nil {
		t.Errorf("%+v, %v", gone, err)
	}
	for i, want := range []struct{ ephemeral, force bool }{{true, false}, {false, false}, {true, false}, {false, true}} {
		if got := n.Edits[i]; got.Ephemeral != want.ephemeral || got.Force != want.force {
			t.Errorf("edit %d: %+v", i, got)
		}
	}
	list, err := c.ConfigChanges(ctx)
	if err != nil || len(list.Changes) != 1 || list.Changes[0].Settings[0] != "options" {
		t.Errorf("%+v, %v", list, err)
	}
	if discarded, err := c.DiscardConfigChange(ctx, "zoe"); err != nil || discarded.What != "changed" {
		t.Errorf("%+v, %v", discarded, err)
	}
	var refused *client.Error
	for what, err := range map[string]error{
		"discard": second(c.DiscardConfigChange(ctx, "zoe")), "change": second(c.ChangeAccount(ctx, "a/b?x", json.RawMessage(`{}`), false, false)),
		"pause": second(c.PauseAccount(ctx, "../status", "", false)),
	} {
		if !errors.As(err, &refused) || refused.Status != http.StatusNotFound {
			t.Errorf("%s: %v", what, err)
		}
	}
}

func TestClientSettles(t *testing.T) {
	n, c := start(t, "")
	ctx := t.Context()
	n.Settled = []settle.Settlement{
		{ID: "one", AccountID: "alice", State: settle.Unknown, Amount: balance.FromUint64(1500), Created: time.Unix(1e9, 0), Reason: "gone"},
		{ID: "two", AccountID: "zoe", State: settle.Confirmed, Amount: balance.FromUint64(7)},
	}
	n.Credits = map[string][]settle.Credit{"alice": {{Receipt: settle.Receipt{ID: "r", Amount: balance.FromUint64(5), Scale: 3}, AccountID: "alice"}}}
	n.Left = []settle.Leftover{{AccountID: "alice", Asset: "USD", Amount: big.NewInt(5), Scale: 3}}

	all, err := c.Settlements(ctx, "")
	if err != nil || len(all.Settlements) != 2 || all.Settlements[0].Amount != "1500" || !all.Settlements[0].Open || all.Receipts != nil ||
		!all.Settlements[0].CreatedAt.Equal(time.Unix(1e9, 0)) || len(all.Leftovers) != 1 {
		t.Errorf("all: %+v, %v", all, err)
	}
	alice, err := c.Settlements(ctx, "alice")
	if err != nil || len(alice.Settlements) != 1 || len(alice.Receipts) != 1 || alice.Receipts[0].Scale != 3 {
		t.Errorf("alice: %+v, %v", alice, err)
	}
	balances, err := c.Balances(ctx)
	if b, _ := balances.Accounts.Find("alice"); err != nil || b.Leftovers == nil || b.Leftovers.Amount != "5" || b.Leftovers.Scale != 3 {
		t.Errorf("balances: %+v, %v", balances, err)
	}
	if err := c.ResolveSettlement(ctx, "alice", "one", true, "seen"); err != nil || n.Settled[0].State != settle.Confirmed {
		t.Errorf("%s, %v", n.Settled[0].State, err)
	}
	for want, err := range map[string]error{
		`account alice has no settlement "../x?y%"`:     c.ResolveSettlement(ctx, "alice", "../x?y%", true, "seen"),
		"settlement one of alice is confirmed":          c.ResolveSettlement(ctx, "alice", "one", true, "seen"),
		`the body needs a "reason"`:                     c.ResolveSettlement(ctx, "alice", "one", true, ""),
		"we owe nothing to alice that could be settled": c.SettleNow(ctx, "alice", ""),
		"unknown account id. accountId=a&b=c":           c.SettleNow(ctx, "a&b=c", ""),
		"unknown account id. accountId=a&receipts=3":    second(c.Settlements(ctx, "a&receipts=3")),
		"limit is not a number from 1 to 10000":         second(c.Audit(ctx, 0, "")),
	} {
		if err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
	}
	n.Settle = func(id string) error {
		if id != "zoe" {
			t.Errorf("it settles %s", id)
		}
		return nil
	}
	if err := c.SettleNow(ctx, "zoe", "now"); err != nil {
		t.Error(err)
	}
	n.Write = func(id string) error {
		n.Settled = append(n.Settled, settle.Settlement{AccountID: id, State: settle.WrittenOff})
		return nil
	}
	if err := c.WriteOff(ctx, "alice", "paid in cash"); err != nil || len(n.Settled) != 3 || n.Settled[2].AccountID != "alice" {
		t.Errorf("%+v, %v", n.Settled, err)
	}
}

func TestClientMovesABalance(t *testing.T) {
	n, c := start(t, "")
	n.Former = []admin.FormerBalance{{AccountID: "old", Posted: "-7"}}
	ctx := t.Context()
	if err := c.MoveBalance(ctx, "older", "alice", ""); err == nil || !strings.HasPrefix(err.Error(), "the balance is not moved") {
		t.Error(err)
	}
	if err := c.MoveBalance(ctx, "old", "alice", "renamed"); err != nil || len(n.Former) != 0 {
		t.Errorf("%+v, %v", n.Former, err)
	}
}

func TestRefusalsAreErrors(t *testing.T) {
	n, c := start(t, "")
	n.RateTable = nil
	ctx := t.Context()
	for want, err := range map[string]error{
		"InsufficientLiquidityError: exceeded maximum balance.":              c.AdjustBalance(ctx, "alice", "1001", ""),
		"account not found. accountId=zoe":                                   c.AdjustBalance(ctx, "zoe", "1", ""),
		"exchange rates are not available yet.":                              second(c.Rates(ctx, client.RatesQuery{})),
		`account zoe is not added: account "zoe" is already there`:           second(c.AddAccount(ctx, "zoe", json.RawMessage(`{"relation":"child","plugin":"p","assetCode":"X","assetScale":0}`), false)),
		"the admin API does not know this path; is it an ilp-connector, and": c.Get(ctx, "/nothing", nil),
	} {
		var refused *client.Error
		if !errors.As(err, &refused) || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
	}
}

func second[T any](_ T, err error) error { return err }

func TestPingTellsWhoSaidNo(t *testing.T) {
	n, c := start(t, "")
	n.Pong = func(_ context.Context, destination string) (time.Duration, error) {
		if destination == "test.far" {
			return 1500 * time.Microsecond, nil
		}
		return 0, &admintest.Reject{Code: "F02", TriggeredBy: "test.\x1b[2Jother", Message: "no\nway"}
	}
	if pong, err := c.Ping(t.Context(), "test.far"); err != nil || pong.RTT != 1.5 {
		t.Errorf("%+v, %v", pong, err)
	}
	_, err := c.Ping(t.Context(), "test.nobody")
	var no *client.Rejected
	if !errors.As(err, &no) || no.Code != "F02" || no.Message != "no\nway" {
		t.Errorf("%+v, %v", no, err)
	}
	if want := "test.nobody rejected by test.\ufffd[2Jother: F02 no\ufffdway"; err.Error() != want {
		t.Errorf("%q, want %q", err, want)
	}
	if _, err := c.Ping(t.Context(), ""); err == nil || !strings.Contains(err.Error(), `needs the "destination"`) {
		t.Errorf("%v", err)
	}
}

func TestTokenIsSent(t *testing.T) {
	if _, c := start(t, "s3cret"); c.Get(t.Context(), "/version", nil) != nil || c.Live(t.Context()) != nil {
		t.Error("the token is refused")
	}
	url := func() string {
		api, err := admin.New(must(admintest.New("test.conn", "{}")), admin.Options{Host: "127.0.0.1", Token: "s3cret"})
		if err != nil {
			t.Fatal(err)
		}
		server := httptest.NewServer(api)
		t.Cleanup(server.Close)
		return server.URL
	}()
	for _, wrong := range []string{"", "secret"} {
		err := newClient(t, url, wrong).Get(t.Context(), "/version", nil)
		if err == nil || !strings.Contains(err.Error(), "CONNECTOR_ADMIN_API_TOKEN") || strings.Contains(err.Error(), "s3cret") {
			t.Errorf("%q: %v", wrong, err)
		}
	}
}

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

func TestUnreachableAPIIsAnErrorThatSaysWhatToDo(t *testing.T) {
	server := httptest.NewServer(http.NotFoundHandler())
	server.Close()
	err := newClient(t, server.URL, "").Get(t.Context(), "/status", nil)
	want := "cannot reach the admin API at " + server.URL + ": connect: connection refused; is the connector running, is the API on (CONNECTOR_ADMIN_API=true), and is this its address?"
	if err == nil || err.Error() != want {
		t.Errorf("%v\nwant %s", err, want)
	}
}

func TestOtherServersAreRecognised(t *testing.T) {
	for body, want := range map[string]string{
		"<html>":       "does not answer like an admin API",
		`{"accounts":`: "does not answer like an admin API",
		`[]`:           "does not answer like an admin API",
	} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, body) }))
		_, err := newClient(t, server.URL, "").Accounts(t.Context())
		server.Close()
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", body, err)
		}
	}
	// The token goes nowhere else than where it was meant to go.
	server := httptest.NewServer(http.RedirectHandler("http://evil.example/", http.StatusFound))
	defer server.Close()
	var refused *client.Error
	if err := newClient(t, server.URL, "s3cret").Get(t.Context(), "/status", nil); !errors.As(err, &refused) || refused.Status != http.StatusFound {
		t.Errorf("%v", err)
	}
}

func TestURLIsChecked(t *testing.T) {
	for url, ok := range map[string]bool{
		"http://127.0.0.1:7780": true, "https://connector.example/admin/": true, "http://[::1]:7780": true,
		"": false, "127.0.0.1:7780": false, "localhost:7780": false, "ftp://x": false, "http://": false,
		"http://user:s3cret@x": false, "http://x?y": false, "http://x#y": false, "http://%zz:s3cret": false,
	} {
		_, err := client.New(url, "")
		if (err == nil) != ok {
			t.Errorf("%q: %v", url, err)
		}
		if err != nil && strings.Contains(err.Error(), "s3cret") {
			t.Errorf("%q: %v", url, err)
		}
	}
}

func TestPrintableTextDoesNothingToATerminal(t *testing.T) {
	for text, want := range map[string]string{
		"plain text, ünïcode 漢":    "plain text, ünïcode 漢",
		"\x1b[31mred\x1b[0m":       "\ufffd[31mred\ufffd[0m",
		"a\tb\nc\rd\x00e\x7f":      "a\ufffdb\ufffdc\ufffdd\ufffde\ufffd",
		"\u202egnirts\u2066\u200b": "\ufffdgnirts\ufffd\ufffd",
		"bad \xff utf-8":           "bad \ufffd utf-8",
	} {
		if got := client.Printable(text); got != want {
			t.Errorf("%q became %q, want %q", text, got, want)
		}
	}
}
