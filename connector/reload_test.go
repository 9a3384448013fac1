package connector_test

import (
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/ilp-go/connector/config"
	"github.com/ilp-go/connector/connector"
	"github.com/ilp-go/connector/ilptest"
	"github.com/ilp-go/connector/rate"
	"github.com/ilp-go/connector/store"
)

// reload gives a connector another configuration: accounts, and other settings.
func (c *changeable) reload(accounts string, more ...string) (connector.Reloaded, error) {
	c.t.Helper()
	next, err := c.parse(accounts, more...)
	if err != nil {
		return connector.Reloaded{}, err
	}
	return c.Reload(next, false)
}

func (c *changeable) parse(accounts string, more ...string) (*config.Config, error) {
	next, _, err := config.Parse("test.yaml", []byte(fmt.Sprintf(`
ilpAddress: test.us
backend: one-to-one
spread: 0
store: disk
adminApi: true
adminApiPort: %d
%s
accounts:%s`, c.port, strings.Join(more, "\n"), accounts)), nil, config.Known{})
	return next, err
}

const child = `{relation: child, plugin: test, assetCode: USD, assetScale: 2, balance: {maximum: "%s"}%s}
`

func TestReloadChangesAccountsAndSettings(t *testing.T) {
	c := run(t, nil, changeableAccounts+"  carl: "+fmt.Sprintf(child, "5", ""))
	c.wantSent("fulfilled", "alice", "test.us.bob", 100)
	done, err := c.reload("\n  alice: "+fmt.Sprintf(child, "150", "")+"  bob: "+fmt.Sprintf(child, "1000", ", options: {fast: true}")+
		"  dora: "+fmt.Sprintf(child, "7", ""), "reflectPayments: false", "routes: [{targetPrefix: test.far, peerId: dora}]", "minMessageWindow: 2000")
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"accounts.alice.balance changed", "accounts.bob.options added", "accounts.carl removed", "accounts.dora added",
		"minMessageWindow changed", "reflectPayments changed", "routes changed",
	}
	if got := slices.Sorted(slices.Values(done.Changed)); !slices.Equal(got, want) || done.Restart != nil || done.Dropped != nil {
		t.Errorf("reloaded %q, %q, %q", got, done.Restart, done.Dropped)
	}
	if got := maxima(c); got != "alice=150 bob=1000 dora=7" {
		t.Errorf("the accounts are %s", got)
	}
	c.wantSent("T04 exceeded maximum balance.", "alice", "test.us.bob", 51)
	c.wantSent("fulfilled", "alice", "test.far.x", 50)
	c.wantSent("F02 refusing to route payments back to sender. sourceAccount=bob destinationAccount=test.us.bob", "bob", "test.us.bob", 1)
	c.wantSent("F02 no route found. source=bob destination=test.us.carl", "bob", "test.us.carl", 1)
	if got := c.made.Load(); got != 5 { // alice kept hers
		t.Errorf("%d links were made", got)
	}
	if _, text := ask(t, c.port, "GET", "/audit", ""); !strings.Contains(text, "reload configuration") {
		t.Errorf("the audit log has %s", text)
	}
}

func TestReloadThatCannotBeChangesNothing(t *testing.T) {
	c := run(t, nil, changeableAccounts)
	c.wantSent("fulfilled", "alice", "test.us.bob", 100)
	for name, tt := range map[string]struct {
		accounts string
		words    []string
	}{
		"two faults":       {"\n  alice: " + fmt.Sprintf(child, "x", "") + "  bob: " + fmt.Sprintf(child, "-1", ", minimum: 5"), []string{"accounts.alice.balance.maximum", "accounts.bob"}},
		"balances":         {"\n  carl: " + fmt.Sprintf(child, "1", ""), []string{"accounts.alice: is gone", "has a balance of", "accounts.bob: is gone", "force"}},
		"broken options":   {changeableAccounts + "  dora: " + fmt.Sprintf(child, "1", ", options: {broken: true}") + "  emma: " + fmt.Sprintf(child, "1", ", options: {broken: true}"), []string{"accounts.dora", "accounts.emma", "options.broken"}},
		"another unit":     {"\n  alice: " + strings.Replace(fmt.Sprintf(child, "1000", ""), "USD", "EUR", 1) + "  bob: " + fmt.Sprintf(child, "1000", ""), []string{"accounts.alice", "settle it before"}},
		"no balance":       {"\n  alice: {relation: child, plugin: test, assetCode: USD, assetScale: 2}\n  bob: " + fmt.Sprintf(child, "1000", ""), []string{"accounts.alice", "in nobody's view"}},
		"unknown plugin":   {"\n  alice: " + strings.Replace(fmt.Sprintf(child, "1000", ""), "plugin: test", "plugin: tset", 1) + "  bob: " + fmt.Sprintf(child, "1000", ""), []string{"plugin", "tset"}},
		"the same address": {"\n  alice: " + fmt.Sprintf(child, "1000", ", ilpAddressSegment: bob") + "  bob: " + fmt.Sprintf(child, "1000", ""), []string{"same address"}},
	} {
		_, err := c.reload(tt.accounts)
		for _, word := range tt.words {
			if err == nil || !strings.Contains(err.Error(), word) {
				t.Errorf("%s: %v, without %q", name, err, word)
			}
		}
		if got := maxima(c); got != "alice=1000 bob=1000" {
			t.Errorf("%s: the accounts are %s", name, got)
		}
		c.wantSent("fulfilled", "alice", "test.us.bob", 1)
	}
	if done, err := c.reload(changeableAccounts); err != nil || done.Changed != nil {
		t.Errorf("the same again: %+v, %v", done, err)
	}
}

// What takes a restart is told, and the rest of the configuration holds.
func TestReloadTellsWhatTakesARestart(t *testing.T) {
	c := run(t, nil, changeableAccounts)
	done, err := c.reload(changeableAccounts, "routeBroadcastInterval: 99999", "maxHoldTime: 20000")
	if err != nil || !slices.Equal(done.Restart, []string{"routeBroadcastInterval"}) || !slices.Equal(done.Changed, []string{"maxHoldTime changed"}) {
		t.Errorf("%+v, %v", done, err)
	}
	done, err = c.reload(changeableAccounts, "routeBroadcastInterval: 99999", "maxHoldTime: 20000")
	if err != nil || len(done.Restart) != 1 || len(done.Changed) != 0 {
		t.Errorf("again: %+v, %v", done, err)
	}
}

// Each setting that the documentation says to reload does, and no other.
func TestReloadedSettingsAreThoseOfTheSchema(t *testing.T) {
	c := run(t, nil, changeableAccounts)
	left := config.Reloadable()
	for line, setting := range map[string]string{
		"routes: [{targetPrefix: test.far, peerId: bob}]": "routes", "spreads: [{from: USD, to: EUR, spread: 0.5}]": "spreads", "defaultRoute: bob": "defaultRoute", "minMessageWindow: 2000": "minMessageWindow",
		"maxHoldTime: 20000": "maxHoldTime", "reflectPayments: false": "reflectPayments", "routeExpiry: 50000": "", "adminApiHost: localhost": "",
	} {
		done, err := c.reload(changeableAccounts, line)
		if err != nil || config.Reloads(setting) != (len(done.Changed) == 1 && strings.HasPrefix(done.Changed[0], setting+" ")) || config.Reloads(setting) != (done.Restart == nil) {
			t.Errorf("%s: %+v, %v", line, done, err)
		}
		if done, err = c.reload(changeableAccounts); err != nil || config.Reloads(setting) != (len(done.Changed) == 1) { // and back
			t.Errorf("back from %s: %+v, %v", line, done, err)
		}
		left = slices.DeleteFunc(left, func(name string) bool { return name == setting })
	}
	if len(left) > 0 {
		t.Errorf("%q were not tried", left)
	}
}

// A spread of a pair holds as soon as a reload has said so, and gives way when it is gone.
func TestReloadChangesSpreads(t *testing.T) {
	c := run(t, nil, changeableAccounts)
	for _, tt := range []struct{ spreads, want string }{
		{"spreads: [{from: USD, to: USD, spread: 0.5}, {from: EUR, to: USD, spread: 0.1}]", "1/2"},
		{"spreads: [{from: USD, to: USD, spread: 0.25}]", "3/4"},
		{"maxHoldTime: 20000", "1"},
	} {
		if _, err := c.reload(changeableAccounts, tt.spreads); err != nil {
			t.Fatal(err)
		}
		dollar := rate.Asset{Code: "USD", Scale: 2}
		got, err := connector.Pricing(c.Connector).Table.Between(dollar, dollar)
		if err != nil || got.Rat().RatString() != tt.want {
			t.Errorf("%s: the rate is %v, %v, want %s", tt.spreads, got, err, tt.want)
		}
	}
}

// What operators have changed stays, but for accounts whose entry is another one now.
func TestReloadKeepsWhatOperatorsChanged(t *testing.T) {
	c := run(t, nil, changeableAccounts)
	c.want(http.StatusOK, "PATCH", "/accounts/alice", `{"balance":{"maximum":"8"},"options":{"secret":"s3cret"}}`)
	c.want(http.StatusOK, "PATCH", "/accounts/bob", `{"balance":{"maximum":"9"}}`)
	c.want(http.StatusOK, "POST", "/accounts", `{"id":"carl","options":{"relation":"child","plugin":"test","assetCode":"USD","assetScale":2,"balance":{"maximum":"7"}}}`)
	c.want(http.StatusOK, "POST", "/accounts/alice/pause", ``)
	accounts := strings.Replace(changeableAccounts, `"1000"`, `"500"`, 1)
	done, err := c.reload(accounts)
	if err != nil || !slices.Equal(done.Dropped, []string{"alice"}) ||
		!slices.Equal(done.Changed, []string{"accounts.alice.balance changed", "accounts.alice.options removed"}) {
		t.Errorf("%+v, %v", done, err)
	}
	const want = "alice=500 bob=9 carl=7"
	if got := maxima(c); got != want {
		t.Errorf("the accounts are %s, want %s", got, want)
	}
	c.wantSent("T03 account is paused.", "alice", "test.us.bob", 1)
	state := c.disk.states[len(c.disk.states)-1]
	c.stop()
	c = run(t, state, accounts)
	if got := maxima(c); got != want {
		t.Errorf("after a restart the accounts are %s, want %s", got, want)
	}
}

// Reloads under load, a third of them invalid, lose no packet of accounts that stay. After an
// invalid one the configuration from before is in force.
func TestReloadsUnderLoadLoseNothing(t *testing.T) {
	const two = `
  alice: {relation: child, plugin: test, assetCode: USD, assetScale: 2, balance: {maximum: "%d"}, rateLimit: {refillCount: 1000000000}}
  bob: {relation: child, plugin: test, assetCode: USD, assetScale: 2, balance: {maximum: "1000000000"}}
`
	const most = 1_000_000_000
	c := run(t, nil, fmt.Sprintf(two, most))
	h := c.handler("alice")
	stop, sent := make(chan struct{}), make(chan int)
	go func() {
		n := 0
		defer func() { sent <- n }()
		for {
			select {
			case <-stop:
				return
			default:
			}
			r := ilptest.NewRecorder()
			h.HandlePrepare(r, ilptest.Prepare("test.us.bob", 1, ilptest.Data(fmt.Append(nil, sequence.Add(1)))))
			if reply := r.Reply(); !reply.Fulfilled() {
				t.Errorf("packet %d: %s", n, outcome(reply))
				return
			}
			n++
		}
	}()
	var holds string
	for i := range 60 {
		accounts := fmt.Sprintf(two, most+i%2) + fmt.Sprintf("  x%d: ", i%4) + fmt.Sprintf(child, fmt.Sprint(i+1), "")
		if i%3 == 2 {
			accounts += "  bad: {}\n"
		} else {
			holds = fmt.Sprintf("alice=%d bob=%d x%d=%d", most+i%2, most, i%4, i+1)
		}
		_, err := c.reload(accounts)
		var faults config.Faults
		if (err != nil) != (i%3 == 2) || err != nil && !errors.As(err, &faults) {
			t.Fatalf("reload %d: %v", i, err)
		}
		if got := maxima(c); got != holds {
			t.Fatalf("after reload %d the accounts are %s, not %s", i, got, holds)
		}
	}
	close(stop)
	n := <-sent
	if a, b := snapshot(c.Connector, "alice").Posted.String(), snapshot(c.Connector, "bob").Posted.String(); a != fmt.Sprint(n) || b != "-"+fmt.Sprint(n) {
		t.Errorf("after %d packets alice owes us %s and bob %s", n, a, b)
	}
}

// A change that was discarded gives way at the next reload, whatever it was.
func TestReloadUndoesWhatWasDiscarded(t *testing.T) {
	c := run(t, nil, changeableAccounts)
	c.want(http.StatusOK, "PATCH", "/accounts/alice", `{"balance":{"maximum":"8"}}`)
	c.want(http.StatusOK, "DELETE", "/accounts/bob", ``)
	c.want(http.StatusOK, "POST", "/accounts", `{"id":"carl","options":{"relation":"child","plugin":"test","assetCode":"USD","assetScale":2,"balance":{"maximum":"7"}}}`)
	c.want(http.StatusOK, "POST", "/accounts", `{"id":"dora","options":{"relation":"child","plugin":"test","assetCode":"USD","assetScale":2,"balance":{"maximum":"6"}}}`)
	if _, err := c.reload(changeableAccounts); err != nil || maxima(c) != "alice=8 carl=7 dora=6" {
		t.Errorf("a reload leaves %s, %v", maxima(c), err)
	}
	for _, id := range []string{"alice", "bob", "carl"} {
		c.want(http.StatusOK, "DELETE", "/config/changes/"+id, ``)
	}
	done, err := c.reload(changeableAccounts)
	if err != nil || maxima(c) != "alice=1000 bob=1000 dora=6" || len(done.Changed) != 3 {
		t.Errorf("then %s, %+v, %v", maxima(c), done, err)
	}
	if done, err = c.reload(changeableAccounts); err != nil || len(done.Changed) != 0 {
		t.Errorf("and again: %+v, %v", done, err)
	}
}

// A start that fails has changed nothing: the edit that made it fail can be taken back.
func TestStartThatFailsForgetsNoChange(t *testing.T) {
	c := run(t, nil, changeableAccounts)
	c.want(http.StatusOK, "PATCH", "/accounts/alice", `{"assetScale":3}`)
	c.wantSent("fulfilled", "alice", "test.us.bob", 100)
	state := maps.Clone(c.disk.states[len(c.disk.states)-1])
	state["balances/alice"] = "100 3 USD"
	c.stop()
	edited := strings.Replace(changeableAccounts, `"1000"`, `"500"`, 1)
	failed := newRecorded(state)
	next, err := c.parse(edited)
	if err != nil {
		t.Fatal(err)
	}
	again, err := connector.New(next, connector.WithStore("disk", func(connector.StoreConfig) (store.Store, error) { return failed, nil }),
		connector.WithPlugin("test", func(config.Account, *slog.Logger) (connector.Link, error) {
			return newTestLink(ilptest.Fulfilling()), nil
		}))
	if err != nil {
		t.Fatal(err)
	}
	if err := again.Run(t.Context()); err == nil || !strings.Contains(err.Error(), "its balance of 100 is kept in USD with scale 3") {
		t.Errorf("the start with the edit: %v", err)
	}
	after := make(map[string]string)
	_ = failed.Load("", func(key string, value []byte) error { after[key] = string(value); return nil })
	c = run(t, after, changeableAccounts)
	if got := snapshot(c.Connector, "alice").Posted.String(); got != "100" {
		t.Errorf("then alice owes us %s", got)
	}
}
