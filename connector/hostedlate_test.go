package connector

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/ilp-go/connector/account"
	"github.com/ilp-go/connector/engine/middleware"
	"github.com/ilp-go/connector/nodehost"
	"github.com/ilp-go/connector/nodehost/chain"
	"github.com/ilp-go/connector/nodehost/nodehosttest"
)

// hasty is a middleware that passes money on and fails meanwhile. Another one is slow behind the balance.
const hasty = `module.exports = class {
  applyToPipelines ({ outgoingMoney }) {
    outgoingMoney.insertFirst({ name: 'hasty', method: async (v, next) => { next(v).catch(() => {}); throw new Error('too early') } })
    outgoingMoney.insertLast({ name: 'slow', method: async (v, next) => { await new Promise(r => setTimeout(r, 50)); return next(v) } })
  }
}`

// Money that was sent counts as sent, whatever a middleware says before: it would be sent again.
func TestMoneyThatAHastyMiddlewarePassesOnIsSent(t *testing.T) {
	h := applied(t, hasty)
	sent := make(chan struct{}, 2)
	err := h.through(t.Context(), "alice", chain.OutgoingMoney, "5", func() error { sent <- struct{}{}; return nil })
	if n := len(sent); n != 1 || err != nil {
		select {
		case <-sent:
			t.Errorf("sent after it returned %v", err)
		case <-time.After(10 * time.Second):
			t.Errorf("not sent: %v", err)
		}
	}
}

// An account that is being removed has no object any more.
func TestMoneyOfAnAccountThatIsRemovedIsRefused(t *testing.T) {
	h := applied(t, hasty)
	h.remove("alice")
	err := h.through(t.Context(), "alice", chain.OutgoingMoney, "5", func() error { t.Error("money was sent"); return nil })
	if !nodehost.IsDown(err) {
		t.Errorf("%v", err)
	}
}

// starting is a middleware that prints when an account starts up.
const starting = `module.exports = class {
  applyToPipelines ({ startup }, id) {
    startup.insertFirst({ name: 'starting', method: (v, next) => { console.log('startup of ' + id); return next(v) } })
  }
}`

// The process of an account that is added may construct its chain object before the account has it. The stages
// of startup run all the same.
func TestStartupRunsBeforeTheAccountHasItsObject(t *testing.T) {
	printed := make(chan string, 10)
	h, made := appliedBy(t, starting, func(p nodehost.Printed) { printed <- p.Text })
	h.connector = &Connector{life: newLife(), alerts: account.NewAlerts(time.Now()), log: slog.New(slog.DiscardHandler)}
	defer h.connector.life.end()
	h.connector.life.reach(connected)
	o := h.objects["alice"]
	delete(h.objects, "alice")
	(&arrangement{hostedMiddlewares: h, id: "alice"}).Up(o, made)
	select {
	case got := <-printed:
		if got != "startup of alice" {
			t.Error(got)
		}
	case <-time.After(10 * time.Second):
		t.Error("the stage of startup has not run within 10 seconds")
	}
}

// applied applies a middleware to the account alice.
func applied(t *testing.T, script string) *hostedMiddlewares {
	t.Helper()
	h, _ := appliedBy(t, script, nil)
	return h
}

// appliedBy is applied, with what takes the lines that the middleware prints. It also returns what was constructed.
func appliedBy(t *testing.T, script string, printed func(nodehost.Printed)) (*hostedMiddlewares, nodehost.Constructed) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "middleware.js")
	if err := os.WriteFile(file, []byte(script), 0o600); err != nil {
		t.Fatal(err)
	}
	host := nodehost.New(nodehost.Options{Command: nodehosttest.Node(t), Printed: printed})
	h := &hostedMiddlewares{
		host: host, names: []string{"m"}, accounts: chain.NewAccounts("m"),
		objects: make(map[string]*nodehost.Object), runs: make(map[uint64]func(string) error),
	}
	h.accounts.Places(&account.Account{ID: "alice"}, []middleware.Place{{Outgoing: true, After: middleware.Balance}})
	host.SetStages(h)
	ready := &readiness{arrangement: &arrangement{hostedMiddlewares: h, id: "alice"}, up: make(chan error, 1)}
	m := host.Add(nodehost.Module{Kind: nodehost.Middleware, Name: "m", Path: file}, ignoring{})
	h.objects["alice"] = host.Add(nodehost.Module{
		Kind: nodehost.Chain, Account: "alice", Options: fmt.Appendf(nil, `{"middlewares":[%d],"builtin":{"startup":["balance"],"outgoingData":["balance"],"outgoingMoney":["balance"]}}`, m.Number()),
	}, ready)
	ctx, stop := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { host.Run(ctx) })
	t.Cleanup(func() {
		stop()
		running.Wait()
		h.wait()
	})
	select {
	case err := <-ready.up:
		if err != nil {
			t.Fatal(err)
		}
	case <-time.After(30 * time.Second):
		t.Fatal("the middleware was not applied within half a minute")
	}
	return h, ready.made
}

// readiness is an arrangement without a connector.
type readiness struct {
	*arrangement
	made nodehost.Constructed
	up   chan error // gets a value once made is set
}

func (r *readiness) Up(_ *nodehost.Object, made nodehost.Constructed) {
	r.made = made
	ins, err := r.insertions(made)
	if err == nil {
		err = r.accounts.Of(r.id).Arrange(ins)
	}
	r.up <- err
}

func (r *readiness) Down(error) {}

type ignoring struct{}

func (ignoring) Up(*nodehost.Object, nodehost.Constructed) {}
func (ignoring) Down(error)                                {}
