package connector_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/ilp-go/connector/account"
	"github.com/ilp-go/connector/admin"
	"github.com/ilp-go/connector/connector"
	"github.com/ilp-go/connector/ilptest"
	"github.com/ilp-go/connector/store"
)

// renaming is a connector that is started again and again on one disk, with one account
// whose id changes.
type renaming struct {
	t    *testing.T
	disk *disk
	port int
	log  *bytes.Buffer
	*connector.Connector
	stop func()
}

func newRenaming(t *testing.T) *renaming {
	return &renaming{t: t, disk: newDisk(), port: freePort(t), stop: func() {}}
}

// run starts it with an account, after it has ended the run before.
func (r *renaming) run(id, options string) {
	r.t.Helper()
	r.stop()
	r.log = new(bytes.Buffer)
	yaml := fmt.Sprintf(`
ilpAddress: test.us
backend: one-to-one
store: disk
adminApi: true
adminApiPort: %d
settlementApiPort: %d
accounts:
  %s: {relation: child, plugin: test, assetCode: USD, assetScale: 2%s}
`, r.port, freePort(r.t), id, options)
	r.Connector, r.stop = start(r.t, yaml, r.disk.option(), links(map[string]*testLink{id: newTestLink(ilptest.NewLink())}),
		connector.WithLog(slog.New(slog.NewTextHandler(r.log, nil))))
	awaitReady(r.t, r)
}

// lines ends the run, and returns the lines of its log with a text.
func (r *renaming) lines(with string) (n int) {
	r.stop()
	r.stop = func() {}
	return strings.Count(r.log.String(), with)
}

// put writes to the disk as an earlier run has done.
func (r *renaming) put(key, value string) {
	r.t.Helper()
	if err := r.disk.Apply(store.Batch{{Key: key, Value: []byte(value)}}); err != nil {
		r.t.Fatal(err)
	}
}

func (r *renaming) ask(method, path, body string, status int) (text string) {
	r.t.Helper()
	got, text := ask(r.t, r.port, method, path, body)
	if got != status {
		r.t.Errorf("%s %s is answered %d %s, want %d", method, path, got, text, status)
	}
	return text
}

// wantAlerts compares what the raised alerts begin with.
func (r *renaming) wantAlerts(want ...string) {
	r.t.Helper()
	all := r.Alerts().All()
	if !slices.EqualFunc(all, want, func(a account.Alert, begins string) bool {
		return a.About == account.AboutMoney && strings.HasPrefix(a.AccountID+": "+a.Message, begins)
	}) {
		r.t.Errorf("the alerts are %+v, want %q", all, want)
	}
}

const limited = `, balance: {maximum: "1000"}`

func TestBalanceOfARenamedAccountIsReportedAndMoved(t *testing.T) {
	r := newRenaming(t)
	r.put("balances/old", "-70 2 USD")
	for range 2 { // one alert, however often it starts
		r.run("new", limited)
		r.wantAlerts("old: a balance of -70 in USD with scale 2 is stored, and no account has that id: configure the account again, " +
			"or move the balance with 'ilp-connector balance move', or take it off with 'ilp-connector balance adjust old 70'")
	}
	const row = `"former":[{"accountId":"old","assetCode":"USD","assetScale":2,"posted":"-70","settling":"0"}]`
	if text := r.ask("GET", "/balance", "", http.StatusOK); !strings.Contains(text, row) {
		t.Errorf("GET /balance is %s", text)
	}
	r.ask("POST", "/balance/move", `{"from":"old","to":"new","reason":"renamed"}`, http.StatusNoContent)
	r.wantAlerts()
	if got := snapshot(r, "new").Posted.String() + ", " + r.disk.balances(t); got != "-70, new=-70 2 USD, old=0 2 USD" {
		t.Errorf("posted, and kept: %s", got)
	}
	audit := r.ask("GET", "/audit?account=new", "", http.StatusOK)
	for _, want := range []string{`"what":"move balance"`, `"reason":"renamed"`, `"amount":"-70"`, `"from":"old"`, `"postedBefore":"0"`, `"postedAfter":"-70"`} {
		if !strings.Contains(audit, want) {
			t.Errorf("the audit log has no %s: %s", want, audit)
		}
	}
	r.ask("POST", "/balance/move", `{"from":"old","to":"new"}`, http.StatusConflict)
	if n := r.lines("a stored balance belongs to no account"); n != 1 {
		t.Errorf("%d lines in the log:\n%s", n, r.log)
	}
	r.run("new", limited)
	r.wantAlerts()
	if got := snapshot(r, "new").Posted.String(); got != "-70" {
		t.Errorf("after a restart the new account stands at %s", got)
	}
}

func TestAlertOfABalanceEndsWhenAnAccountHasItOrNothingIsLeft(t *testing.T) {
	r := newRenaming(t)
	r.put("balances/old", "7 2 USD")
	r.run("old", "") // it has lost its balance block
	r.wantAlerts("old: a balance of 7 in USD with scale 2 is stored, and the account has no balance block: configure that again, or move")
	r.run("old", limited)
	r.wantAlerts()
	r.run("new", limited)
	r.wantAlerts("old: ")
	r.ask("POST", "/balance", `{"accountId":"old","amountDiff":"-3"}`, http.StatusNoContent)
	r.wantAlerts("old: a balance of 4 ")
	r.ask("POST", "/balance", `{"accountId":"old","amountDiff":"-4"}`, http.StatusNoContent)
	r.wantAlerts()
}

func TestManyBalancesThatNoAccountHasAreCounted(t *testing.T) {
	r := newRenaming(t)
	for i := range 25 {
		r.put(fmt.Sprintf("balances/old%02d", i), "7 2 USD")
	}
	r.put("balances/empty", "0 2 USD")
	r.run("new", limited)
	alerts := r.Alerts().All()
	if n := len(alerts); n != 21 || !strings.HasPrefix(alerts[20].Message, "5 more stored balances belong to no account") {
		t.Errorf("%d alerts, the last is %+v", n, alerts[n-1])
	}
	for i := range 5 {
		r.ask("POST", "/balance/move", fmt.Sprintf(`{"from":"old%02d","to":"new"}`, i), http.StatusNoContent)
	}
	if n := len(r.Alerts().All()); n != 15 {
		t.Errorf("with 20 balances left there are %d alerts", n)
	}
	if n := r.lines("a stored balance belongs to no account"); n != 20 {
		t.Errorf("%d lines in the log", n)
	}
	if n := strings.Count(r.log.String(), "more=5"); n != 1 {
		t.Errorf("%d lines count the others", n)
	}
}

// sentSettlement is a settlement of 50 that an earlier run has sent.
const sentSettlement = `{"version":1,"state":"sent","amount":"50","pay":"50","scale":2,"created":"2026-01-01T00:00:00Z","updated":"2026-01-01T00:00:00Z"}`

func TestMoveIsRefusedWhileASettlementIsOpenOrTheUnitsDiffer(t *testing.T) {
	r := newRenaming(t)
	r.put("balances/old", "-70 2 USD")
	r.put("balances/coarse", "-70 0 USD")
	r.put("settlements/old/7f", sentSettlement)
	r.run("new", limited)
	for from, want := range map[string]string{
		"old":    "settlements resolve old 7f",
		"coarse": "coarse is in USD with scale 0, new in USD with scale 2",
		"none":   "no balance that could be moved is stored under none",
		"new":    "account new is configured and has its balance",
	} {
		body := fmt.Sprintf(`{"from":%q,"to":"new"}`, from)
		if text := r.ask("POST", "/balance/move", body, http.StatusConflict); !strings.Contains(text, want) {
			t.Errorf("%s: %s", from, text)
		}
	}
	r.ask("POST", "/balance/move", `{"from":"old","to":"nobody"}`, http.StatusNotFound)
	if got := r.disk.balances(t); got != "coarse=-70 0 USD, old=-70 2 USD" {
		t.Errorf("kept %s", got)
	}
	r.run("new", "")
	r.ask("POST", "/balance/move", `{"from":"coarse","to":"new"}`, http.StatusConflict)
}

// The outcome of a settlement is unknown, the account is renamed, and the operator says how
// the settlement ended. Nothing is left to do.
func TestAlertOfAnUnknownOutcomeEndsWhenTheAccountIsGone(t *testing.T) {
	for _, open := range []string{"7f", "7f 80"} {
		r := newRenaming(t)
		r.put("balances/old", "-170 2 USD")
		ids := strings.Fields(open)
		for _, id := range ids {
			r.put("settlements/old/"+id, sentSettlement)
		}
		r.run("old", limited)
		awaitAlerts(t, r.Connector, 1)
		const unknown = "old: the outcome of a settlement is unknown"
		r.run("new", limited)
		for _, id := range ids {
			r.wantAlerts(unknown, "old: a balance of -170 ", "old: settlements of ")
			r.ask("POST", "/settlements/old/"+id, `{"paid":false,"reason":"the ledger"}`, http.StatusNoContent)
		}
		r.wantAlerts("old: a balance of -170 ")
		r.ask("POST", "/balance/move", `{"from":"old","to":"new"}`, http.StatusNoContent)
		r.wantAlerts()
		r.run("new", limited)
		r.wantAlerts()
		r.stop()
	}
}

func TestOpenSettlementOfAnAccountThatIsNotConfiguredIsSeenAndResolved(t *testing.T) {
	for paid, want := range map[bool]string{true: "old=-20 2 USD", false: "old=-70 2 USD"} {
		r := newRenaming(t)
		r.put("balances/old", "-70 2 USD")
		r.put("settlements/old/7f", sentSettlement)
		r.run("new", limited)
		r.wantAlerts("old: a balance of -70 in USD with scale 2 is stored, and no account has that id: configure the account again",
			"old: settlements of 50 in USD with scale 2 are open, and the account is not configured or does not settle: find out")
		if text := r.ask("GET", "/balance", "", http.StatusOK); !strings.Contains(text, `"posted":"-70","settling":"50"`) {
			t.Errorf("GET /balance is %s", text)
		}
		for _, path := range []string{"/settlements", "/settlements?account=old"} {
			var list admin.SettlementList
			if err := json.Unmarshal([]byte(r.ask("GET", path, "", http.StatusOK)), &list); err != nil || len(list.Settlements) != 1 {
				t.Fatalf("%s: %+v, %v", path, list, err)
			}
			if s := list.Settlements[0]; s.ID != "7f" || s.AssetCode != "USD" || s.Scale != 2 || s.State != "unknown" || !s.NeedsOperator {
				t.Errorf("%s: %+v", path, s)
			}
		}
		verdict := fmt.Sprintf(`{"paid":%t,"reason":"the ledger"}`, paid)
		r.ask("POST", "/settlements/old/7f", verdict, http.StatusNoContent)
		r.ask("POST", "/settlements/old/7f", verdict, http.StatusNotFound)
		if got := r.disk.balances(t); got != want {
			t.Errorf("paid %t: kept %s", paid, got)
		}
		r.wantAlerts("old: a balance of -" + want[5:7])
		r.ask("POST", "/balance/move", `{"from":"old","to":"new"}`, http.StatusNoContent)
		r.run("old", limited) // it comes back, and its settlement has ended
		if s := snapshot(r, "old"); s.Posted.Sign() != 0 || s.Settling.Sign() != 0 {
			t.Errorf("paid %t: the account that comes again has %+v", paid, s)
		}
		r.stop()
	}
}
