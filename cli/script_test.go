package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/ilp-go/connector/account"
	"github.com/ilp-go/connector/account/balance"
	"github.com/ilp-go/connector/admin"
	"github.com/ilp-go/connector/admin/admintest"
	"github.com/ilp-go/connector/ilp"
	"github.com/ilp-go/connector/ilptest/freeport"
	"github.com/ilp-go/connector/ilptest/xrplsim"
	"github.com/ilp-go/connector/rate"
	"github.com/ilp-go/connector/route"
	"github.com/ilp-go/connector/settle"
	"github.com/ilp-go/connector/settle/xrp/xrpl"
	"github.com/ilp-go/connector/store"
	"github.com/ilp-go/connector/store/disk"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"ilp-connector": func() { Main() }})
}

// makeStores makes a store at $KEPT and one at $KILLED that was not closed. It holds one open
// at $HELD until the script ends. It returns a backup of the first.
func makeStores(env *testscript.Env) (backup string, err error) {
	var out strings.Builder
	for _, name := range []string{"KEPT", "KILLED", "HELD"} {
		dir := filepath.Join(env.WorkDir, strings.ToLower(name))
		env.Setenv(name, dir)
		s, err := disk.Open(dir, disk.Options{Version: "1.2.3"})
		if err != nil {
			return "", err
		}
		err = s.Apply(store.Batch{
			{Key: "balances/alice", Value: []byte("-5 2 USD")}, {Key: "balances/bob", Value: []byte("7 4 USD")},
			{Key: "routing/secret", Value: []byte("s3cret")}, {Key: "routing/tableId", Value: []byte("0123456789abcdef")},
			{Key: "what/ever", Value: []byte("s3cret")},
		})
		switch name {
		case "KEPT":
			err = errors.Join(err, s.Backup(&out), s.Close())
		case "KILLED": // whose files are as they are now
			files := filepath.Join(env.WorkDir, "files")
			err = errors.Join(err, os.CopyFS(files, os.DirFS(dir)), s.Close(), os.RemoveAll(dir), os.Rename(files, dir))
		case "HELD":
			env.Defer(func() { _ = s.Close() })
		}
		if err != nil {
			return "", err
		}
	}
	return out.String(), nil
}

// TestScripts runs our command against the admin APIs of test connectors. One is at
// CONNECTOR_ADMIN_API_HOST and _PORT. The one at $LOCKED wants the token s3cret. The one at
// $BARE has no accounts, rates or middlewares. The one at $UNPRICED has no price of the asset
// of zoe. The one at $UNREADY wants that token, too. The one at $WORDY has an account with a
// long error. Logins of the one at $REFUSED are refused. The one at $DEALER has prices of USD and XRP.
// The servers at $OTHER and $WEBSOCKETS are no admin APIs.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:  "testdata/script",
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"await": awaitCommand},
		Setup: func(env *testscript.Env) error {
			node, err := newNode()
			if err != nil {
				return err
			}
			bare, err := admintest.New("test.bare", "{}")
			if err != nil {
				return err
			}
			unready, err := admintest.New("test.unready", "{}")
			if err != nil {
				return err
			}
			unready.Reasons = []string{"no exchange rates yet", "our address is not known"}
			wordy, err := admintest.New("test.wordy", `{"long": {"relation":"child","plugin":"loopback","assetCode":"USD","assetScale":2}}`)
			if err != nil {
				return err
			}
			wordy.Links["long"] = admin.Link{
				State: "connecting", NextRetry: time.Now().Add(4*time.Hour + 10*time.Minute + 30*time.Second),
				LastError: "dial tcp 192.0.2.7:7768: the certificate of the server is not for 192.0.2.7 but for connector.example",
			}
			refused, err := admintest.New("test.refused", `{
				"now": {"relation":"child","plugin":"loopback","assetCode":"USD","assetScale":2},
				"once": {"relation":"child","plugin":"loopback","assetCode":"USD","assetScale":2},
				"left": {"relation":"child","plugin":"loopback","assetCode":"USD","assetScale":2}
			}`)
			if err != nil {
				return err
			}
			refused.Odd = []string{"accounts.once.balance: nothing limits what it may owe"}
			minutes := func(n int) time.Time { return time.Now().Add(-time.Duration(n)*time.Minute - 30*time.Second) }
			refused.Links["now"] = admin.Link{State: "connecting", Failures: 4, Refusals: 12, RefusedAt: minutes(2), RefusedFrom: "192.0.2.1:40000", Replacements: 3}
			refused.Links["once"] = admin.Link{State: "established", Connected: true, Refusals: 1, RefusedAt: minutes(7)}
			refused.Links["left"] = admin.Link{State: "disconnected", Since: minutes(9), Closed: "peer closed the connection with code 1000"}
			bare.Diff.Faults = []string{"c.yaml is not valid YAML"}
			bare.RateTable = nil
			bare.BackupError = errors.New("there is nothing to back up")
			bare.Disabled = map[string]bool{"balance": true, "alert": true}
			unpriced, err := newNode()
			if err != nil {
				return err
			}
			prices := rate.Prices{"USD": big.NewRat(1, 1)}
			unpriced.RateTable = rate.NewTable(time.Now(), prices.Quote, rate.Spread{})
			dealer, err := newPriced(time.Now())
			if err != nil {
				return err
			}
			hosting, err := newHosting()
			if err != nil {
				return err
			}
			open, err := serve(env, node, "")
			if err != nil {
				return err
			}
			host, port, err := net.SplitHostPort(open.Host)
			if err != nil {
				return err
			}
			env.Setenv("GORACE", "atexit_sleep_ms=0") // else each command takes a second to end
			env.Setenv("CONNECTOR_ADMIN_API_HOST", host)
			env.Setenv("CONNECTOR_ADMIN_API_PORT", port)
			env.Setenv("TAKEN", port)
			for name, api := range map[string]struct {
				node  admin.Node
				token string
			}{"LOCKED": {node, "s3cret"}, "BARE": {bare, ""}, "UNPRICED": {unpriced, ""}, "UNREADY": {unready, "s3cret"}, "WORDY": {wordy, ""}, "REFUSED": {refused, ""}, "DEALER": {dealer, ""}, "HOSTING": {hosting, ""}} {
				at, err := serve(env, api.node, api.token)
				if err != nil {
					return err
				}
				env.Setenv(name, at.String())
			}
			if node.Backed, err = makeStores(env); err != nil {
				return err
			}
			other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "<html>") }))
			env.Defer(other.Close)
			env.Setenv("OTHER", other.URL)
			listener := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				http.Error(w, "Upgrade Required", http.StatusUpgradeRequired)
			}))
			env.Defer(listener.Close)
			env.Setenv("WEBSOCKETS", listener.URL)
			if strings.HasSuffix(env.WorkDir, "channels_live") {
				if err := startLedger(env); err != nil {
					return err
				}
			}
			env.Setenv("TAB", "\t")
			for n := range 5 { // for connectors that a script starts
				free, err := freeport.Take()
				if err != nil {
					return err
				}
				env.Setenv(fmt.Sprint("PORT", n+1), strconv.Itoa(free))
			}
			return nil
		},
	})
}

// startLedger starts an XRP Ledger at $LEDGER, until the script ends. The account of channels_live that is not the
// genesis account has 100 XRP.
func startLedger(env *testscript.Env) error {
	l, err := xrplsim.Start(xrplsim.Options{CloseEvery: 100 * time.Millisecond})
	if err != nil {
		return err
	}
	env.Defer(l.Close)
	seed, err := xrpl.ParseSeed("sahNtietWCRzmX7Z2Zy7Z3EsvFDjv")
	if err != nil {
		return err
	}
	l.Fund(seed.Key().Public().Account(), 100_000_000)
	env.Setenv("LEDGER", l.URL())
	return nil
}

// awaitCommand runs a command of ours until it succeeds.
func awaitCommand(ts *testscript.TestScript, _ bool, args []string) {
	for began := time.Now(); ; {
		err := ts.Exec("ilp-connector", args...)
		if err == nil {
			return
		}
		if time.Since(began) > time.Minute {
			ts.Fatalf("it does not succeed: %v", err)
		}
	}
}

// newHosting makes a connector with hosted plugins: alice's has admin info, and bob's cannot be asked.
func newHosting() (*admintest.Node, error) {
	n, err := newNode()
	if err != nil {
		return nil, err
	}
	n.Plugins = map[string]admintest.Plugin{
		"alice": {Info: func(context.Context) (json.RawMessage, error) {
			return json.RawMessage(`{"channel":"A0\u001b","balance":12345678901234567890123}`), nil
		}},
		"bob": {Info: func(context.Context) (json.RawMessage, error) {
			return nil, admin.Unavailable("the plugin of account bob cannot be asked: the node host is down")
		}},
	}
	n.NodeProcesses = []admin.Member[admin.NodeHost]{
		{Name: "@acme/plugin", Value: admin.NodeHost{Modules: []string{"@acme/plugin"}, Restarts: 3, LastError: "the process has ended: exit status 1", Since: admin.Time{Time: time.Now().Add(-70*time.Second - 500*time.Millisecond)}}},
		{Name: "ilp-plugin-x", Value: admin.NodeHost{Modules: []string{"ilp-plugin-x"}, Up: true, Version: "v20.19.0", PID: 4711, ResidentBytes: 73 << 20, Since: admin.Time{Time: time.Now().Add(-70*time.Minute - 30*time.Second)}}},
	}
	return n, nil
}

// addConfig gives a node a configuration to show, to compare and to save.
func addConfig(n *admintest.Node, now time.Time) {
	n.Running = admin.RunningConfig{
		ETag: `"tag"`, Address: "test.conn", File: "/etc/connector.yaml",
		Listeners: []admin.Listener{{Owner: "the admin API", Setting: "adminApiPort", Host: "127.0.0.1", Port: 7780}, {Owner: `account "bob"`, Port: 0}},
		Config:    json.RawMessage(`{"ilpAddress":"test.conn","maxHoldTime":30000,"routes":[{"targetPrefix":"test.far","peerId":"bob"}],"accounts":{"alice":{"plugin":"p","balance":{"maximum":"8"}},"bob":{"plugin":"p","options":{"token":{"env":"TOKEN"}}}}}`),
		Origins: map[string]admin.Origin{
			"ilpAddress": {From: "variable CONNECTOR_ILP_ADDRESS"}, "maxHoldTime": {From: "default"}, "routes": {From: admin.EphemeralOrigin},
			"accounts.alice.plugin": {From: "file"}, "accounts.bob.plugin": {From: "file"}, "accounts.bob.options.token": {From: "file"},
			"accounts.alice.balance.maximum": {From: admin.KeptOrigin, At: admin.Time{Time: now.Add(-70*time.Minute - 30*time.Second)}, By: "192.0.2.7:50000"},
		},
	}
	n.Declared = n.Running
	n.Declared.Config = json.RawMessage(`{"ilpAddress":"test.conn","accounts":{}}`)
	n.Diff = admin.ConfigDiff{ETag: `"tag"`, File: "/etc/connector.yaml", Differences: []admin.ConfigDifference{
		{
			Path: "accounts.alice.balance.maximum", File: json.RawMessage(`"9"`), Declared: json.RawMessage(`"1000"`), Running: json.RawMessage(`"8"`),
			Edited: "reload", Dropped: true, From: admin.KeptOrigin, At: admin.Time{Time: now.Add(-70*time.Minute - 30*time.Second)},
		},
		{Path: "accounts.carl", File: json.RawMessage(`null`), Declared: json.RawMessage(`null`), Running: json.RawMessage(`{"plugin":"p"}`), From: admin.EphemeralOrigin},
	}}
	n.Export = admin.ConfigExport{
		Text: "ilpAddress: test.conn\n", Declares: []string{"accounts.alice", "routes"}, Ephemeral: []string{"routes"}, Variables: []string{"CONNECTOR_ACCOUNTS"},
	}
}

// serve serves the API of a node until the script ends.
func serve(env *testscript.Env, n admin.Node, token string) (*url.URL, error) {
	api, err := admin.New(n, admin.Options{Host: "127.0.0.1", Token: token})
	if err != nil {
		return nil, err
	}
	server := httptest.NewServer(api)
	env.Defer(server.Close)
	return url.Parse(server.URL)
}

// newNode makes a connector with three accounts, the balance of a former one, three alerts, sessions with two neighbors,
// a route to test.far, and three settlements.
func newNode() (*admintest.Node, error) {
	n, err := admintest.New("test.conn", `{
		"zoe":   {"relation":"child","plugin":"loopback","assetCode":"XRP","assetScale":9},
		"alice": {"relation":"peer","plugin":"loopback","assetCode":"USD","assetScale":2,"balance":{"minimum":"-500","maximum":"1000"}},
		"bob":   {"relation":"parent","plugin":"loopback","assetCode":"USD","assetScale":4,"balance":{"maximum":"100000"}}
	}`)
	if err != nil {
		return nil, err
	}
	now := time.Now()
	alice := n.Registry.Find("alice")
	alice.Balance.Hold(100)
	alice.Balance.Reserve(7)
	alice.Counters.InFlight.Store(3)
	alice.Counters.LastSeen.Store(now.Add(-49*time.Hour - 30*time.Minute).UnixNano())
	kids := n.Host("alice")
	kids.Add([]admin.NewChild{{Name: "ann", Token: "s3cret-ann"}, {Name: "bert", Token: "s3cret-bert"}})
	kids.Blocked["bert"], kids.Old["bert"] = true, now.Add(5*time.Hour+30*time.Second)
	n.Registry.Find("alice.ann").Balance.Hold(25)
	n.Links["alice.ann"] = admin.Link{Connected: true, State: "established", Since: now.Add(-61*time.Minute - 30*time.Second), Remote: "192.0.2.7:50000"}
	n.Paused = []admin.Pause{
		{PauseOf: admin.PauseOf{Scope: admin.PausedAsset, Of: "EUR"}, At: admin.Time{Time: now.Add(-70*time.Minute - 30*time.Second)}, Accounts: 2, Kept: true, Reason: "the bank"},
		{PauseOf: admin.PauseOf{Scope: admin.PausedPrefix, Of: "test.slow"}, At: admin.Time{Time: now.Add(-50*time.Hour - 30*time.Minute)}},
	}
	n.LimitsLeft = map[string][]admin.AccountLimit{"alice": {
		{Name: "rate_limit", Direction: "incoming", Limit: "10000 in 1m0s", Left: "9997"},
		{Name: "maximum_balance", Direction: "incoming", Limit: "1000", Left: "900"},
		{Name: "minimum_balance", Direction: "outgoing", Limit: "-500", Left: "493"},
	}}
	alice.Counters.Incoming.Count(account.Fulfilled)
	alice.Counters.Outgoing.Count(account.Rejected)
	n.Changes = []admin.ConfigChange{
		{
			Account: "alice", What: "changed", Settings: []string{"balance.maximum", "options"},
			At: admin.Time{Time: now.Add(-70*time.Minute - 30*time.Second)}, Kept: true, InForce: true,
		},
		{Account: "bob", What: "paused", InForce: true},
		{
			Account: "gone", What: "added", At: admin.Time{Time: now.Add(-50*time.Hour - 30*time.Minute)}, Kept: true,
			Reason: "left out: accounts.gone.plugin: is \"x\"",
		},
		{Account: "zoe", What: "removed", At: admin.Time{Time: now.Add(-65*time.Minute - 30*time.Second)}, Kept: true, InForce: true},
	}
	addConfig(n, now)
	addRates(n, now)
	n.Former = []admin.FormerBalance{{AccountID: "gone", AssetCode: "USD", AssetScale: 2, Posted: "-70", Settling: "0"}}
	n.Links["alice"] = admin.Link{Connected: true, State: "established", Since: now.Add(-192*time.Minute - 30*time.Second)}
	n.Links["bob"] = admin.Link{State: "connecting", LastError: "dial: \x1b[31mrefused"}
	n.BestRoutes = append(n.BestRoutes,
		route.Route{Prefix: "test", NextHop: "bob", Path: []string{"test.parent", "test.far"}},
		route.Route{Prefix: "test.conn.zoe", NextHop: "zoe"},
	)
	n.Protocol = admin.RoutingState{TableID: "a-table", Epoch: 4, Routes: n.BestRoutes, Peers: sessions(now)}
	n.Explanations = explanations()
	n.Raised = account.NewAlerts(time.UnixMilli(1_000_000))
	for _, by := range []string{"test.far", "test.far", "test.\u2028evil"} {
		n.Raised.Raise(now.Add(-70*time.Minute-30*time.Second), "bob", by, "exceeded maximum balance.")
	}
	n.Raised.RaiseMoney(now.Add(-65*time.Minute-30*time.Second), "alice", "unknown", "it is not known how a settlement ended")
	addSettlements(n, now)
	addChannels(n, now)
	for _, e := range []account.Earning{
		{AccountID: "alice", AssetCode: "EUR", AssetScale: 2, Amount: balance.FromInt64(-5)},
		{AccountID: "alice", AssetCode: "XRP", AssetScale: 9, Amount: balance.FromInt64(1500)},
		{AccountID: "alice.ann", AssetCode: "XRP", AssetScale: 9, Amount: balance.FromInt64(1000)},
		{AccountID: "alice.bert", AssetCode: "XRP", AssetScale: 9, Amount: balance.FromInt64(500)},
		{AccountID: "bob", AssetCode: "XRP", AssetScale: 9, Amount: balance.FromInt64(1_000_000_000)},
	} {
		e.Since = now.Add(-70*time.Minute - 30*time.Second)
		n.Earned = append(n.Earned, e)
	}
	past := now.Add(-70*time.Minute - 30*time.Second).UnixNano()
	for range 12 {
		alice.Counters.RefusedFrom.Count(0, past, ilp.T04, "maximum_balance", 250)
	}
	alice.Counters.Rejects.Count(past, ilp.F99, 1_000_000)
	n.Pong = func(_ context.Context, destination string) (time.Duration, error) {
		if strings.HasSuffix(destination, ".unsigned") {
			return 0, &admintest.Reject{Code: "T01", Message: "suspended"}
		}
		if !strings.HasPrefix(destination, "test.far") {
			return 0, &admintest.Reject{Code: "F02", TriggeredBy: "test.conn", Message: "no route found. \x07"}
		}
		return 1250 * time.Microsecond, nil
	}
	return n, nil
}

// addRates pins and pauses the pair of the accounts, and holds back a price of XRP.
func addRates(n *admintest.Node, now time.Time) {
	pair, then := rate.Pair{From: "USD", To: "XRP"}, now.Add(-70*time.Minute-30*time.Second)
	n.Priced = rate.PricingState{
		Pins:   []rate.Pin{{Pair: pair, Price: big.NewRat(8, 3), Override: rate.Override{At: then, Reason: "a deal"}}},
		Paused: []rate.Pause{{Pair: pair, Override: rate.Override{At: then, Reason: "an attack", By: "192.0.2.1:40000", Ephemeral: true}}},
		Held: []rate.Held{{
			Currency: "XRP", Since: then,
			Used: rate.Price{Value: big.NewRat(5, 2), Source: "kraken", At: then}, Came: rate.Price{Value: big.NewRat(25, 1), Source: "kraken", At: then},
		}},
	}
}

// newPriced returns a node whose pricing has prices. USD and XRP have one, GBP has none. XRP has jumped.
func newPriced(now time.Time) (*admintest.Node, error) {
	n, err := admintest.New("test.dealer", `{
		"xrp":  {"relation":"child","plugin":"loopback","assetCode":"XRP","assetScale":9},
		"usd":  {"relation":"child","plugin":"loopback","assetCode":"USD","assetScale":2},
		"cent": {"relation":"child","plugin":"loopback","assetCode":"USD","assetScale":0},
		"gbp":  {"relation":"child","plugin":"loopback","assetCode":"GBP","assetScale":2}
	}`)
	if err != nil {
		return nil, err
	}
	spread, err := rate.ParseSpread("0.002")
	if err != nil {
		return nil, err
	}
	d := rate.NewPricing(rate.PricingOptions{Spread: spread, MaxJump: big.NewRat(1, 5), Publish: func(*rate.Table) {}})
	then := now.Add(-70*time.Minute - 30*time.Second)
	for _, xrp := range []int64{2, 3} {
		d.Offer(rate.NewPriceTable("combined", map[string]rate.Price{
			"USD": {
				Value: big.NewRat(13, 12), Source: "ecb", At: then, MaxAge: 144 * time.Hour,
				Others: []rate.Price{{Value: big.NewRat(11, 10), Source: "kraken", At: then}},
			},
			"XRP": {Value: big.NewRat(xrp, 1), Source: "kraken", At: then},
		}, map[string]string{"GBP": "kraken answers 503"}, spread))
	}
	n.Priced = d.State()
	return n, nil
}

// addSettlements adds an unknown settlement, two that have ended, a receipt and its leftover.
// SettleNow succeeds for bob, and WriteOff for zoe, whom nothing pays.
func addSettlements(n *admintest.Node, now time.Time) {
	made := func(id, account string, state settle.State, amount uint64, ago time.Duration) settle.Settlement {
		at := now.Add(-ago - 30*time.Second)
		return settle.Settlement{ID: id, AccountID: account, State: state, Amount: balance.FromUint64(amount), Attempts: 1, Created: at, Updated: at}
	}
	unknown := made("0b9e2f64-7f0a-4a55-8a83-2d1f2c9a4b11", "alice", settle.Unknown, 1500, 50*time.Hour)
	unknown.Attempts, unknown.Reason, unknown.Updated = 12, "answer 502 \x1b[31mred", now.Add(-65*time.Minute-30*time.Second)
	n.Settled = []settle.Settlement{
		made("11111111-1111-4111-8111-111111111111", "bob", settle.NotSent, 5, 70*time.Minute),
		made("5f0c4a5e-0d5c-4f0e-9d3e-6a1c2b7f8e90", "alice", settle.Confirmed, 700, 40*time.Hour),
		unknown,
	}
	n.Credits = map[string][]settle.Credit{"alice": {{
		Receipt: settle.Receipt{ID: "r-\a1", Amount: balance.FromUint64(12345), Scale: 4}, AccountID: "alice",
		Credited: balance.FromUint64(123), At: now.Add(-80*time.Minute - 30*time.Second),
	}}}
	n.Left = []settle.Leftover{{AccountID: "alice", Amount: big.NewInt(45), Scale: 4}}
	n.Settle = func(id string) error {
		switch id {
		case "bob":
			return nil
		case "zoe":
			return settle.ErrOutOfBand
		}
		return settle.ErrUnknown
	}
	n.Resume = func(id string) (admin.ResumedRoutes, error) {
		if id != "bob" {
			return admin.ResumedRoutes{}, admin.Conflict("nothing of " + id + " is held back")
		}
		return admin.ResumedRoutes{Suspended: true, Damped: 3}, nil
	}
	n.Write = func(id string) error {
		if id != "zoe" {
			return settle.ErrPays
		}
		entry := made("22222222-2222-4222-8222-222222222222", "zoe", settle.WrittenOff, 40, 0)
		entry.Attempts = 0
		n.Settled = append([]settle.Settlement{entry}, n.Settled...)
		return nil
	}
}

// sessions returns a session that works, and one that does not and sends nothing.
func sessions(now time.Time) map[string]admin.RoutingPeer {
	at := func(d time.Duration) admin.Time { return admin.Time{Time: now.Add(d)} }
	return map[string]admin.RoutingPeer{
		"bob": {
			Send: &admin.RoutingSend{Epoch: 4, Mode: "SYNC"}, Receive: &admin.RoutingReceive{RoutingTableID: "its-table", Epoch: 9},
			Session: admin.RoutingSession{
				Relation: "parent", State: "established", Since: at(-90*time.Minute - 30*time.Second), Speaker: "test.parent",
				Received: 12, Accepted: 10, Damped: 1, Advertised: 3,
			},
		},
		"alice": {
			Receive: &admin.RoutingReceive{RoutingTableID: "no-table"},
			Session: admin.RoutingSession{
				Relation: "peer", State: "requested", Since: at(-50*time.Hour - 30*time.Minute),
				LastError: "F00 \x1b[31mread 127.0.0.1:1->127.0.0.1:2", NextRetry: at(4*time.Hour + 10*time.Minute + 30*time.Second),
			},
		},
		"zoe": {Send: &admin.RoutingSend{Mode: "IDLE"}, Session: admin.RoutingSession{Relation: "child", State: "idle"}},
	}
}

// explanations returns routes that have won and lost by every comparison.
func explanations() map[string]admin.Explanation {
	lost := func(hop, relation, path, by string) admin.Candidate {
		return admin.Candidate{Prefix: "test.far", NextHop: hop, Path: path, Source: "learned", Relation: relation, LostBy: by}
	}
	won := lost("alice", "peer", "test.a test.far", "")
	won.LocalPreference = 10
	gone := lost("ivan", "peer", "test.far", "stale")
	gone.Stale = true
	configured := admin.Candidate{Prefix: "test.static", NextHop: "bob", Source: "configured", Relation: "parent"}
	beside := lost("alice", "peer", "test.far", "configured")
	beside.Prefix = "test.static"
	own := admin.Candidate{Prefix: "test.conn", Source: "local"}
	last := gone
	last.LostBy = ""
	fallback := admin.Candidate{Prefix: "test", NextHop: "bob", Source: "default", Relation: "parent", LostBy: "prefix length"}
	refused := []admin.RefusedRoute{{Prefix: "test.far", NextHop: "judy", Reason: "path leads through us"}}
	damped := []admin.RefusedRoute{{
		Prefix: "test.flap", NextHop: "judy", Reason: "comes and goes too often",
		Until: admin.Time{Time: time.Now().Add(4*time.Hour + 10*time.Minute + 30*time.Second)},
	}}
	return map[string]admin.Explanation{
		"test.far.x": {
			Address: "test.far.x",
			Candidates: []admin.Candidate{
				won, lost("bob", "peer", "test.far", "local preference"), lost("carl", "parent", "test.far", "relation"),
				lost("dave", "peer", "test.d test.e test.far", "path length"), lost("erin", "peer", "test.e test.far", "account id"), gone,
			},
			Shorter: []admin.Candidate{fallback}, Refused: refused,
		},
		"test.static":   {Address: "test.static", Candidates: []admin.Candidate{configured, beside}},
		"test.conn":     {Address: "test.conn", Candidates: []admin.Candidate{own}},
		"test.conn.who": {Address: "test.conn.who", Candidates: []admin.Candidate{own}, Shorter: []admin.Candidate{fallback}},
		"test.gone":     {Address: "test.gone", Candidates: []admin.Candidate{last}},
		"test.far":      {Address: "test.far", Refused: refused},
		"test.flap":     {Address: "test.flap", Refused: damped},
	}
}
