package metrics

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/ilp-go/connector/account"
)

// Channels describes the payment channels of an account. Amounts are in drops.
type Channels struct {
	Account *account.Account
	// Outgoing is our channel to the peer, and Incoming the one that the peer pays over, nil if there is none.
	Outgoing, Incoming *Channel
	// BudgetLeft is what the connector may put into channels now by itself.
	BudgetLeft uint64
	// Claims counts the claims of the peer by what became of them.
	Claims map[string]uint64
	// Transactions counts the transactions of the account by what they were for, and by how they ended.
	Transactions map[TransactionKind]uint64
}

// TransactionKind is what the transactions of an account were for, and how they ended.
type TransactionKind struct{ Step, Result string }

// Channel describes a payment channel.
type Channel struct{ Capacity, Signed, Claimed uint64 }

// LedgerServer describes a server of a ledger that an account of ours there uses.
type LedgerServer struct {
	// Address is our account on the ledger, and Server the server.
	Address, Server string
	// Connected reports whether it is the one in use.
	Connected bool
	// ClosedAt is the time of its last validated ledger, the zero time if it is not in use.
	ClosedAt time.Time
}

// channels collects the metrics of payment channels, if there are any.
type channels struct {
	source                                                     Source
	capacity, signed, claimed, unclaimed, budget, claims, made series
	connected, age                                             series
}

func newChannels(source Source) *channels {
	return &channels{
		source: source,
		capacity: gauge("channel_capacity_drops",
			"What the owner of the payment channel has put in.", accountLabels("direction")...),
		signed: gauge("channel_signed_drops",
			"What the best claim is for, of all that was ever paid over the payment channel.", accountLabels("direction")...),
		claimed: gauge("channel_claimed_drops",
			"What the receiver has taken out of the payment channel on the ledger.", accountLabels("direction")...),
		unclaimed: gauge("channel_unclaimed_drops",
			"What the best claim is for beyond what was taken out.", accountLabels("direction")...),
		budget: gauge("channel_budget_left_drops",
			"What may be put into payment channels now without an operator.", accountLabels()...),
		claims: counter("channel_claims_total",
			"Claims of the peer by what became of them.", accountLabels("result")...),
		made: counter("channel_transactions_total",
			"Transactions on the ledger by what they were for, and by how they ended.", accountLabels("step", "result")...),
		connected: gauge("channel_ledger_connected",
			"1 if the server of the ledger is the one in use, otherwise 0.", "address", "server"),
		age: gauge("channel_ledger_age_seconds",
			"Time since the last validated ledger of the server in use was closed.", "address", "server"),
	}
}

// Describe sends the description of every metric.
func (c *channels) Describe(ch chan<- *prometheus.Desc) {
	for _, s := range []series{c.capacity, c.signed, c.claimed, c.unclaimed, c.budget, c.claims, c.made, c.connected, c.age} {
		ch <- s.desc
	}
}

// Collect sends the present values.
func (c *channels) Collect(ch chan<- prometheus.Metric) {
	for _, a := range c.source.PaymentChannels() {
		c.budget.send(ch, float64(a.BudgetLeft), of(a.Account)...)
		for result, n := range a.Claims {
			c.claims.send(ch, float64(n), of(a.Account, result)...)
		}
		for kind, n := range a.Transactions {
			c.made.send(ch, float64(n), of(a.Account, kind.Step, kind.Result)...)
		}
		for direction, one := range map[string]*Channel{"outgoing": a.Outgoing, "incoming": a.Incoming} {
			if one == nil {
				continue
			}
			labels := of(a.Account, direction)
			c.capacity.send(ch, float64(one.Capacity), labels...)
			c.signed.send(ch, float64(one.Signed), labels...)
			c.claimed.send(ch, float64(one.Claimed), labels...)
			c.unclaimed.send(ch, float64(one.Signed-min(one.Signed, one.Claimed)), labels...)
		}
	}
	for _, s := range c.source.LedgerServers() {
		c.connected.send(ch, truth(s.Connected), s.Address, s.Server)
		if !s.ClosedAt.IsZero() {
			c.age.send(ch, max(0, time.Since(s.ClosedAt).Seconds()), s.Address, s.Server)
		}
	}
}

var _ prometheus.Collector = (*channels)(nil)
