package connector

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/ilp-go/connector/config"
	"github.com/ilp-go/connector/engine/middleware"
	"github.com/ilp-go/connector/ledger"
	"github.com/ilp-go/connector/settle"
	"github.com/ilp-go/connector/settle/remote"
)

// settlement is what settles accounts.
type settlement struct {
	payer    *settle.Payer
	receiver *settle.Receiver
	engines  *remote.Engines
	inbox    *remote.Inbox
	served   bool // the settlement API listens; guarded by Connector.adding
}

// newSettlement makes what settles accounts. No account settles until it has its balance.
func (c *Connector) newSettlement() settlement {
	alert := func(id, message string) { c.alerts.RaiseMoney(time.Now(), id, message, message) }
	payer := settle.NewPayer(settle.PayerOptions{
		Ledger: c.ledger, Alert: alert, Log: c.log,
		AlertKind: func(id, kind, message string) { c.alerts.RaiseMoney(time.Now(), id, kind, message) },
		Resolved:  func(id, message string) { c.alerts.Resolve(time.Now(), id, message) },
	})
	engines := new(remote.Engines)
	return settlement{
		payer: payer,
		receiver: settle.NewReceiver(settle.ReceiverOptions{
			Ledger: c.ledger, Find: c.registry.Find, Credited: payer.Consider, Alert: alert, Log: c.log,
		}),
		engines: engines,
		inbox:   remote.NewInbox(engines, c.log),
	}
}

// runPayer runs the payer until end is called. Settlers are asked once the links had their
// chance to connect. end returns once all that was begun is recorded.
func (c *Connector) runPayer() (end func()) {
	ctx, stop := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { c.payer.RunAfter(ctx, c.life.await(connected)) })
	return func() {
		stop()
		running.Wait()
	}
}

// settler returns what pays an account: its settlement engine, or its plugin if that can.
// Otherwise an operator pays by hand, as with the reference's ilp-plugin-btp. It returns nil
// for an account that cannot owe anything.
func settler(a config.Account, l Link) (settle.Settler, error) {
	if e := a.SettlementEngine; e != nil {
		return remote.NewEngine(remote.Settings{AccountID: a.ID, URL: e.URL, Scale: e.Scale})
	}
	if s, ok := l.(settle.Settler); ok {
		return s, nil
	}
	if a.Balance == nil {
		return nil, nil
	}
	return settle.Manual{}, nil
}

// addToPayer lets an account settle, if it has a settler. It has its balance by then.
func (c *Connector) addToPayer(m *member) error {
	if m.now().settler == nil {
		return nil
	}
	var every time.Duration
	if b := m.now().config.Balance; b != nil {
		every = b.SettleEvery.Duration()
	}
	return c.payer.Add(m.now().account, m.now().settler, every)
}

// forgetPatience is how long a settlement engine has to delete an account.
const forgetPatience = 10 * time.Second

// endSettling ends the settling of an account that is removed. It returns an error while a
// settlement is open.
func (c *Connector) endSettling(id string) error {
	ctx, cancel := context.WithTimeout(context.Background(), forgetPatience)
	defer cancel()
	err := c.payer.Remove(ctx, id)
	switch {
	case errors.Is(err, settle.ErrOpen):
		return fmt.Errorf("account %s: %w; wait for it to end, or say how it ended", id, err)
	case err != nil && !errors.Is(err, settle.ErrNoAccount):
		c.log.Warn("the settler was not told that the account is gone", "account", id, "error", err)
	}
	return nil
}

var (
	_ middleware.Payer = (*settle.Payer)(nil)
	_ settle.Ledger    = (*ledger.Ledger)(nil)
)
