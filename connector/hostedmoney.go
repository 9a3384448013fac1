package connector

import (
	"context"
	"fmt"
	"time"

	"github.com/ilp-go/connector/account/balance"
	"github.com/ilp-go/connector/clock"
	"github.com/ilp-go/connector/config"
	"github.com/ilp-go/connector/engine/middleware"
	"github.com/ilp-go/connector/nodehost/chain"
	"github.com/ilp-go/connector/nodehost/plugin"
	"github.com/ilp-go/connector/settle"
)

// creditHosted lets a hosted plugin of an account credit the money that it has received.
func (c *Connector) creditHosted(l *plugin.Link, a config.Account) {
	admit := func() bool { return c.admitsMoney(a.ID) }
	l.SetReceive(admit, func(ctx context.Context, id string, amount balance.Amount) error {
		passing, stop := context.WithTimeout(ctx, stagesTimeout) // a method that hangs holds up the next payments
		defer stop()
		err := c.middlewares.through(passing, a.ID, chain.IncomingMoney, amount.String(), func() error {
			_, err := c.receiver.ReceiveOnce(ctx, a.ID, settle.Receipt{ID: id, Amount: amount, Scale: a.AssetScale})
			return err
		})
		if err != nil {
			c.log.Error("money that a plugin has received is not credited", "account", a.ID, "amount", amount, "error", err)
			c.alerts.RaiseMoney(time.Now(), a.ID, kindUncredited, fmt.Sprintf(alertUncredited, amount, err))
		}
		return err
	})
}

// admitsMoney reports whether the rate limit of an account lets its plugin tell of another payment.
func (c *Connector) admitsMoney(id string) bool {
	m := c.member(id)
	if m == nil || !m.attached() {
		return true // and the receiver says that there is no such account
	}
	return middleware.AdmitMoney(m.now().port.Incoming(), clock.Now().Steady)
}

// What the alert about money says that is not credited.
const (
	kindUncredited  = "money of a plugin not credited"
	alertUncredited = "the plugin has told of a payment of %s, in base units of the account, that was not credited: %.300v; " +
		"unless the plugin tells of it again, credit it with 'ilp-connector balance'"
)
