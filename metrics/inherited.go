package metrics

import (
	"math/big"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/ilp-go/connector/account"
)

// The metrics of the reference, without prefix.
const (
	incomingPackets    = "incoming_ilp_packets"
	incomingValue      = "incoming_ilp_packet_value"
	outgoingPackets    = "outgoing_ilp_packets"
	outgoingValue      = "outgoing_ilp_packet_value"
	incomingMoney      = "incoming_money"
	outgoingMoney      = "outgoing_money"
	rateLimitedPackets = "rate_limited_ilp_packets"
	rateLimitedMoney   = "rate_limited_money" // of hosted plugins: settlement engines have no rate limit
	balanceOfAccount   = "balance"
)

// The types of metrics, as Prometheus spells them.
const (
	counterType = "counter"
	gaugeType   = "gauge"
)

// inheritedFamilies lists the metrics of the reference in its order. It shows them even
// before they have a sample.
var inheritedFamilies = [...]struct{ name, kind, help string }{
	{incomingPackets, counterType, "Packets that came from an account, by how they were answered."},
	{incomingValue, counterType, "Sum of the amounts of the packets that came from an account, if a balance is kept for it."},
	{outgoingPackets, counterType, "Packets that went to an account, by its answer."},
	{outgoingValue, counterType, "Sum of the amounts of the packets that went to an account, if a balance is kept for it."},
	{incomingMoney, gaugeType, "Amount of the latest settlement that came from an account."},
	{outgoingMoney, gaugeType, "Amount of the latest settlement that went to an account."},
	{rateLimitedPackets, counterType, "Packets of an account that were over its rate limit."},
	{rateLimitedMoney, counterType, "Settlements of an account that were over its rate limit."},
	{balanceOfAccount, gaugeType, "Balance of an account, with the packets that wait for an answer; positive is their debt to us."},
}

// inherited collects the metrics of the reference.
type inherited struct {
	source Source

	incomingPackets, incomingValue series
	outgoingPackets, outgoingValue series
	outgoingRejects                series // outgoingPackets with one label more
	incomingMoney, outgoingMoney   series
	rateLimitedPackets             series
	rateLimitedMoney, balance      series
}

func newInherited(source Source) *inherited {
	help := make(map[string]string, len(inheritedFamilies))
	for _, f := range inheritedFamilies {
		help[f.name] = f.help
	}
	sum := func(name string, labels ...string) series {
		return counter(name, help[name], accountLabels(labels...)...)
	}
	last := func(name string, labels ...string) series {
		return gauge(name, help[name], accountLabels(labels...)...)
	}
	return &inherited{
		source:             source,
		incomingPackets:    sum(incomingPackets, "result"),
		incomingValue:      sum(incomingValue, "result"),
		outgoingPackets:    sum(outgoingPackets, "result"),
		outgoingRejects:    sum(outgoingPackets, "result", "code"),
		outgoingValue:      sum(outgoingValue, "result"),
		incomingMoney:      last(incomingMoney, "result"),
		outgoingMoney:      last(outgoingMoney, "result"),
		rateLimitedPackets: sum(rateLimitedPackets),
		rateLimitedMoney:   sum(rateLimitedMoney),
		balance:            last(balanceOfAccount),
	}
}

// Describe describes nothing, which makes the collector an unchecked one. Only rejected
// packets have the label code, and one description cannot say that.
func (c *inherited) Describe(chan<- *prometheus.Desc) {}

// Collect sends the present values.
func (c *inherited) Collect(ch chan<- prometheus.Metric) {
	for _, a := range c.source.Accounts().All() {
		counts := c.source.Counters(a)
		told := toldOf(a, counts)
		c.packets(ch, a, counts, told)
		c.rejects(ch, a, counts, told)
		c.incomingMoney.sendMoney(ch, a, &a.Counters.IncomingMoney, account.StatIncomingMoney, told)
		c.outgoingMoney.sendMoney(ch, a, &a.Counters.OutgoingMoney, account.StatOutgoingMoney, told)
		c.rateLimitedPackets.sendCount(ch, float64(counts.RateLimited.Load())+told.take(account.StatRateLimited, "", ""), of(a))
		c.rateLimitedMoney.sendCount(ch, float64(counts.RateLimitedMoney.Load())+told.take(account.StatRateLimitedMoney, "", ""), of(a))
		if balanced(c.source, a) {
			c.balance.send(ch, float(a.Balance.Snapshot().Balance().Big()), of(a)...)
			told.take(account.StatBalance, "", "") // ours is the balance of the account
		}
		c.rest(ch, a, told)
	}
}

// packets sends the counts and sums by result, except the number of rejected packets to
// the account, which rejects sends by code.
func (c *inherited) packets(ch chan<- prometheus.Metric, a *account.Account, counts *account.Counters, told told) {
	for _, result := range results {
		text := result.String()
		labels := of(a, text)
		c.incomingPackets.sendCount(ch, float64(counts.Incoming.Of(result))+told.take(account.StatIncomingPackets, text, ""), labels)
		c.incomingValue.sendCount(ch, counts.IncomingValue[result].Float()+told.take(account.StatIncomingValue, text, ""), labels)
		c.outgoingValue.sendCount(ch, counts.OutgoingValue[result].Float()+told.take(account.StatOutgoingValue, text, ""), labels)
		if result != account.Rejected {
			c.outgoingPackets.sendCount(ch, float64(counts.Outgoing.Of(result))+told.take(account.StatOutgoingPackets, text, ""), labels)
		}
	}
}

func (c *inherited) rejects(ch chan<- prometheus.Metric, a *account.Account, counts *account.Counters, told told) {
	rejected := account.Rejected.String()
	for code, r := range counts.Rejects.Read() {
		text := account.CodeLabel(code)
		c.outgoingRejects.sendCount(ch, float64(r.Count)+told.take(account.StatOutgoingPackets, rejected, text), of(a, rejected, text))
	}
}

// sendCount sends a count unless it is 0: the reference has no series for a count of 0.
func (s series) sendCount(ch chan<- prometheus.Metric, count float64, labels []string) {
	if count != 0 {
		s.send(ch, count, labels...)
	}
}

// sendMoney sends the latest settlements, with the labels of the reference for their
// outcome. They take the place of what npm middlewares have told of the same.
func (s series) sendMoney(ch chan<- prometheus.Metric, a *account.Account, m *account.Money, stat account.Stat, told told) {
	succeeded, failed := m.Last()
	if succeeded != nil {
		s.send(ch, float(succeeded.Big()), of(a, "succeeded")...)
		told.take(stat, "succeeded", "")
	}
	if failed != nil {
		s.send(ch, float(failed.Big()), of(a, "failed")...)
		told.take(stat, "failed", "")
	}
}

// float returns the nearest double, for display.
func float(x *big.Int) float64 {
	f, _ := new(big.Float).SetInt(x).Float64()
	return f
}

var _ prometheus.Collector = (*inherited)(nil)
