package connector_test

import (
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ilp-go/connector/config"
	"github.com/ilp-go/connector/connector"
	"github.com/ilp-go/connector/ilp"
	"github.com/ilp-go/connector/ilptest"
	"github.com/ilp-go/connector/store"
	"github.com/ilp-go/connector/store/memory"
)

// disk is a store that outlives connectors, and fails when it is told to.
type disk struct {
	store.Store
	mu  sync.Mutex
	err error
}

func newDisk() *disk { return &disk{Store: memory.New(slog.New(slog.DiscardHandler))} }

func (d *disk) Apply(b store.Batch) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.err != nil {
		return d.err
	}
	return d.Store.Apply(b)
}

func (d *disk) fail(err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.err = err
}

func (*disk) Close() error { return nil }

func (d *disk) option() connector.Option {
	return connector.WithStore("disk", func(connector.StoreConfig) (store.Store, error) { return d, nil })
}

// balances is what is kept, as "a=1 9 USD".
func (d *disk) balances(t *testing.T) string {
	t.Helper()
	var all []string
	if err := d.Load("balances/", func(key string, value []byte) error {
		all = append(all, strings.TrimPrefix(key, "balances/")+"="+string(value))
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return strings.Join(all, ", ")
}

// pay sends a packet of alice's and returns the answer.
func pay(t *testing.T, alice *testLink, amount uint64) ilp.Reply {
	t.Helper()
	h := <-alice.handler
	alice.handler <- h
	r := ilptest.NewRecorder()
	h.HandlePrepare(r, ilptest.Prepare("test.us.bob.x", amount, ilptest.Data([]byte(fmt.Sprint(time.Now().UnixNano())))))
	return r.Reply()
}

func TestBalancesSurviveARestart(t *testing.T) {
	d := newDisk()
	for i := range 3 {
		alice, bob := newTestLink(ilptest.NewLink()), newTestLink(ilptest.Fulfilling())
		c, stop := start(t, twoAccounts+"store: disk\n", links(map[string]*testLink{"alice": alice, "bob": bob}), d.option())
		awaitReady(t, c)
		if reply := pay(t, alice, 100); !reply.Fulfilled() {
			t.Fatalf("%s %s", reply.Code(), reply.Message())
		}
		want := fmt.Sprintf("alice=%d 2 USD, bob=-%d 4 USD", 100*(i+1), 10000*(i+1))
		if got := d.balances(t); got != want { // already when the answer is there
			t.Errorf("kept %s, want %s", got, want)
		}
		if got := snapshot(c, "alice").Posted.String(); got != fmt.Sprint(100*(i+1)) {
			t.Errorf("posted %s", got)
		}
		stop()
	}
}

// TestNoMoneyWithoutBooks fails a write: the answer that waits for it is no Fulfill,
// money is refused from then on, and what moves none is not.
func TestNoMoneyWithoutBooks(t *testing.T) {
	d := newDisk()
	alice, bob := newTestLink(ilptest.NewLink()), newTestLink(ilptest.Fulfilling())
	c, _ := startToEnd(t, twoAccounts+"store: disk\n", func(err error) {
		if err == nil {
			t.Error("the run ended well")
		}
	}, links(map[string]*testLink{"alice": alice, "bob": bob}), d.option())
	awaitReady(t, c)
	d.fail(errors.New("the disk is broken"))
	if reply := pay(t, alice, 100); reply.Fulfilled() || reply.Code() != ilp.T00 || string(reply.Message()) != "internal error." {
		t.Errorf("answer %s %s", reply.Code(), reply.Message())
	}
	d.fail(nil)
	if reply := pay(t, alice, 100); reply.Fulfilled() || reply.Code() != ilp.T00 {
		t.Errorf("the next answer %s %s", reply.Code(), reply.Message())
	}
	if reply := pay(t, alice, 0); !reply.Fulfilled() {
		t.Errorf("without money %s %s", reply.Code(), reply.Message())
	}
	if got := d.balances(t); got != "" {
		t.Errorf("kept %s", got)
	}
	alerts := c.Alerts().All()
	if len(alerts) != 1 || !strings.Contains(alerts[0].Message, "the disk is broken") {
		t.Errorf("alerts %v", alerts)
	}
	s := snapshot(c, "alice")
	if s.Posted.Sign() != 0 || s.PendingIn.Sign() != 0 {
		t.Errorf("alice owes %+v", s)
	}
}

// keepingLink is a link that counts its runs in the store.
type keepingLink struct {
	*testLink
	runs int
}

func (l *keepingLink) Keep(s store.Store) error {
	if err := s.Load("runs", func(_ string, value []byte) error {
		l.runs = len(value)
		return nil
	}); err != nil {
		return err
	}
	l.runs++
	return s.Apply(store.Batch{{Key: "runs", Value: make([]byte, l.runs)}})
}

func TestPluginsKeepDataByAccount(t *testing.T) {
	d := newDisk()
	for run := range 3 {
		made := make(map[string]*keepingLink)
		plugin := connector.WithPlugin("test", func(a config.Account, _ *slog.Logger) (connector.Link, error) {
			made[a.ID] = &keepingLink{testLink: newTestLink(ilptest.NewLink())}
			return made[a.ID], nil
		})
		yaml := twoAccounts + "store: disk\n"
		if run == 2 {
			yaml = strings.Replace(yaml, "  bob:", "  rob:", 1)
		}
		c, stop := start(t, yaml, plugin, d.option())
		awaitReady(t, c)
		for id, l := range made {
			want := run + 1
			if id == "rob" {
				want = 1 // nobody else's data are his
			}
			if l.runs != want {
				t.Errorf("run %d: %s has %d runs, want %d", run, id, l.runs, want)
			}
		}
		stop()
	}
}

var _ connector.Keeper = (*keepingLink)(nil)
