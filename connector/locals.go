package connector

import (
	"github.com/ilp-go/connector/account"
	"github.com/ilp-go/connector/engine"
	"github.com/ilp-go/connector/ilp"
	"github.com/ilp-go/connector/ilp/ildcp"
	"github.com/ilp-go/connector/route"
	"github.com/ilp-go/connector/route/speaker"
	"github.com/ilp-go/connector/settle/remote"
)

// locals returns the protocols that neighbors speak with us.
func locals(c *Connector) []engine.LocalAt {
	return []engine.LocalAt{
		{Address: ildcp.Destination, Local: &ildcpHost{c}},
		{Address: speaker.Destinations, Local: c.speaker},
		{Address: remote.Destination, Local: c.inbox},
	}
}

// ildcpHost tells children their address and asset (RFC 31).
type ildcpHost struct{ connector *Connector }

// For returns the host as the account sees it.
func (h *ildcpHost) For(a *account.Account) ilp.Handler {
	if a.Relation != account.Child {
		return refusing(ilp.F00, "Can't generate child address for account that is isn't a child")
	}
	return ilp.HandlerFunc(func(up ilp.ReplyWriter, prepare ilp.Prepare) {
		up.WriteReply(prepare.Reply(h.answer(a, &prepare)))
	})
}

func (h *ildcpHost) answer(a *account.Account, prepare *ilp.Prepare) ilp.Reply {
	own := h.connector.Address()
	if own == "" {
		return ilp.Fail(ilp.T00, "address is not known yet.")
	}
	response := ildcp.Response{
		ClientAddress: route.ChildAddress(own, a.ID, a.Segment), AssetScale: a.AssetScale, AssetCode: a.AssetCode,
	}
	b := response.Append(nil)
	if now := prepare.Batch.Now(); !now.None() && prepare.Expiry() < now.Millis() {
		reject := ilp.Reject{Code: ilp.F00, TriggeredBy: own, Message: "IL-DCP request packet is expired."}
		b = reject.Append(nil)
	}
	reply, err := ilp.ParseReply(b)
	if err != nil {
		return ilp.Fail(ilp.T00, "the answer is no packet.")
	}
	return reply
}

// refusing answers everything with the same failure.
func refusing(code ilp.Code, message string) ilp.Handler {
	return ilp.HandlerFunc(func(up ilp.ReplyWriter, prepare ilp.Prepare) {
		ilp.Refuse(up, &prepare, code, message)
	})
}

var (
	_ engine.Local = (*ildcpHost)(nil)
	_ engine.Local = (*speaker.Speaker)(nil)
	_ engine.Local = (*remote.Inbox)(nil)
)
