package connector_test

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ilp-go/connector/account"
	"github.com/ilp-go/connector/config"
	"github.com/ilp-go/connector/connector"
	eng "github.com/ilp-go/connector/engine"
	"github.com/ilp-go/connector/ilp"
	"github.com/ilp-go/connector/ilptest"
	"github.com/ilp-go/connector/store"
)

// pair is two accounts on one disk, alice who pays and bob who fulfills.
type pair struct {
	*connector.Connector
	t          *testing.T
	disk       *disk
	alice, bob *testLink
	options    []connector.Option
	stop       func()
}

func startPair(t *testing.T, yaml string, options ...connector.Option) *pair {
	t.Helper()
	p := &pair{t: t, disk: newDisk(), alice: newTestLink(ilptest.NewLink()), bob: newTestLink(ilptest.NewLink())}
	p.options = append([]connector.Option{
		links(map[string]*testLink{"alice": p.alice, "bob": p.bob}), p.disk.option(),
	}, options...)
	p.Connector, p.stop = start(t, yaml, p.options...)
	awaitReady(t, p)
	return p
}

// send sends a packet of alice's to bob.
func (p *pair) send(amount uint64) *ilptest.Recorder {
	h := <-p.alice.handler
	p.alice.handler <- h
	r := ilptest.NewRecorder()
	h.HandlePrepare(r, ilptest.Prepare("test.us.bob.x", amount, ilptest.Data([]byte(fmt.Sprint(time.Now().UnixNano())))))
	return r
}

// pay has bob fulfill a packet of alice's.
func (p *pair) pay(amount uint64) {
	p.t.Helper()
	r := p.send(amount)
	p.bob.Take().Up.WriteReply(ilptest.Fulfill())
	if reply := r.Reply(); !reply.Fulfilled() {
		p.t.Fatalf("rejected with %s %s", reply.Code(), reply.Message())
	}
}

// add adds an account.
func (p *pair) add(id, options string) error {
	p.t.Helper()
	a, _, err := config.ParseAccount(id, []byte(options), connector.Known(p.options...))
	if err != nil {
		p.t.Fatal(err)
	}
	return p.AddAccount(a)
}

// posted is what an account owes by memory.
func (p *pair) posted(id string) string {
	return snapshot(p, id).Posted.String()
}

func (p *pair) wantKept(want string) {
	p.t.Helper()
	if got := p.disk.balances(p.t); got != want {
		p.t.Errorf("kept %q, want %q", got, want)
	}
}

// draft is a packet of our own.
func draft(to string, amount uint64) ilp.Draft {
	p := ilptest.Prepare(to, amount)
	return ilp.Draft{
		Amount: amount, Expiry: p.Expiry(), Condition: [32]byte(p.Condition()), Destination: to,
		Data: []byte(fmt.Sprint(time.Now().UnixNano())),
	}
}

// TestPacketOfOurOwnMovesTheNextBalanceAlone holds whichever account was the first.
func TestPacketOfOurOwnMovesTheNextBalanceAlone(t *testing.T) {
	for to, kept := range map[string]string{"alice": "alice=-100 2 USD", "bob": "bob=-100 4 USD"} {
		p := startPair(t, twoAccounts+"store: disk\n")
		fulfill := func(ilp.Prepare) ilp.Reply { return ilptest.Fulfill() }
		p.alice.Answer, p.bob.Answer = fulfill, fulfill
		reply, err := p.Send(t.Context(), draft("test.us."+to+".x", 100))
		if err != nil || !reply.Fulfilled() {
			t.Fatal(err, reply.Code())
		}
		p.wantKept(kept)
		if got := p.posted(to); got != "-100" {
			t.Errorf("%s stands at %s", to, got)
		}
		p.stop()
	}
}

// TestAccountIDThatIsTooLongIsRefused holds that it is refused where it is configured, and
// that nobody else suffers from it.
func TestAccountIDThatIsTooLongIsRefused(t *testing.T) {
	p := startPair(t, twoAccounts+"store: disk\n")
	long := strings.Repeat("x", config.AccountIDMax+1)
	const options = `{"relation":"child","ilpAddressSegment":"rob","plugin":"test","assetCode":"USD","assetScale":2,"balance":{"maximum":"100000"}}`
	if _, _, err := config.ParseAccount(long, []byte(options), connector.Known(p.options...)); err == nil || !strings.Contains(err.Error(), "longer than") {
		t.Errorf("%.300v", err)
	}
	p.pay(1)
}

// TestFulfillIsNotReplacedOnItsWayBack is for a middleware of the incoming chain: bob is
// owed by then.
func TestFulfillIsNotReplacedOnItsWayBack(t *testing.T) {
	p := startPair(t, twoAccounts+"store: disk\n", connector.WithMiddleware("policy", func(*account.Account) (in, out eng.Middleware) {
		return eng.ReplyFunc(func(p *eng.Packet) eng.Verdict {
			if p.Reply().Fulfilled() {
				return p.Refuse(ilp.T99, "policy says no.")
			}
			return eng.Pass
		}), nil
	}))
	p.pay(100)
	p.wantKept("alice=100 2 USD, bob=-10000 4 USD")
	if got := p.posted("alice"); got != "100" {
		t.Errorf("alice stands at %s", got)
	}
	wantAlert(t, p.Connector, "alice", "a middleware wanted to reject packets")
}

// wantAlert checks that an alert of an account begins so, and returns it.
func wantAlert(t *testing.T, c *connector.Connector, id, begins string) (found account.Alert) {
	t.Helper()
	for _, a := range c.Alerts().All() {
		if a.AccountID == id && strings.HasPrefix(a.Message, begins) {
			return a
		}
	}
	t.Errorf("no alert of %q begins with %q: %+v", id, begins, c.Alerts().All())
	return found
}

// hanging is a disk that hangs while the gate is locked.
type hanging struct {
	*disk
	gate sync.Mutex
}

func (d *hanging) Apply(b store.Batch) error {
	d.gate.Lock()
	defer d.gate.Unlock()
	return d.disk.Apply(b)
}

// TestNoNewMoneyWhileTheDiskHangs holds from half of minMessageWindow on, with an alert
// and on /readyz, and that what was let out before goes on when the disk does, counted if
// that is too late.
func TestNoNewMoneyWhileTheDiskHangs(t *testing.T) {
	d, port := &hanging{disk: newDisk()}, freePort(t)
	p := startPair(t, fmt.Sprintf("%sstore: hanging\nminMessageWindow: 300\nadminApi: true\nadminApiPort: %d\n", twoAccounts, port),
		connector.WithStore("hanging", func(connector.StoreConfig) (store.Store, error) { return d, nil }))
	p.disk = d.disk
	p.pay(1)
	d.gate.Lock()
	expiry := time.Now().Add(900 * time.Millisecond)
	first := ilptest.NewRecorder()
	h := <-p.alice.handler
	p.alice.handler <- h
	h.HandlePrepare(first, ilptest.Prepare("test.us.bob.x", 2, ilptest.ExpiresAt(expiry.UnixMilli())))
	p.bob.Take().Up.WriteReply(ilptest.Fulfill())
	await(t, "an alert", func() bool { return len(p.Alerts().All()) > 0 })
	wantAlert(t, p.Connector, "", "balances wait for the store")
	if reply := p.send(3).Reply(); reply.Code() != ilp.T03 {
		t.Errorf("new money is answered %s", reply.Code())
	}
	if status, text := ask(t, port, "GET", "/readyz", ""); status != http.StatusServiceUnavailable || !strings.Contains(text, "wait for the store") {
		t.Errorf("/readyz: %d %s", status, text)
	}
	free := p.send(0) // what moves no money passes
	p.bob.Take().Up.WriteReply(ilptest.Fulfill())
	if reply := free.Reply(); !reply.Fulfilled() {
		t.Errorf("a packet of no value is answered %s", reply.Code())
	}
	await(t, "the expiry", func() bool { return time.Now().After(expiry) })
	if first.Calls() != 0 {
		t.Fatal("answered before it is written down")
	}
	d.gate.Unlock()
	if reply := first.Reply(); !reply.Fulfilled() {
		t.Errorf("answered %s", reply.Code())
	}
	await(t, "the alert to end", func() bool { return p.Alerts().All()[0].AccountID == "alice" })
	if a := wantAlert(t, p.Connector, "alice", "fulfills were passed to the account after their packets had expired"); !strings.HasSuffix(a.Message, "1 since the start, worth 2") {
		t.Errorf("the alert says %q", a.Message)
	}
	await(t, "money to flow again", func() bool {
		status, _ := ask(t, port, "GET", "/readyz", "")
		return status == http.StatusOK
	})
	p.pay(4)
	p.wantKept("alice=7 2 USD, bob=-700 4 USD")
}

// await waits until something holds.
func await(t *testing.T, what string, holds func() bool) {
	t.Helper()
	ticker := time.NewTicker(time.Millisecond)
	defer ticker.Stop()
	deadline := time.After(30 * time.Second)
	for !holds() {
		select {
		case <-ticker.C:
		case <-deadline:
			t.Fatalf("waited in vain for %s", what)
		}
	}
}

const alicesOptions = `{"relation":"child","plugin":"test","assetCode":"USD","assetScale":2,"balance":{"maximum":"1000"}}`

// TestRemovalWaitsForPacketsUnderWay holds for those from the account and those to it:
// their Fulfills move money and reach whoever waits. Meanwhile it takes nothing new.
func TestRemovalWaitsForPacketsUnderWay(t *testing.T) {
	for _, id := range []string{"alice", "bob"} {
		p := startPair(t, twoAccounts+"store: disk\n")
		r := p.send(100)
		sent := p.bob.Take()
		p.bob.Answer = func(ilp.Prepare) ilp.Reply { return ilptest.Fulfill() }
		removed := make(chan error, 1)
		go func() { removed <- p.RemoveAccount(id) }()
		await(t, "new packets to be refused", func() bool { reply := p.send(0).Reply(); return !reply.Fulfilled() })
		if err := p.RemoveAccount(id); !errors.Is(err, connector.ErrLeaving) {
			t.Errorf("removed a second time: %v", err)
		}
		if err := p.add(id, alicesOptions); !errors.Is(err, connector.ErrLeaving) {
			t.Errorf("added meanwhile: %v", err)
		}
		select {
		case err := <-removed:
			t.Fatalf("%s is removed with a packet under way: %v", id, err)
		default:
		}
		sent.Up.WriteReply(ilptest.Fulfill())
		if reply := r.Reply(); !reply.Fulfilled() {
			t.Errorf("%s: answered %s", id, reply.Code())
		}
		if err := <-removed; err != nil {
			t.Error(err)
		}
		p.wantKept("alice=100 2 USD, bob=-10000 4 USD")
		p.stop()
	}
}

// TestRemovalWaitsNoLongerThanAPacketCan holds for a counterparty that never answers.
func TestRemovalWaitsNoLongerThanAPacketCan(t *testing.T) {
	p := startPair(t, twoAccounts+"store: disk\nmaxHoldTime: 1500\n")
	r := p.send(100)
	p.bob.Take()
	if err := p.RemoveAccount("bob"); err != nil {
		t.Error(err)
	}
	if reply := r.Reply(); reply.Code() != ilp.R00 {
		t.Errorf("answered %s", reply.Code())
	}
}

// TestAddedAgainItGoesOnWithItsBalance holds with and without a store, also for what the
// earlier account had under way when it was removed in spite of it.
func TestAddedAgainItGoesOnWithItsBalance(t *testing.T) {
	for _, kept := range []string{"store: disk\n", ""} {
		p := startPair(t, twoAccounts+kept+"maxHoldTime: 1500\ndisableMiddleware: [expire]\n")
		p.pay(7)
		late := p.send(100)
		sent := p.bob.Take()
		if err := p.RemoveAccount("alice"); err != nil { // packets do not expire here: it gives up
			t.Fatal(err)
		}
		<-p.alice.handler
		if err := p.add("alice", alicesOptions); err != nil {
			t.Fatal(err)
		}
		if s := snapshot(p, "alice"); s.Posted.String() != "7" || s.PendingIn.String() != "100" {
			t.Errorf("stands at %s, with %s under way", s.Posted, s.PendingIn)
		}
		sent.Up.WriteReply(ilptest.Fulfill())
		late.Reply()
		if got := p.posted("alice"); got != "107" {
			t.Errorf("stands at %s", got)
		}
		if kept != "" {
			p.wantKept("alice=107 2 USD, bob=-10700 4 USD")
		}
		p.stop()
	}
}

// TestLineOfAFormerAccountIsNotTouched is for an account that is added again without a
// balance: its line stays, is shown as what is left, and can be edited.
func TestLineOfAFormerAccountIsNotTouched(t *testing.T) {
	port := freePort(t)
	p := startPair(t, fmt.Sprintf("%sstore: disk\nadminApi: true\nadminApiPort: %d\n", twoAccounts, port))
	p.pay(7)
	if err := p.RemoveAccount("alice"); err != nil {
		t.Fatal(err)
	}
	<-p.alice.handler
	balances := func(want string) {
		t.Helper()
		if _, text := ask(t, port, "GET", "/balance", ""); strings.Contains(text, `"former"`) != (want != "") || !strings.Contains(text, want) {
			t.Errorf("GET /balance: %s", text)
		}
	}
	const left = `"former":[{"accountId":"alice","assetCode":"USD","assetScale":2,"posted":"7","settling":"0"}]`
	balances(left)
	if err := p.add("alice", `{"relation":"child","plugin":"test","assetCode":"USD","assetScale":2}`); err != nil {
		t.Fatal(err)
	}
	balances(left)
	p.pay(50) // nothing is written of alice
	p.wantKept("alice=7 2 USD, bob=-5700 4 USD")
	if status, text := edit(t, port, "-7"); status != http.StatusNoContent {
		t.Errorf("%d %s", status, text)
	}
	balances("")
	p.wantKept("alice=0 2 USD, bob=-5700 4 USD")
	if got := entries(t, p.Connector); !slices.Contains(got, "edit balance alice done") {
		t.Errorf("the log of changes has %q", got)
	}
}

// TestUnitOfAnAccountChangesAtZero holds at run time and at a start; with a balance it is
// refused and says how to get there, and the advice works.
func TestUnitOfAnAccountChangesAtZero(t *testing.T) {
	port := freePort(t)
	p := startPair(t, fmt.Sprintf("%sstore: disk\nadminApi: true\nadminApiPort: %d\n", twoAccounts, port))
	p.pay(7)
	const finer = `{"relation":"child","plugin":"test","assetCode":"USD","assetScale":4,"balance":{"maximum":"1000"}}`
	if err := p.RemoveAccount("alice"); err != nil {
		t.Fatal(err)
	}
	<-p.alice.handler
	err := p.add("alice", finer)
	if err == nil || !strings.Contains(err.Error(), "bring the balance to 0 first") {
		t.Fatalf("added with a balance: %v", err)
	}
	if status, text := edit(t, port, "-7"); status != http.StatusNoContent {
		t.Fatalf("%d %s", status, text)
	}
	if err := p.add("alice", finer); err != nil {
		t.Fatal(err)
	}
	p.pay(9)
	p.wantKept("alice=9 4 USD, bob=-709 4 USD")
	if status, text := edit(t, port, "-9"); status != http.StatusNoContent {
		t.Fatalf("%d %s", status, text)
	}
	p.stop()
	alice, bob := newTestLink(ilptest.NewLink()), newTestLink(ilptest.NewLink())
	c, stop := start(t, twoAccounts+"store: disk\n", links(map[string]*testLink{"alice": alice, "bob": bob}), p.disk.option())
	<-c.Ready() // in the first unit again
	stop()
}

// TestBalanceWithAnOpenSettlementIsNotEditedWhileNobodyHasIt holds that an operator cannot
// take away a debt by hand that an open settlement may still pay.
func TestBalanceWithAnOpenSettlementIsNotEditedWhileNobodyHasIt(t *testing.T) {
	d, e, port := newDisk(), newEngine(t), freePort(t)
	e.answer(http.StatusInternalServerError)
	run := func(bob string) (alice *testLink, stop func()) {
		alice = newTestLink(ilptest.NewLink())
		c, stop := start(t, fmt.Sprintf(`
ilpAddress: test.us
backend: one-to-one
spread: 0
store: disk
adminApi: true
adminApiPort: %d
settlementApiPort: %d
accounts:
  carol: {relation: child, plugin: test, assetCode: USD, assetScale: 9}
%s`, port, freePort(t), bob), links(map[string]*testLink{"carol": alice, "alice": newTestLink(ilptest.Fulfilling())}), d.option())
		awaitReady(t, c)
		return alice, stop
	}
	carol, stop := run(fmt.Sprintf(`  alice: {relation: child, plugin: test, assetCode: USD, assetScale: 9, settlementEngine: {url: "%s", scale: 9}, balance: {maximum: "1000", settleThreshold: "-100"}}
`, e.URL))
	h := <-carol.handler
	r := ilptest.NewRecorder()
	h.HandlePrepare(r, ilptest.Prepare("test.us.alice.x", 200))
	r.Reply()
	for !strings.Contains(<-e.asked, "/settlements") {
	}
	stop()
	_, stop = run("")
	defer stop()
	if status, text := edit(t, port, "200"); status == http.StatusNoContent || !strings.Contains(text, "settlements resolve alice") {
		t.Errorf("%d %s", status, text)
	}
	if got := d.balances(t); got != "alice=-200 9 USD" {
		t.Errorf("kept %s", got)
	}
}
