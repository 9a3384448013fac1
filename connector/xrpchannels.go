package connector

import (
	"context"
	"errors"

	"github.com/ilp-go/connector/admin"
	"github.com/ilp-go/connector/settle/xrp"
	"github.com/ilp-go/connector/settle/xrp/xrpl"
)

// formerShown is how many former channels ChannelsNow reads from the ledger.
const formerShown = 10

// xrpLinkOf returns the link of an account that settles over payment channels, nil if it does not.
func (n node) xrpLinkOf(id string) *xrpLink {
	m := n.member(id)
	if m == nil {
		return nil
	}
	l, _ := m.link.(*xrpLink)
	return l
}

// Channels returns the payment channels of an account.
func (n node) Channels(id string) (admin.AccountChannels, bool) {
	l := n.xrpLinkOf(id)
	if l == nil {
		return admin.AccountChannels{}, false
	}
	return l.channels(), true
}

// ChannelsNow returns the same, with what the ledger says until ctx ends.
func (n node) ChannelsNow(ctx context.Context, id string) (admin.AccountChannels, bool) {
	l := n.xrpLinkOf(id)
	if l == nil {
		return admin.AccountChannels{}, false
	}
	c := l.channels()
	s := l.settler.Load()
	if s == nil {
		return c, true
	}
	for i := range min(len(c.Incoming), formerShown+1) {
		if !c.Incoming[i].Current {
			readFormer(ctx, s.Ledger, &c.Incoming[i])
		}
	}
	c.Funds = fundsOf(ctx, s)
	return c, true
}

// channels returns the channels of the account as the settler knows them. It does not block.
func (l *xrpLink) channels() admin.AccountChannels {
	c := admin.AccountChannels{
		AccountID: l.account.ID, AssetCode: l.account.AssetCode, AssetScale: l.account.AssetScale, Address: l.address.String(),
		Incoming: []admin.Channel{}, RoomUnits: "0", BudgetLeft: "0", Busy: l.steps.now(), Claims: map[string]uint64{}, Ledger: admin.ChannelLedger{Servers: []admin.LedgerServer{}},
	}
	if l.peer != (xrpl.AccountID{}) {
		c.PeerAddress = l.peer.String()
	}
	s := l.settler.Load()
	if s == nil {
		c.Problem = "the account does not run yet, or cannot settle: see 'ilp-connector alerts'"
		return c
	}
	st := s.Status()
	if st.Peer != (xrpl.AccountID{}) {
		c.PeerAddress = st.Peer.String()
	}
	c.BudgetLeft, c.Closing, c.Problem = st.BudgetLeft.String(), st.Closing, st.Problem
	if st.Ours != nil {
		o := channelOf(&st.Ours.Channel, st.Ours.Signed)
		o.Current = true
		c.Outgoing = &o
		if !c.Closing {
			c.RoomUnits = xrp.UnitsOf(st.Ours.Amount-min(st.Ours.Amount, st.Ours.Signed), l.account.AssetScale).String()
		}
	}
	for _, in := range st.Theirs {
		one := admin.Channel{ID: in.ID.String(), Signed: in.Best.String()}
		if in.Channel != nil {
			one = channelOf(in.Channel, in.Best)
		}
		one.Current = in.Current
		c.Incoming = append(c.Incoming, one)
	}
	for r, count := range s.Claims() {
		c.Claims[r.String()] = count
	}
	if server, ok := s.Ledger.(*xrp.Server); ok {
		c.Ledger = ledgerOf(server.Status())
	}
	return c
}

// channelOf returns a channel on the ledger, and what its best claim is for.
func channelOf(c *xrp.Channel, signed xrpl.Drops) admin.Channel {
	shown := admin.Channel{
		ID: c.ID.String(), Capacity: c.Amount.String(), Signed: signed.String(), Claimed: c.Paid.String(),
		Unclaimed: (signed - min(signed, c.Paid)).String(), SettleDelay: c.SettleDelay,
	}
	at := c.Expiration
	if c.CancelAfter != 0 && (at == 0 || c.CancelAfter < at) {
		at = c.CancelAfter
	}
	if at != 0 {
		shown.ClosesAt = admin.Time{Time: xrpl.Time(at)}
	}
	return shown
}

// ledgerOf returns how the connection to a ledger is.
func ledgerOf(st xrpl.Status) admin.ChannelLedger {
	l := admin.ChannelLedger{
		Connected: st.Connected, NetworkID: st.NetworkID, Index: st.Ledger.Index, ClosedAt: admin.Time{Time: st.Ledger.CloseTime},
		Servers: make([]admin.LedgerServer, len(st.Servers)),
	}
	for i, s := range st.Servers {
		l.Servers[i] = admin.LedgerServer{
			Server: s.Server, InUse: s.InUse, Reason: string(s.Reason), Detail: s.Detail, Since: admin.Time{Time: s.Since}, Failures: s.Failures,
		}
	}
	return l
}

// readFormer reads a former channel of the peer from the ledger.
func readFormer(ctx context.Context, ledger xrp.Ledger, c *admin.Channel) {
	id, err := xrpl.ParseHash(c.ID)
	if err != nil {
		return
	}
	found, err := ledger.Channel(ctx, id)
	switch {
	case errors.Is(err, xrp.ErrNotFound):
		c.Gone = true
	case err == nil:
		best, err := xrpl.ParseDrops(c.Signed)
		if err == nil {
			*c = channelOf(&found, best)
		}
	}
}

// fundsOf asks the ledger what our account has, and returns nil if it does not say.
func fundsOf(ctx context.Context, s *xrp.Settler) *admin.LedgerFunds {
	a, err := s.Ledger.Account(ctx, s.Wallet.Address)
	if err != nil {
		return nil
	}
	state, err := s.Ledger.State(ctx)
	if err != nil {
		return nil
	}
	reserve := state.ReserveBase + xrpl.Drops(a.OwnerCount)*state.ReserveEach
	return &admin.LedgerFunds{Balance: a.Balance.String(), Reserve: reserve.String(), Free: (a.Balance - min(a.Balance, reserve)).String()}
}
