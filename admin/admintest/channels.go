package admintest

import (
	"context"

	"github.com/ilp-go/connector/admin"
)

// Channels returns the one of PaymentChannels.
func (n *Node) Channels(id string) (admin.AccountChannels, bool) {
	c, there := n.PaymentChannels[id]
	return c, there
}

// ChannelsNow returns the same, with Funds.
func (n *Node) ChannelsNow(_ context.Context, id string) (admin.AccountChannels, bool) {
	c, there := n.PaymentChannels[id]
	c.Funds = n.Funds
	return c, there
}

// ChangeChannel calls Step, and notes the change.
func (n *Node) ChangeChannel(ctx context.Context, c admin.ChannelChange) (done admin.ChannelChanged, err error) {
	done = admin.ChannelChanged{Step: c.Step, Transactions: []admin.ChannelTransaction{}, Channels: n.PaymentChannels[c.Account]}
	err = n.log.Do(c.Change, func() error {
		if n.Step != nil {
			done.Transactions, err = n.Step(ctx, c)
		}
		return err
	})
	return done, err
}
