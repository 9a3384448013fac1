package metrics

import (
	"github.com/prometheus/client_golang/prometheus"

	"github.com/ilp-go/connector/account"
)

// told is what npm middlewares have said of an account, as far as it is not shown yet. They add to the
// counts of ours, as in the reference. Where the latest value counts, ours comes before theirs.
type told map[account.Sample]float64

// toldOf returns what is told of an account. What is no sum is its own, not that of its clients.
func toldOf(a *account.Account, counts *account.Counters) told {
	t := told(counts.Told.Read())
	if counts == &a.Counters {
		return t
	}
	for s, value := range a.Counters.Told.Read() {
		if !s.Stat.Sums() {
			if t == nil {
				t = make(told)
			}
			t[s] = value
		}
	}
	return t
}

// take returns a value, 0 if there is none, and forgets it.
func (t told) take(stat account.Stat, result, code string) float64 {
	s := account.Sample{Stat: stat, Result: result, Code: code}
	value := t[s]
	delete(t, s)
	return value
}

// rest sends what is left: of samples that ours have not.
func (c *inherited) rest(ch chan<- prometheus.Metric, a *account.Account, t told) {
	for s, value := range t {
		labels := make([]string, 0, 2)
		if s.Result != "" {
			labels = append(labels, s.Result)
		}
		if s.Code != "" {
			labels = append(labels, s.Code)
		}
		series := c.of(s)
		series.send(ch, value, of(a, labels...)...)
	}
}

// of returns the series of a sample.
func (c *inherited) of(s account.Sample) series {
	switch s.Stat {
	case account.StatIncomingPackets:
		return c.incomingPackets
	case account.StatIncomingValue:
		return c.incomingValue
	case account.StatOutgoingPackets:
		if s.Code != "" {
			return c.outgoingRejects
		}
		return c.outgoingPackets
	case account.StatOutgoingValue:
		return c.outgoingValue
	case account.StatRateLimited:
		return c.rateLimitedPackets
	case account.StatRateLimitedMoney:
		return c.rateLimitedMoney
	case account.StatIncomingMoney:
		return c.incomingMoney
	case account.StatOutgoingMoney:
		return c.outgoingMoney
	}
	return c.balance
}
