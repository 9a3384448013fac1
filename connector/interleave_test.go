package connector_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/ilp-go/connector/config"
	"github.com/ilp-go/connector/connector"
	"github.com/ilp-go/connector/ilp"
	"github.com/ilp-go/connector/ilptest"
	"github.com/ilp-go/connector/ilptest/btppeer"
	"github.com/ilp-go/connector/settle"
	"github.com/ilp-go/connector/store"
)

// endingLink is a link that calls a function when it ends: its account is checked and not yet gone.
type endingLink struct {
	*testLink
	ending func()
}

func (l endingLink) Run(ctx context.Context, h ilp.Handler, changed func(bool)) {
	l.testLink.Run(ctx, h, changed)
	l.ending()
}

// A receipt moves the balance of an account whose unit changes, after it was seen to be 0. It waits
// until the account has its new unit, and is credited in that.
func TestReceiptWaitsForTheNewUnitOfItsAccount(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var c *connector.Connector
		credited := make(chan string, 1)
		ending := func() {
			go func() {
				amount, err := connector.Receive(c, "alice", 5, 2)
				credited <- fmt.Sprint(amount, err)
			}()
			synctest.Wait() // it is credited, or waits
		}
		made := 0
		plugin := connector.WithPlugin("test", func(config.Account, *slog.Logger) (connector.Link, error) {
			l := newTestLink(ilptest.Fulfilling())
			if made++; made == 1 {
				return endingLink{l, ending}, nil
			}
			return l, nil
		})
		yaml := `
ilpAddress: test.us
backend: one-to-one
accounts:
  alice: {relation: child, plugin: test, assetCode: USD, assetScale: %s, balance: {maximum: "1000"}}
`
		cfg, _, err := config.Parse("test.yaml", []byte(fmt.Sprintf(yaml, "2")), nil, connector.Known(plugin))
		if err != nil {
			t.Fatal(err)
		}
		if c, err = connector.New(cfg, plugin); err != nil {
			t.Fatal(err)
		}
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- c.Run(ctx) }()
		<-c.Ready()
		next, _, err := config.Parse("test.yaml", []byte(fmt.Sprintf(yaml, "3")), nil, connector.Known(plugin))
		if err != nil {
			t.Fatal(err)
		}
		if err := c.ChangeAccount(next.Accounts[0]); err != nil {
			t.Errorf("changed with %v", err)
		}
		if got := <-credited; got != "50<nil>" && got != "50 <nil>" {
			t.Errorf("credited %s", got)
		}
		if a, there := c.Account("alice"); !there || a.AssetScale != 3 || a.Balance.Posted.String() != "-50" {
			t.Errorf("%v %+v", there, a)
		}
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
}

// A settlement that begins when it was seen that none is open would be paid by the new engine, which
// does not know whether the former one has paid it.
func TestSettlementThatBeginsMeetsOneEngine(t *testing.T) {
	s := newSettling(t)
	const byHand = `{"maximum":"1000000"}`
	s.add(t, byHand)
	if reply := s.owe(t, 2000); !reply.Fulfilled() {
		t.Fatal(outcome(reply))
	}
	s.engine.answer(http.StatusInternalServerError)
	other := newEngine(t)
	a := s.account(t, byHand)
	a.SettlementEngine = &config.SettlementEngine{URL: other.URL, Scale: a.SettlementEngine.Scale}
	err := connector.ChangeWith(s.Connector, a, func() {
		switch err := connector.SettleNow(s.Connector, "bob"); {
		case err == nil:
			s.engine.wants(t, `POST /accounts/bob/settlements {"amount":"2","scale":6}`)
		case !errors.Is(err, settle.ErrNoAccount):
			t.Error(err)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	other.wants(t, `POST /accounts {"id":"bob"}`)
	for _, one := range connector.Settlements(s.Connector, "bob") {
		t.Errorf("the new engine is asked for a settlement of the former one: %+v", one)
	}
	if err := connector.SettleNow(s.Connector, "bob"); err != nil {
		t.Fatal(err)
	}
	other.wants(t, `POST /accounts/bob/settlements {"amount":"2","scale":6}`)
}

// An account that stays as it is keeps its engine.
func TestChangeOfAnEngineThatFailsKeepsTheFormer(t *testing.T) {
	s := newSettling(t)
	s.add(t, byThreshold)
	a := s.account(t, byThreshold)
	a.SettlementEngine = &config.SettlementEngine{URL: newEngine(t).URL, Scale: 6}
	if err := connector.ChangeFailing(s.Connector, a); err == nil {
		t.Fatal("it is changed")
	}
	if reply := s.owe(t, 2000); !reply.Fulfilled() {
		t.Fatal(outcome(reply))
	}
	s.engine.wants(t, `POST /accounts {"id":"bob"}`) // it is set up again
	s.engine.wants(t, `POST /accounts/bob/settlements {"amount":"2","scale":6}`)
}

// enteringLink is a link that waits when its account is about to be there again.
type enteringLink struct {
	*testLink
	entering, enter chan struct{}
}

func (l enteringLink) Keep(store.Store) error {
	close(l.entering)
	<-l.enter
	return nil
}

// A pause is an emergency. While its account is replaced, it waits for the other one.
func TestPauseMeetsAnAccountThatIsReplaced(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		entering, enter := make(chan struct{}), make(chan struct{})
		made := 0
		plugin := connector.WithPlugin("test", func(config.Account, *slog.Logger) (connector.Link, error) {
			l := newTestLink(ilptest.Fulfilling())
			if made++; made == 1 {
				return l, nil
			}
			return enteringLink{l, entering, enter}, nil
		})
		parse := func(segment string) *config.Config {
			cfg, _, err := config.Parse("test.yaml", []byte(`
ilpAddress: test.us
backend: one-to-one
accounts:
  alice: {relation: child, plugin: test, assetCode: USD, assetScale: 2, ilpAddressSegment: `+segment+`}
`), nil, connector.Known(plugin))
			if err != nil {
				t.Fatal(err)
			}
			return cfg
		}
		c, err := connector.New(parse("a"), plugin)
		if err != nil {
			t.Fatal(err)
		}
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- c.Run(ctx) }()
		<-c.Ready()
		changed, paused := make(chan error, 1), make(chan error, 1)
		go func() { changed <- c.ChangeAccount(parse("b").Accounts[0]) }()
		<-entering
		go func() { paused <- c.PauseAccount("alice") }()
		synctest.Wait() // it is answered, or waits
		close(enter)
		if err := <-changed; err != nil {
			t.Error(err)
		}
		if err := <-paused; err != nil {
			t.Errorf("paused with %v", err)
		}
		if l := connector.LinkOf(c, "alice"); l.State != "paused" {
			t.Errorf("%+v", l)
		}
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
}

// A client whose address would be too long has no account, but a token, which can be removed.
func TestClientThatCannotBeAnAccountCanBeRemoved(t *testing.T) {
	kept := "store: bolt\nstorePath: " + filepath.Join(t.TempDir(), "store")
	f := newHousehold(t, kept)
	name := strings.Repeat("n", 128)
	f.want("POST", ofMini, `{"name":"`+name+`","token":"a"}`, 200, "")
	f.stop()
	long := "test." + strings.Repeat("long.", 178) + "us"
	yaml, _ := kids(t, fmt.Sprintf("adminApi: true\nadminApiPort: %d\n%s", f.port, kept))
	c, _ := start(t, strings.Replace(yaml, "test.us", long, 1))
	awaitReady(t, c)
	f.want("GET", "/accounts/mini."+name, "", 500, "unknown account id")
	f.want("GET", ofMini, "", 200, `"name":"`+name+`"`)
	f.want("DELETE", ofMini+"/"+name, "", 204, "")
	f.want("GET", ofMini, "", 200, `"known":0`)
	f.want("DELETE", ofMini+"/"+name, "", 404, "has no client")
}

// A listener whose client has an open settlement stays, as the client itself would.
func TestListenerStaysWhileAClientSettles(t *testing.T) {
	engine, port := newEngine(t), freePort(t)
	yaml, url := kids(t, fmt.Sprintf("settlementApiPort: %d\n", port))
	yaml = strings.Replace(yaml, "perChild: {", fmt.Sprintf("perChild: {settlementEngine: {url: %q, scale: 2}, ", engine.URL), 1)
	c, _ := start(t, yaml)
	awaitReady(t, c)
	alice, bob := btppeer.Join(t, url, "alice", "a"), btppeer.Join(t, url, "bob", "b")
	for range 2 {
		<-engine.asked // it is told of both
	}
	if reply := payFrom(t, bob, alice, "test.us.mini.alice", 300); !reply.Fulfilled() {
		t.Fatal(outcome(reply))
	}
	engine.answer(http.StatusInternalServerError)
	if err := connector.SettleNow(c, "mini.alice"); err != nil {
		t.Fatal(err)
	}
	engine.wants(t, `POST /accounts/mini.alice/settlements {"amount":"300","scale":2}`)
	if err := c.RemoveAccount("mini"); !errors.Is(err, settle.ErrOpen) || !strings.Contains(err.Error(), "account mini.alice: ") {
		t.Errorf("removed with %v", err)
	}
	if _, there := c.Account("mini.alice"); !there {
		t.Fatal("the client is gone")
	}
	engine.answer(http.StatusCreated)
	await(t, "the listener to go", func() bool { return c.RemoveAccount("mini") == nil })
	if _, there := c.Account("mini.alice"); there {
		t.Error("the client is there")
	}
}

// With a listener goes what is in memory of its clients' receipts: the store is the truth when the
// client comes again, perhaps with another asset.
func TestReceiptsOfClientsAreForgottenWithTheirListener(t *testing.T) {
	yaml, _ := kids(t, "")
	c, _ := start(t, yaml)
	awaitReady(t, c)
	cfg, _, err := config.Parse("test.yaml", []byte(yaml), nil, connector.Known())
	if err != nil {
		t.Fatal(err)
	}
	receive := func() {
		t.Helper()
		connector.AddChild(c, "mini", "alice", "a")
		if credited, err := connector.Receive(c, "mini.alice", 5, 2); credited != "5" || err != nil {
			t.Errorf("credited %s, %v", credited, err)
		}
	}
	receive()
	if err := c.RemoveAccount("mini"); err != nil {
		t.Fatal(err)
	}
	if err := connector.ForgetInStore(c, "receipts/mini.alice/a receipt"); err != nil {
		t.Fatal(err)
	}
	if err := c.AddAccount(cfg.Accounts[0]); err != nil {
		t.Fatal(err)
	}
	receive()
	if a, _ := c.Account("mini.alice"); a.Balance.Posted.String() != "-10" {
		t.Errorf("alice owes us %s", a.Balance.Posted)
	}
}
