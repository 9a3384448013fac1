package connector

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/ilp-go/connector/account"
	"github.com/ilp-go/connector/config"
	"github.com/ilp-go/connector/engine/middleware"
	"github.com/ilp-go/connector/ledger"
	"github.com/ilp-go/connector/settle"
	"github.com/ilp-go/connector/settle/remote"
)

// settlement is everything that settles.
type settlement struct {
	payer    *settle.Payer
	receiver *settle.Receiver
	engines  *remote.Engines
	inbox    *remote.Inbox
	served   bool // the API that engines ask; guarded by Connector.adding
}

// newSettlement makes what settles. Until the store is open no account does.
func (c *Connector) newSettlement() settlement {
	alert := func(id, message string) { c.alerts.RaiseMoney(time.Now(), id, message, message) }
	engines := new(remote.Engines)
	return settlement{
		payer:    settle.NewPayer(settle.PayerOptions{Ledger: c.ledger, Alert: alert, Log: c.log}),
		receiver: settle.NewReceiver(settle.ReceiverOptions{Ledger: c.ledger, Find: c.registry.Find, Credited: c.Consider, Alert: alert, Log: c.log}),
		engines:  engines,
		inbox:    remote.NewInbox(engines, c.log),
	}
}

// Consider settles what an account owes if that is due: because its balance has fallen
// under its threshold, for instance. It does not block.
func (c *Connector) Consider(a *account.Account) { c.payer.Consider(a) }

// Urge settles what an account owes because its counterparty refuses packets for that.
// It does not block, and does something at most once a minute.
func (c *Connector) Urge(a *account.Account) { c.payer.Urge(a) }

// settle has settlements made until end is called, which waits until what was begun is
// written down.
func (c *Connector) settle() (end func()) {
	ctx, stop := context.WithCancel(context.Background())
	var payer sync.WaitGroup
	payer.Go(func() { c.payer.Run(ctx) })
	return func() {
		stop()
		payer.Wait()
	}
}

// settler is who pays for an account: its engine, its plugin if that can, or nobody, as
// with the reference's ilp-plugin-btp. It is nil if there is nothing to pay.
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

// settles lets an account settle, if it does. The store is open, and its balance what
// the store has.
func (c *Connector) settles(m *member) error {
	if m.settler == nil {
		return nil
	}
	var every time.Duration
	if b := m.config.Balance; b != nil {
		every = b.SettleEvery.Duration()
	}
	return c.payer.Add(m.account, m.settler, every)
}

// forgetPatience is how long a settlement engine has to delete an account.
const forgetPatience = 10 * time.Second

// settlesNoMore ends the settling of an account that is removed. It refuses that while a
// settlement is open.
func (c *Connector) settlesNoMore(id string) error {
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
	_ middleware.Settler = (*Connector)(nil)
	_ settle.Ledger      = (*ledger.Ledger)(nil)
)
