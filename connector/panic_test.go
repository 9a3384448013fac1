package connector_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/ilp-go/connector/account"
	"github.com/ilp-go/connector/clock"
	"github.com/ilp-go/connector/config"
	"github.com/ilp-go/connector/connector"
	eng "github.com/ilp-go/connector/engine"
	"github.com/ilp-go/connector/ilp"
	"github.com/ilp-go/connector/ilptest"

	"log/slog"
)

// cursed is the amount of a packet at which the middleware of TestPanicTakesItsAccountDown
// panics.
const cursed = 666

// TestPanicTakesItsAccountDown has a middleware panic on the read loop of bob's link, in
// one batch with bob's answer to alice: that answer is written down and goes up, carol is
// paid, bob is disconnected at once, and an alert and the admin API say why.
func TestPanicTakesItsAccountDown(t *testing.T) {
	far, address, came := farEnd(t)
	port := freePort(t)
	yaml := fmt.Sprintf(`
ilpAddress: test.us
backend: one-to-one
spread: 0
store: disk
routeBroadcastEnabled: false
adminApi: true
adminApiPort: %d
accounts:
  alice: {relation: child, plugin: test, assetCode: USD, assetScale: 2, balance: {maximum: "1000"}}
  bob: {relation: child, plugin: ilp-plugin-btp, assetCode: USD, assetScale: 2, balance: {maximum: "100000"}, options: {server: "btp+ws://:s@%s"}}
  carol: {relation: child, plugin: test, assetCode: USD, assetScale: 2, balance: {maximum: "1000"}}
`, port, address)
	d, alice, carol := newDisk(), newTestLink(ilptest.NewLink()), newTestLink(ilptest.Fulfilling())
	plugin := connector.WithPlugin("test", func(a config.Account, _ *slog.Logger) (connector.Link, error) {
		return map[string]*testLink{"alice": alice, "carol": carol}[a.ID], nil
	})
	c, _ := start(t, yaml, plugin, d.option(), connector.WithMiddleware("bad", func(*account.Account) (in, out eng.Middleware) {
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

	batch := new(ilp.ReadBatch) // one write, so one read
	batch.Begin(clock.Now())
	fulfill, prepare := ilptest.Fulfill(), ilptest.Prepare("test.us.carol.x", cursed)
	fulfill.Batch, prepare.Batch = batch, batch
	sent.Up.WriteReply(fulfill)
	refused := ilptest.NewRecorder()
	far.HandlePrepare(refused, prepare)
	batch.End()

	if reply := first.Reply(); !reply.Fulfilled() {
		t.Errorf("alice is answered %s", reply.Code())
	}
	second := ilptest.NewRecorder()
	h.HandlePrepare(second, ilptest.Prepare("test.us.carol.y", 5))
	if reply := second.Reply(); !reply.Fulfilled() {
		t.Errorf("alice's payment to carol is answered %s", reply.Code())
	}
	if got := d.balances(t); got != "alice=105 2 USD, bob=-100 2 USD, carol=-5 2 USD" {
		t.Errorf("kept %s", got)
	}
	await(t, "bob to be taken down", func() bool { return len(c.Alerts().All()) > 0 })
	wantAlert(t, c, "bob", "code has panicked: a bug in a middleware")
	began := time.Now()
	third := ilptest.NewRecorder()
	h.HandlePrepare(third, ilptest.Prepare("test.us.bob.z", 1))
	if reply := third.Reply(); reply.Code() != ilp.T01 || time.Since(began) > time.Second {
		t.Errorf("a packet to bob is answered %s after %v", reply.Code(), time.Since(began))
	}
	if status, text := ask(t, port, "GET", "/accounts", ""); status != http.StatusOK || !strings.Contains(text, "a bug in a middleware") {
		t.Errorf("GET /accounts: %d %s", status, text)
	}
	await(t, "bob's connection to close", func() bool { return !far.Connected() })
	if err := c.RemoveAccount("bob"); err != nil {
		t.Error(err)
	}
	if history := c.Alerts().History(); history[0].Kind != "panic" || history[0].State != account.AlertResolved {
		t.Errorf("the account is gone, and alerts are %+v", history)
	}
}
