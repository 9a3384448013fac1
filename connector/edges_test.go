package connector_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/ilp-go/connector/account"
	"github.com/ilp-go/connector/config"
	"github.com/ilp-go/connector/connector"
	eng "github.com/ilp-go/connector/engine"
	"github.com/ilp-go/connector/ilp"
	"github.com/ilp-go/connector/ilptest"
	"github.com/ilp-go/connector/link/btplink"
	"github.com/ilp-go/connector/settle"
	"github.com/ilp-go/connector/store"
)

// TestMemoryAndLedgerAgreeOnAFulfillThatWasNotSent is for a middleware of the outgoing chain
// that fulfills by itself, and one of the incoming chain that refuses that.
func TestMemoryAndLedgerAgreeOnAFulfillThatWasNotSent(t *testing.T) {
	p := startPair(t, twoAccounts+"store: disk\n", connector.WithMiddleware("policy", func(*account.Account) (in, out eng.Middleware) {
		return eng.ReplyFunc(func(p *eng.Packet) eng.Verdict {
				if p.Reply().Fulfilled() {
					return p.Refuse(ilp.T99, "policy says no.")
				}
				return eng.Pass
			}), eng.PrepareFunc(func(p *eng.Packet) eng.Verdict {
				return p.Fulfill(ilptest.Preimage)
			})
	}))
	reply := p.send(100).Reply()
	stored := p.disk.balances(t)
	memory := fmt.Sprintf("alice=%s 2 USD, bob=%s 4 USD", p.posted("alice"), p.posted("bob"))
	if stored != memory {
		t.Errorf("answered %s; the store has %q, memory %q", reply.Code(), stored, memory)
	}
}

// TestSettlementIsNotPaidTwiceIfTheBalanceGoesAndComes restarts a connector, first without
// bob's balance, then with it.
func TestSettlementIsNotPaidTwiceIfTheBalanceGoesAndComes(t *testing.T) {
	d, e := newDisk(), newEngine(t)
	port := freePort(t)
	yaml := func(balance string) string {
		return fmt.Sprintf(`
ilpAddress: test.us
backend: one-to-one
spread: 0
store: disk
settlementApiPort: %d
accounts:
  alice: {relation: child, plugin: test, assetCode: USD, assetScale: 9}
  bob: {relation: child, plugin: test, assetCode: USD, assetScale: 9, settlementEngine: {url: "%s", scale: 9}%s}
`, port, e.URL, balance)
	}
	const balance = `, balance: {maximum: "1000", settleThreshold: "-100"}`
	next := func(prefix string) string {
		t.Helper()
		for {
			select {
			case got := <-e.asked:
				if strings.HasPrefix(got, prefix) {
					return got
				}
			case <-time.After(20 * time.Second):
				t.Fatalf("no %s", prefix)
			}
		}
	}
	run := func(balance string) (*connector.Connector, *testLink, func()) {
		alice, bob := newTestLink(ilptest.NewLink()), newTestLink(ilptest.Fulfilling())
		c, stop := start(t, yaml(balance), links(map[string]*testLink{"alice": alice, "bob": bob}), d.option())
		awaitReady(t, c)
		return c, alice, stop
	}
	e.answer(http.StatusInternalServerError)
	_, alice, stop := run(balance)
	pay(t, alice, 200)
	next("POST /accounts/bob/settlements")
	stop()
	e.answer(http.StatusCreated)
	_, _, stop = run("") // without a balance
	next("POST /accounts/bob/settlements")
	states := func() (s []string) {
		_ = d.Load("settlements/", func(_ string, v []byte) error { s = append(s, string(v)); return nil })
		return s
	}
	await(t, "it to be confirmed", func() bool { return strings.Contains(strings.Join(states(), ""), `"confirmed"`) })
	stop()
	_, _, stop = run(balance)
	defer stop()
	select {
	case got := <-e.asked:
		for !strings.Contains(got, "/settlements") {
			select {
			case got = <-e.asked:
			case <-time.After(3 * time.Second):
				return
			}
		}
		t.Errorf("paid again: %s; states %v", got, states())
	case <-time.After(3 * time.Second):
	}
}

// gated is a store whose reading of balances waits.
type gated struct {
	*disk
	reached, open chan struct{}
}

func (g *gated) Load(prefix string, visit func(string, []byte) error) error {
	if prefix == "balances/" && g.open != nil {
		close(g.reached)
		<-g.open
		g.open = nil
	}
	return g.disk.Load(prefix, visit)
}

// TestAccountRemovedWhileTheStoreIsReadCanComeAgain removes bob while Run reads the
// balances.
func TestAccountRemovedWhileTheStoreIsReadCanComeAgain(t *testing.T) {
	g := &gated{disk: newDisk(), reached: make(chan struct{}), open: make(chan struct{})}
	open := g.open
	alice, bob := newTestLink(ilptest.NewLink()), newTestLink(ilptest.NewLink())
	options := []connector.Option{
		links(map[string]*testLink{"alice": alice, "bob": bob}),
		connector.WithStore("gated", func(connector.StoreConfig) (store.Store, error) { return g, nil }),
	}
	c, _ := start(t, twoAccounts+"store: gated\n", options...)
	<-g.reached
	removed := make(chan error, 2)
	for range 2 {
		go func() { removed <- c.RemoveAccount("bob") }()
	}
	if err := <-removed; !errors.Is(err, connector.ErrLeaving) { // of the two one leaves, and waits for the store
		t.Fatal(err)
	}
	close(open)
	if err := <-removed; err != nil {
		t.Fatal(err)
	}
	awaitReady(t, c)
	a, _, err := config.ParseAccount("bob", []byte(alicesOptions), connector.Known(options...))
	if err != nil {
		t.Fatal(err)
	}
	if err := c.AddAccount(a); err != nil {
		t.Errorf("added again: %v", err)
	}
}

// TestRefusedRemovalKeepsTheRoutes removes bob, which is refused since a settlement
// is open, while another account comes and goes.
func TestRefusedRemovalKeepsTheRoutes(t *testing.T) {
	e := newEngine(t)
	e.answer(http.StatusInternalServerError)
	alice, bob := newTestLink(ilptest.NewLink()), newTestLink(ilptest.Fulfilling())
	options := []connector.Option{connector.WithPlugin("test", func(a config.Account, _ *slog.Logger) (connector.Link, error) {
		if l := map[string]*testLink{"alice": alice, "bob": bob}[a.ID]; l != nil {
			return l, nil
		}
		return newTestLink(ilptest.NewLink()), nil
	})}
	c, _ := start(t, fmt.Sprintf(`
ilpAddress: test.us
backend: one-to-one
spread: 0
settlementApiPort: %d
accounts:
  alice: {relation: child, plugin: test, assetCode: USD, assetScale: 9}
  bob: {relation: child, plugin: test, assetCode: USD, assetScale: 9, settlementEngine: {url: "%s", scale: 9}, balance: {maximum: "1000", settleThreshold: "-100"}}
`, freePort(t), e.URL), options...)
	awaitReady(t, c)
	pay(t, alice, 200)
	for !strings.Contains(<-e.asked, "/settlements") {
	}
	drained := make(chan struct{})
	t.Cleanup(func() { close(drained) })
	go func() {
		for {
			select {
			case <-e.asked:
			case <-drained:
				return
			}
		}
	}()
	if err := c.RemoveAccount("bob"); !errors.Is(err, settle.ErrOpen) {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		for ctx.Err() == nil {
			_ = c.RemoveAccount("bob")
		}
	}()
	defer func() { cancel(); <-done }()
	for i := range 30 {
		a, _, err := config.ParseAccount(fmt.Sprint("x", i), []byte(`{"relation":"child","plugin":"test","assetCode":"USD","assetScale":9}`), connector.Known(options...))
		if err != nil {
			t.Fatal(err)
		}
		if err := c.AddAccount(a); err != nil {
			t.Fatal(err)
		}
		r := ilptest.NewRecorder()
		h := <-alice.handler
		alice.handler <- h
		h.HandlePrepare(r, ilptest.Prepare("test.us.bob.x", 0, ilptest.Data([]byte(fmt.Sprint(i)))))
		if reply := r.Reply(); reply.Code() == ilp.F02 {
			cancel()
			<-done
			err := c.RemoveAccount("bob") // bob is there, and can not go
			again := pay(t, alice, 0)
			t.Fatalf("after %d: bob is there (%v), and without a route: %s %s", i, err, again.Code(), again.Message())
		}
	}
}

// farEnd is the far side of a BTP link.
func farEnd(t *testing.T) (far *btplink.Link, address string, came chan ilptest.Sent) {
	bound := make(chan string, 1)
	came = make(chan ilptest.Sent, 10)
	far = btplink.New(btplink.Options{Listener: &btplink.Listener{Address: "127.0.0.1:0", Secret: "s", Bound: func(a string) { bound <- a }}})
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		far.Run(ctx, ilp.HandlerFunc(func(up ilp.ReplyWriter, p ilp.Prepare) {
			kept, _ := p.Clone(nil)
			came <- ilptest.Sent{Prepare: kept, Up: up}
		}), nil)
	}()
	t.Cleanup(func() { cancel(); <-done })
	return far, <-bound, came
}

// TestFulfillOfAPacketUnderWayOutlivesAPanic has bob fulfill a packet of alice's after a
// middleware of bob's has panicked on another one.
func TestFulfillOfAPacketUnderWayOutlivesAPanic(t *testing.T) {
	far, address, came := farEnd(t)
	yaml := fmt.Sprintf(`
ilpAddress: test.us
backend: one-to-one
spread: 0
routeBroadcastEnabled: false
accounts:
  alice: {relation: child, plugin: test, assetCode: USD, assetScale: 2, balance: {maximum: "1000"}}
  bob: {relation: child, plugin: ilp-plugin-btp, assetCode: USD, assetScale: 2, balance: {maximum: "100000"}, options: {server: "btp+ws://:s@%s"}}
`, address)
	alice := newTestLink(ilptest.NewLink())
	c, _ := start(t, yaml, links(map[string]*testLink{"alice": alice}), connector.WithMiddleware("bad", func(*account.Account) (in, out eng.Middleware) {
		return eng.PrepareFunc(func(p *eng.Packet) eng.Verdict {
			if p.Incoming() == cursed {
				panic("a bug in a middleware")
			}
			return eng.Pass
		}), nil
	}))
	awaitReady(t, c)
	awaitConnected(t, c, "bob")
	h := <-alice.handler
	first := ilptest.NewRecorder()
	h.HandlePrepare(first, ilptest.Prepare("test.us.bob.x", 100))
	sent := <-came
	far.HandlePrepare(ilptest.NewRecorder(), ilptest.Prepare("test.us.alice.x", cursed))
	await(t, "bob to fail", func() bool { return len(c.Alerts().All()) > 0 })
	sent.Up.WriteReply(ilptest.Fulfill())
	if reply := first.Reply(); !reply.Fulfilled() {
		t.Errorf("bob has fulfilled 100 in time, alice is answered %s %s; alerts %+v", reply.Code(), reply.Message(), c.Alerts().All())
	}
}

// touching is a link whose output panics when it is flushed.
type touching struct{ *testLink }

func (l touching) HandlePrepare(up ilp.ReplyWriter, p ilp.Prepare) { p.Batch.Touch(badOutput{}) }

type badOutput struct{}

func (badOutput) Flush() { panic("a bug in an output") }

// TestPanicOfAnOutputIsNotTheReaders has alice's socket bring a packet for bob, whose output
// panics at the end of the batch.
func TestPanicOfAnOutputIsNotTheReaders(t *testing.T) {
	far, address, _ := farEnd(t)
	yaml := fmt.Sprintf(`
ilpAddress: test.us
backend: one-to-one
spread: 0
maxHoldTime: 2500
routeBroadcastEnabled: false
accounts:
  alice: {relation: child, plugin: ilp-plugin-btp, assetCode: USD, assetScale: 2, balance: {maximum: "100000"}, options: {server: "btp+ws://:s@%s"}}
  bob: {relation: child, plugin: bad, assetCode: USD, assetScale: 2, balance: {maximum: "1000"}}
`, address)
	c, _ := start(t, yaml, connector.WithPlugin("bad", func(config.Account, *slog.Logger) (connector.Link, error) {
		return touching{newTestLink(ilptest.NewLink())}, nil
	}))
	awaitReady(t, c)
	awaitConnected(t, c, "alice")
	far.HandlePrepare(ilptest.NewRecorder(), ilptest.Prepare("test.us.bob.x", 5))
	await(t, "an alert", func() bool { return len(c.Alerts().All()) > 0 })
	for _, a := range c.Alerts().All() {
		if a.AccountID == "alice" {
			t.Errorf("alice, who only sent a packet, is down: %s", a.Message)
		}
	}
}

// TestReceiptIsNotLostIfTheBalanceGoesAndComes credits bob while his account has an
// engine and no balance.
func TestReceiptIsNotLostIfTheBalanceGoesAndComes(t *testing.T) {
	d, e := newDisk(), newEngine(t)
	port := freePort(t)
	run := func(balance string) (c *connector.Connector, alice, bob *testLink, stop func()) {
		alice, bob = newTestLink(ilptest.Fulfilling()), newTestLink(ilptest.Fulfilling())
		c, stop = start(t, fmt.Sprintf(`
ilpAddress: test.us
backend: one-to-one
spread: 0
store: disk
settlementApiPort: %d
accounts:
  alice: {relation: child, plugin: test, assetCode: USD, assetScale: 9}
  bob: {relation: child, plugin: test, assetCode: USD, assetScale: 9, settlementEngine: {url: "%s", scale: 9}%s}
`, port, e.URL, balance), links(map[string]*testLink{"alice": alice, "bob": bob}), d.option())
		awaitReady(t, c)
		return c, alice, bob, stop
	}
	const balance = `, balance: {maximum: "1000"}`
	_, _, bob, stop := run(balance)
	h := <-bob.handler
	r := ilptest.NewRecorder()
	h.HandlePrepare(r, ilptest.Prepare("test.us.alice.x", 300)) // bob owes us 300
	r.Reply()
	stop()
	_, _, _, stop = run("")
	q, _ := http.NewRequest(http.MethodPost, fmt.Sprintf("http://127.0.0.1:%d/accounts/bob/settlements", port), strings.NewReader(`{"amount":"300","scale":9}`))
	q.Header.Set("Content-Type", "application/json")
	q.Header.Set("Idempotency-Key", "one")
	answer, err := http.DefaultClient.Do(q)
	if err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()
	http.DefaultClient.CloseIdleConnections()
	stop()
	c, _, _, stop := run(balance)
	defer stop()
	if got := snapshot(c, "bob").Posted.String(); got != "0" {
		t.Errorf("bob has paid all of 300, answered %d, and stands at %s", answer.StatusCode, got)
	}
}
