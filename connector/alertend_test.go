package connector

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ilp-go/connector/account"
	"github.com/ilp-go/connector/config"
	"github.com/ilp-go/connector/engine/middleware"
	"github.com/ilp-go/connector/rate"
)

// prices is a backend whose table and error a test changes.
type prices struct {
	mu    sync.Mutex
	table *rate.Table
	err   error
}

func (p *prices) Rates(context.Context) (*rate.Table, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.table, p.err
}

func (p *prices) set(table *rate.Table, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.table, p.err = table, err
}

// messages returns what the raised alerts say, and the numbers of those that have ended.
func messages(alerts *account.Alerts) (raised []string, ended int) {
	for _, a := range alerts.History() {
		if a.State == account.AlertRaised {
			raised = append(raised, a.AccountID+": "+a.Message)
		} else {
			ended++
		}
	}
	return raised, ended
}

func TestAlertsEndWithoutAnEvent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		backend := &prices{err: errors.New("no network")}
		pricing := rate.NewPricing(rate.PricingOptions{Publish: func(*rate.Table) {}})
		c := &Connector{
			alerts: account.NewAlerts(time.Now()), registry: account.NewRegistry(), pricing: pricing,
			poller: rate.NewPoller(backend, time.Minute, func(t *rate.Table) { pricing.Offer(t) }, quiet),
		}
		c.conf.Store(&config.Config{Backend: "prices"})
		c.limits, c.settlement = newLimitWatch(c.alerts), c.newSettlement()
		c.set = middleware.NewSet(middleware.Services{Alerts: c.alerts}, nil, nil)
		bob := account.New("bob", account.Settings{})
		if err := c.registry.Add(bob); err != nil {
			t.Fatal(err)
		}
		former := account.NewAlerts(time.Now())
		former.RaiseKind(time.Now(), "gone", kindPanic, "of the last run")
		former.RaiseMoney(time.Now(), "", kindLedgerFailed, "of the last run")
		former.Raise(time.Now(), "bob", "test.bob", "exceeded maximum balance.")
		const minimum = "a settlement from the counterparty lowered the balance below the minimum"
		former.RaiseMoney(time.Now(), "bob", minimum, minimum)
		c.alerts.Restore(former.History())
		c.resolveAtStart(time.Now())

		ctx, cancel := context.WithCancel(t.Context())
		defer synctest.Wait()
		defer cancel()
		go c.poller.Run(ctx)
		go c.endAlerts(ctx)
		want := func(ended int, raised ...string) {
			t.Helper()
			if got, n := messages(c.alerts); fmt.Sprintf("%q", got) != fmt.Sprintf("%q", raised) || n != ended {
				t.Errorf("%d have ended, not %d, and raised are %q, not %q", n, ended, got, raised)
			}
		}
		const debt = "bob: exceeded maximum balance."
		want(1, "gone: of the last run", debt, "bob: "+minimum)
		rest(alertsTick + time.Second)
		const missing = ": there are no exchange rates, and packets between different assets are refused: no network"
		want(2, "gone: of the last run", debt, missing)
		c.alerts.Dismiss(time.Now(), c.alerts.All()[2].ID)
		rest(alertsTick)
		want(3, "gone: of the last run", debt) // it is the same trouble
		bob.Dispute.Fulfill()
		at := time.Now()
		aging := rate.NewTable(at, rate.Par, rate.Spread{})
		aging.MaxAge = 3 * time.Minute
		backend.set(aging, nil)
		rest(2 * time.Minute)
		want(4, "gone: of the last run")
		backend.set(nil, errors.New("no network"))
		rest(3 * time.Minute)
		const fails = ": the source prices of exchange rates fails: no network; prices that it gave before are used until they are too old"
		want(5, fails, fmt.Sprintf(": the exchange rates are too old, and packets between different assets are refused: they are of %s by prices", at.UTC().Format(time.RFC3339)))
		backend.set(rate.NewTable(at, rate.Par, rate.Spread{}), nil)
		rest(5 * time.Minute)
		want(7)
	})
}
