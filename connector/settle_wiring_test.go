package connector_test

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ilp-go/connector/account"
	"github.com/ilp-go/connector/config"
	"github.com/ilp-go/connector/connector"
	"github.com/ilp-go/connector/ilp"
	"github.com/ilp-go/connector/ilptest"
	"github.com/ilp-go/connector/settle"
)

const byThreshold = `{"maximum":"1000000","settleThreshold":"-1000"}`

// The API opens with the first account that has an engine, before that engine is asked
// to set the account up: it may have something to say to the engine of the peer first.
// All of it works without a store.
func TestEngineOfAnAccountThatIsAddedWhileWeRun(t *testing.T) {
	s := newSettling(t)
	if _, _, err := tell(s.api+"/accounts/bob/messages", "application/octet-stream", "", ""); err == nil {
		t.Error("the settlement API is there without an account for it")
	}
	s.engine.setUp = func() {
		status, answer, err := tell(s.api+"/accounts/bob/messages", "application/octet-stream", "", "to the other engine")
		if err != nil || status != http.StatusCreated || answer != "from the other engine" {
			t.Errorf("the message was answered %d %q %v", status, answer, err)
		}
	}
	s.bob.Answer = func(p ilp.Prepare) ilp.Reply {
		if string(p.Destination()) == "peer.settle" && string(p.Data()) == "to the other engine" {
			return ilptest.Fulfill([]byte("from the other engine")...)
		}
		return ilptest.Fulfill()
	}
	s.add(t, byThreshold)
	if reply := s.owe(t, 2345); !reply.Fulfilled() {
		t.Fatalf("%s %s", reply.Code(), reply.Message())
	}
	s.engine.wants(t, `POST /accounts/bob/settlements {"amount":"2","scale":6}`)
	s.stands(t, "-345")

	const one = `{"amount":"1","scale":6}`
	for i := range 2 {
		if status, answer := s.tell(t, "/accounts/bob/settlements", "application/json", "key", one); status != http.StatusCreated || answer != one {
			t.Errorf("the payment was answered %d %s", status, answer)
		}
		if i == 0 { // it makes us owe 1345, which is over the threshold
			s.engine.wants(t, `POST /accounts/bob/settlements {"amount":"1","scale":6}`)
		}
		s.stands(t, "-345")
	}
}

// An account stays while nobody knows whether a settlement of it was paid. Then it goes,
// and its engine hears of that.
func TestAccountIsRemovedFromItsEngine(t *testing.T) {
	s := newSettling(t)
	s.add(t, byThreshold)
	s.engine.answer(http.StatusInternalServerError)
	s.owe(t, 2000)
	s.engine.wants(t, `POST /accounts/bob/settlements {"amount":"2","scale":6}`)
	if err := s.RemoveAccount("bob"); !errors.Is(err, settle.ErrOpen) {
		t.Fatalf("removed in the middle of a settlement: %v", err)
	}
	if reply := s.owe(t, 1); !reply.Fulfilled() {
		t.Errorf("after that it does not work: %s %s", reply.Code(), reply.Message())
	}
	s.engine.answer(http.StatusCreated)
	s.engine.wants(t, `POST /accounts/bob/settlements {"amount":"2","scale":6}`)
	s.stands(t, "-1")
	if err := s.RemoveAccount("bob"); err != nil {
		t.Fatal(err)
	}
	s.engine.wants(t, `DELETE /accounts/bob`)
	if status, _ := s.tell(t, "/accounts/bob/settlements", "application/json", "key", `{"amount":"1","scale":6}`); status != http.StatusNotFound {
		t.Errorf("a payment to an account that is gone was answered %d", status)
	}
	s.add(t, byThreshold)
}

// Another engine does not know the settlement whose outcome is unknown, and would pay it again.
func TestOpenSettlementKeepsItsEngine(t *testing.T) {
	s := newSettling(t)
	s.add(t, byThreshold)
	s.engine.answer(http.StatusInternalServerError)
	s.owe(t, 2000)
	s.engine.wants(t, `POST /accounts/bob/settlements {"amount":"2","scale":6}`)
	other := newEngine(t)
	a := s.account(t, byThreshold)
	present := a.SettlementEngine
	a.SettlementEngine = &config.SettlementEngine{URL: other.URL, Scale: present.Scale}
	if err := s.ChangeAccount(a); err == nil || !strings.Contains(err.Error(), "2000 is being settled, and only the present settler knows") {
		t.Errorf("changed to another engine: %v", err)
	}
	s.engine.answer(http.StatusCreated)
	s.engine.wants(t, `POST /accounts/bob/settlements {"amount":"2","scale":6}`)
	s.stands(t, "0")
	await(t, "the settlement to end", func() bool { return s.ChangeAccount(a) == nil })
	other.wants(t, `POST /accounts {"id":"bob"}`)
	s.owe(t, 3000)
	other.wants(t, `POST /accounts/bob/settlements {"amount":"3","scale":6}`)
}

func TestDebtIsSettledByTheClock(t *testing.T) {
	s := newSettling(t)
	s.add(t, `{"maximum":"1000000","settleEvery":1000}`)
	for range 2 {
		s.owe(t, 3000)
		s.engine.wants(t, `POST /accounts/bob/settlements {"amount":"3","scale":6}`)
		s.stands(t, "0")
	}
}

func TestDebtIsSettledOnPaperByTheClock(t *testing.T) {
	s := newSettling(t)
	a := s.account(t, `{"maximum":"1000000","settleEvery":1000}`)
	a.SettlementEngine = nil
	if err := s.AddAccount(a); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		s.owe(t, 3000)
		s.stands(t, "0")
	}
}

// A peer that refuses packets for our debt is paid before our threshold asks for that.
func TestPeerThatRefusesForOurDebtIsPaidEarly(t *testing.T) {
	refusing := func(p ilp.Prepare) ilp.Reply {
		if p.Amount() == 1 {
			return ilptest.RejectBy("test.us.bob", ilp.T04, "exceeded maximum balance.")
		}
		return ilptest.Fulfill()
	}
	t.Run("with a threshold", func(t *testing.T) {
		s := newSettling(t)
		s.bob.Answer = refusing
		s.add(t, `{"maximum":"1000000","settleThreshold":"-900000"}`)
		s.owe(t, 5000)
		s.owe(t, 1)
		s.engine.wants(t, `POST /accounts/bob/settlements {"amount":"5","scale":6}`)
		s.stands(t, "0")
		s.owe(t, 5000)
		s.owe(t, 1)
		select {
		case got := <-s.engine.asked:
			t.Errorf("the engine is asked %q before a minute has passed", got)
		case <-time.After(100 * time.Millisecond):
		}
	})
	t.Run("on paper", func(t *testing.T) {
		alice, bob := newTestLink(ilptest.NewLink()), newTestLink(ilptest.NewLink())
		bob.Answer = refusing
		c, _ := start(t, `
ilpAddress: test.us
backend: one-to-one
spread: 0
accounts:
  alice: {relation: child, plugin: test, assetCode: USD, assetScale: 9}
  bob: {relation: child, plugin: test, assetCode: USD, assetScale: 9, balance: {maximum: "1000", settleThreshold: "-900"}}
`, links(map[string]*testLink{"alice": alice, "bob": bob}))
		awaitReady(t, c)
		pay(t, alice, 500)
		if reply := pay(t, alice, 1); reply.Code() != ilp.T04 {
			t.Fatalf("answered %s", reply.Code())
		}
		if got := snapshot(c, "bob").Posted.String(); got != "-500" {
			t.Errorf("bob stands at %s", got)
		}
		pay(t, alice, 100)
		if got := snapshot(c, "bob").Posted.String(); got != "-600" {
			t.Errorf("after the refusal bob stands at %s", got)
		}
		pay(t, alice, 301)
		if got := snapshot(c, "bob").Posted.String(); got != "0" {
			t.Errorf("below the threshold bob stands at %s", got)
		}
	})
}

func TestSettlementAPIWantsItsToken(t *testing.T) {
	port, e := freePort(t), newEngine(t)
	bob := newTestLink(ilptest.Fulfilling())
	c, _ := start(t, fmt.Sprintf(`
ilpAddress: test.us
backend: one-to-one
settlementApiPort: %d
settlementApiToken: s3cret
accounts:
  bob: {relation: child, plugin: test, assetCode: USD, assetScale: 9, balance: {maximum: "1000"}, settlementEngine: {url: %q, scale: 9}}
`, port, e.URL), links(map[string]*testLink{"bob": bob}))
	awaitReady(t, c)
	api := fmt.Sprintf("127.0.0.1:%d/accounts/bob/settlements", port)
	for i, test := range []struct {
		user string
		edit func(*http.Request)
		want int
	}{
		{"", func(*http.Request) {}, http.StatusUnauthorized},
		{"engine:wrong@", func(*http.Request) {}, http.StatusUnauthorized},
		{"engine:s3cret@", func(*http.Request) {}, http.StatusCreated},
		{"", func(r *http.Request) { r.Header.Set("Authorization", "Bearer s3cret") }, http.StatusCreated},
	} {
		status, _, err := tell("http://"+test.user+api, "application/json", fmt.Sprint(i), `{"amount":"5","scale":9}`, test.edit)
		if err != nil || status != test.want {
			t.Errorf("%d: answered %d, want %d: %v", i, status, test.want, err)
		}
	}
	if got := snapshot(c, "bob").Posted.String(); got != "-10" {
		t.Errorf("bob stands at %s", got)
	}
}

// A port that is taken stops the start, and is no reason to add an account by half.
func TestSettlementAPISaysWhichPortIsTaken(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	named := func(err error) bool {
		return err != nil && strings.Contains(err.Error(), "settlementApiPort") && strings.Contains(err.Error(), l.Addr().String())
	}
	bob := newTestLink(ilptest.Fulfilling())
	yaml := fmt.Sprintf("ilpAddress: test.us\nbackend: one-to-one\nsettlementApiPort: %d\naccounts: ", l.Addr().(*net.TCPAddr).Port)
	e := newEngine(t)
	s := &settling{options: []connector.Option{links(map[string]*testLink{"bob": bob})}, engine: e}
	cfg, _, err := config.Parse("test.yaml", fmt.Appendf([]byte(yaml),
		`{bob: {relation: child, plugin: test, assetCode: USD, assetScale: 9, balance: {maximum: "1000"}, settlementEngine: {url: %q, scale: 9}}}`, e.URL),
		nil, connector.Known(s.options...))
	if err != nil {
		t.Fatal(err)
	}
	taken, err := connector.New(cfg, s.options...)
	if err != nil {
		t.Fatal(err)
	}
	if err := taken.Run(t.Context()); !named(err) {
		t.Errorf("the start ended with %v", err)
	}

	c, _ := start(t, yaml+"{}", s.options...)
	awaitReady(t, c)
	if err := c.AddAccount(s.account(t, byThreshold)); !named(err) {
		t.Errorf("the account was added with %v", err)
	}
	if _, there := c.Account("bob"); there {
		t.Error("the account is there")
	}
	if len(e.asked) > 0 {
		t.Errorf("the engine is asked %q", <-e.asked)
	}
}

// What nobody has dismissed is there after a restart, and what was dismissed is not.
func TestAlertsSurviveARestart(t *testing.T) {
	d := newDisk()
	run := func() (*connector.Connector, func()) {
		c, stop := start(t, twoAccounts+"store: disk\n",
			links(map[string]*testLink{"alice": newTestLink(ilptest.NewLink()), "bob": newTestLink(ilptest.NewLink())}), d.option())
		awaitReady(t, c)
		return c, stop
	}
	c, stop := run()
	c.Alerts().Raise(time.Now(), "bob", "test.peer", "first")
	for !strings.Contains(d.kept(t, "alerts"), "first") {
		runtime.Gosched()
	}
	c.Alerts().Raise(time.Now(), "bob", "test.peer", "second") // too soon for a write of its own
	before := c.Alerts().All()
	c.Alerts().RaiseKind(time.Now(), "bob", "panic", "code has panicked")
	c.Alerts().RaiseMoney(time.Now(), "", "ledger failed", "until a restart")
	stop()

	c, stop = run()
	if ended := len(c.Alerts().History()) - len(before); ended != 2 {
		t.Errorf("%d alerts have ended with the restart", ended)
	}
	if got := c.Alerts().All(); !slices.EqualFunc(got, before, sameAlert) {
		t.Errorf("alerts are %+v, not %+v", got, before)
	}
	c.Alerts().Dismiss(time.Now(), before[0].ID)
	stop()

	c, _ = run()
	if got := c.Alerts().All(); !slices.EqualFunc(got, before[1:], sameAlert) {
		t.Errorf("alerts are %+v, not %+v", got, before[1:])
	}
}

// kept is the value of a key.
func (d *disk) kept(t *testing.T, key string) (value string) {
	t.Helper()
	if err := d.Load(key, func(_ string, v []byte) error {
		value = string(v)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return value
}

func sameAlert(a, b account.Alert) bool {
	return a.ID == b.ID && a.AccountID == b.AccountID && a.TriggeredBy == b.TriggeredBy && a.Message == b.Message &&
		a.Count == b.Count && a.CreatedAt.Equal(b.CreatedAt) && a.UpdatedAt.Equal(b.UpdatedAt)
}

// A reload that would remove an account in the middle of a settlement changes nothing, whenever
// the settlement was opened. The account goes on settling.
func TestReloadKeepsAnAccountInTheMiddleOfASettlement(t *testing.T) {
	s := newSettling(t)
	parse := func(accounts string) *config.Config {
		t.Helper()
		c, _, err := config.Parse("test.yaml", []byte(s.yaml+accounts), nil, connector.Known(s.options...))
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	with := parse(fmt.Sprintf("  bob: {relation: child, plugin: test, assetCode: USD, assetScale: 9, settlementEngine: {url: %q, scale: 6}, balance: %s}\n", s.engine.URL, byThreshold))
	if _, err := s.Reload(with, false); err != nil {
		t.Fatal(err)
	}
	<-s.bob.handler
	s.engine.wants(t, `POST /accounts {"id":"bob"}`)
	s.engine.answer(http.StatusInternalServerError)
	s.owe(t, 2000)
	s.engine.wants(t, `POST /accounts/bob/settlements {"amount":"2","scale":6}`)
	if done, err := s.Reload(parse(""), true); !errors.Is(err, settle.ErrOpen) || done.Changed != nil {
		t.Errorf("removed in the middle of a settlement: %+v, %v", done, err)
	}
	if reply := s.owe(t, 1); !reply.Fulfilled() {
		t.Errorf("after that it does not work: %s %s", reply.Code(), reply.Message())
	}
	s.engine.answer(http.StatusCreated)
	s.engine.wants(t, `POST /accounts/bob/settlements {"amount":"2","scale":6}`)
	s.stands(t, "-1")
	if _, err := s.Reload(parse(""), true); err != nil {
		t.Error(err)
	}
	s.engine.wants(t, `DELETE /accounts/bob`)
}
