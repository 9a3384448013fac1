package connector

import (
	"maps"
	"slices"

	"github.com/ilp-go/connector/account"
	"github.com/ilp-go/connector/metrics"
	"github.com/ilp-go/connector/settle/xrp"
	"github.com/ilp-go/connector/settle/xrp/xrpl"
)

// PaymentChannels returns the payment channels of all accounts that have any, for metrics.
func (n node) PaymentChannels() (all []metrics.Channels) {
	for _, a := range n.registry.All() {
		if l := n.xrpLinkOf(a.ID); l != nil {
			if c, ok := l.metrics(a); ok {
				all = append(all, c)
			}
		}
	}
	return all
}

// metrics returns the channels of the account for metrics, and whether they are known.
func (l *xrpLink) metrics(a *account.Account) (metrics.Channels, bool) {
	s := l.settler.Load()
	if s == nil {
		return metrics.Channels{}, false
	}
	st := s.Status()
	c := metrics.Channels{
		Account: a, BudgetLeft: uint64(st.BudgetLeft), Claims: make(map[string]uint64), Transactions: make(map[metrics.TransactionKind]uint64),
	}
	if st.Ours != nil {
		c.Outgoing = metricsOf(&st.Ours.Channel, st.Ours.Signed)
	}
	if len(st.Theirs) > 0 && st.Theirs[0].Channel != nil {
		c.Incoming = metricsOf(st.Theirs[0].Channel, st.Theirs[0].Best)
	}
	for r, n := range s.Claims() {
		c.Claims[r.String()] = n
	}
	for kind, n := range s.Wallet.Transactions() {
		if kind.AccountID == a.ID {
			c.Transactions[metrics.TransactionKind{Step: kind.Step, Result: string(kind.Result)}] = n
		}
	}
	return c, true
}

func metricsOf(c *xrp.Channel, signed xrpl.Drops) *metrics.Channel {
	return &metrics.Channel{Capacity: uint64(c.Amount), Signed: uint64(signed), Claimed: uint64(c.Paid)}
}

// LedgerServers returns the servers of all wallets, in the order of their addresses.
func (n node) LedgerServers() (all []metrics.LedgerServer) {
	for address, st := range n.xrp.status() {
		known := make(map[string]bool)
		for _, one := range st.Servers {
			if known[one.Server] { // two of one host: their paths are not shown
				continue
			}
			known[one.Server] = true
			m := metrics.LedgerServer{Address: address, Server: one.Server}
			m.Connected = st.Connected && slices.ContainsFunc(st.Servers, func(o xrpl.ServerStatus) bool { return o.InUse && o.Server == one.Server })
			if m.Connected {
				m.ClosedAt = st.Ledger.CloseTime
			}
			all = append(all, m)
		}
	}
	slices.SortFunc(all, func(a, b metrics.LedgerServer) int {
		return slices.Compare([]string{a.Address, a.Server}, []string{b.Address, b.Server})
	})
	return all
}

// status returns how each wallet is connected, by its address.
func (x *xrpLedgers) status() map[string]xrpl.Status {
	x.mu.Lock()
	wallets := maps.Clone(x.wallets)
	x.mu.Unlock()
	all := make(map[string]xrpl.Status, len(wallets))
	for address, w := range wallets {
		all[address.String()] = w.server.Status()
	}
	return all
}
