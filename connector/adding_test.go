package connector_test

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/ilp-go/connector/config"
	"github.com/ilp-go/connector/connector"
	"github.com/ilp-go/connector/ilp"
	"github.com/ilp-go/connector/ilptest"
	"github.com/ilp-go/connector/settle"
	"github.com/ilp-go/connector/store"
)

// slowLoad is a store whose first reading of bob's settlements waits, and may fail.
type slowLoad struct {
	*disk
	once    sync.Once
	reached chan struct{}
	result  chan error
}

func newSlowLoad() *slowLoad {
	return &slowLoad{disk: newDisk(), reached: make(chan struct{}), result: make(chan error, 1)}
}

func (l *slowLoad) Load(prefix string, visit func(string, []byte) error) (err error) {
	if prefix == "settlements/bob/" {
		l.once.Do(func() {
			close(l.reached)
			err = <-l.result
		})
	}
	if err != nil {
		return err
	}
	return l.disk.Load(prefix, visit)
}

func (l *slowLoad) option() connector.Option {
	return connector.WithStore("slow", func(connector.StoreConfig) (store.Store, error) { return l, nil })
}

// TestAccountIsInvisibleWhileItsAdditionCanFail holds the addition of bob where the store is
// read. Nothing must find him until that has succeeded: what did would stay after a failure.
func TestAccountIsInvisibleWhileItsAdditionCanFail(t *testing.T) {
	l, e, port := newSlowLoad(), newEngine(t), freePort(t)
	options := []connector.Option{links(map[string]*testLink{"bob": newTestLink(ilptest.Fulfilling())}), l.option()}
	c, _ := start(t, fmt.Sprintf("ilpAddress: test.us\nbackend: one-to-one\nstore: slow\nsettlementApiPort: %d\naccounts: {}\n", port), options...)
	awaitReady(t, c)
	bob := func(asset string) config.Account {
		a, _, err := config.ParseAccount("bob", fmt.Appendf(nil, `{"relation": "child", "plugin": "test", "assetCode": %q, "assetScale": 2,
			"balance": {"maximum": "1000"}, "settlementEngine": {"url": %q, "scale": 2}}`, asset, e.URL), connector.Known(options...))
		if err != nil {
			t.Fatal(err)
		}
		return a
	}
	pay := func() int {
		status, _, err := tell(fmt.Sprintf("http://127.0.0.1:%d/accounts/bob/settlements", port), "application/json", "key", `{"amount":"70","scale":2}`)
		if err != nil {
			t.Fatal(err)
		}
		return status
	}
	added := make(chan error, 1)
	go func() { added <- c.AddAccount(bob("USD")) }()
	<-l.reached
	if _, there := c.Account("bob"); there {
		t.Error("bob is there already")
	}
	if err := c.RemoveAccount("bob"); !errors.Is(err, connector.ErrNoAccount) {
		t.Errorf("he was removed with %v", err)
	}
	if status := pay(); status != http.StatusNotFound {
		t.Errorf("a payment is answered %d", status)
	}
	l.result <- errors.New("the disk cannot be read just now")
	if err := <-added; err == nil {
		t.Fatal("he was added")
	}
	if err := c.AddAccount(bob("EUR")); err != nil {
		t.Fatal(err)
	}
	if status := pay(); status != http.StatusCreated || l.balances(t) != "bob=-70 2 EUR" || snapshot(c, "bob").Posted.String() != "-70" {
		t.Errorf("then a payment is answered %d; the store has %s, memory %s", status, l.balances(t), snapshot(c, "bob").Posted)
	}
}

// TestAccountWithAnOpenSettlementIsNotRemovedOnceItIsAdded holds from the first moment.
func TestAccountWithAnOpenSettlementIsNotRemovedOnceItIsAdded(t *testing.T) {
	l := newSlowLoad()
	if err := l.disk.Apply(store.Batch{{Key: "settlements/bob/11111111-1111-4111-8111-111111111111", Value: []byte(
		`{"version":1,"state":"unknown","amount":"200","pay":"200","scale":9,"created":"2026-11-30T12:00:00Z","updated":"2026-11-30T12:00:00Z"}`)}}); err != nil {
		t.Fatal(err)
	}
	bob := paying{newTestLink(ilptest.Fulfilling())} // it never knows whether it has paid
	options := []connector.Option{l.option(), connector.WithPlugin("test", func(config.Account, *slog.Logger) (connector.Link, error) {
		return bob, nil
	})}
	c, _ := start(t, "ilpAddress: test.us\nbackend: one-to-one\nstore: slow\naccounts: {}\n", options...)
	awaitReady(t, c)
	a, _, err := config.ParseAccount("bob", []byte(`{"relation": "child", "plugin": "test", "assetCode": "USD", "assetScale": 9,
		"balance": {"maximum": "1000", "settleThreshold": "-100"}}`), connector.Known(options...))
	if err != nil {
		t.Fatal(err)
	}
	added := make(chan error, 1)
	go func() { added <- c.AddAccount(a) }()
	<-l.reached
	if err := c.RemoveAccount("bob"); !errors.Is(err, connector.ErrNoAccount) {
		t.Errorf("removed while he is added: %v", err)
	}
	l.result <- nil
	if err := <-added; err != nil {
		t.Fatal(err)
	}
	if err := c.RemoveAccount("bob"); !errors.Is(err, settle.ErrOpen) {
		t.Errorf("removed with an open settlement: %v", err)
	}
}

// TestMessageOfThePeersEngineReachesOurs holds for an account of the configuration and for
// one that is added.
func TestMessageOfThePeersEngineReachesOurs(t *testing.T) {
	for _, added := range []bool{false, true} {
		t.Run(fmt.Sprintf("added %t", added), func(t *testing.T) {
			e := newEngine(t)
			bob := newTestLink(ilptest.Fulfilling())
			options := []connector.Option{links(map[string]*testLink{"bob": bob})}
			account := fmt.Sprintf(`{"relation": "child", "plugin": "test", "assetCode": "USD", "assetScale": 9,
				"balance": {"maximum": "1000"}, "settlementEngine": {"url": %q, "scale": 9}}`, e.URL)
			accounts := map[bool]string{false: "{bob: " + account + "}", true: "{}"}[added]
			c, _ := start(t, fmt.Sprintf("ilpAddress: test.us\nbackend: one-to-one\nsettlementApiPort: %d\naccounts: %s", freePort(t), accounts), options...)
			awaitReady(t, c)
			if added {
				a, _, err := config.ParseAccount("bob", []byte(account), connector.Known(options...))
				if err = errors.Join(err, c.AddAccount(a)); err != nil {
					t.Fatal(err)
				}
			}
			d := ilp.Draft{
				Expiry: time.Now().Add(10 * time.Second).UnixMilli(), Condition: ilp.PeerCondition,
				Destination: "peer.settle", Data: []byte("hello"),
			}
			reply, err := ilp.Call(t.Context(), <-bob.handler, d)
			if err != nil || !reply.Fulfilled() {
				t.Errorf("the message is answered %s %s, %v", reply.Code(), reply.Message(), err)
			}
		})
	}
}
