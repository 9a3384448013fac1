package middleware

import (
	"time"

	"github.com/ilp-go/connector/account"
	"github.com/ilp-go/connector/engine"
	"github.com/ilp-go/connector/rate"
)

// observer tells observers of exchange rates what was forwarded to an account: the packets that
// came from an account, were sent to this one, and were fulfilled in time. It leaves out packets
// of no value, which cost their sender nothing and could push out others.
type observer struct {
	feeds   []*rate.Feed
	account *account.Account
}

// Prepare passes.
func (o *observer) Prepare(*engine.Packet) engine.Verdict { return engine.Pass }

// Reply tells the observers of a Fulfill.
func (o *observer) Reply(p *engine.Packet) engine.Verdict {
	if !p.Reply().Fulfilled() || !p.Sent() || p.Own() || p.Incoming() == 0 && p.Outgoing() == 0 {
		return engine.Pass
	}
	from := p.From()
	forwarded := rate.Forwarded{
		From: from.ID, FromAsset: rate.Asset{Code: from.AssetCode, Scale: from.AssetScale}, Incoming: p.Incoming(),
		To: o.account.ID, ToAsset: rate.Asset{Code: o.account.AssetCode, Scale: o.account.AssetScale}, Outgoing: p.Outgoing(),
		At: time.Unix(0, p.Now().Wall),
	}
	for _, feed := range o.feeds {
		feed.Put(forwarded)
	}
	return engine.Pass
}

var _ engine.Middleware = (*observer)(nil)
