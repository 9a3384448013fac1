package metrics

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/ilp-go/connector/rate"
)

// rates collects the metrics of the exchange rates, and of the sources of their prices. The sources
// are those of the configuration, so that they are few.
type rates struct {
	source Source

	age, success, failures, tooOld          series
	sourceAge, sourceSuccess, sourceFetches series
	overrides                               series
}

func newRates(source Source) *rates {
	return &rates{
		source: source,
		age: gauge("rate_age_seconds",
			"Age of the prices that the exchange rates are made of."),
		success: gauge("rate_last_success_timestamp_seconds",
			"When exchange rates were last obtained."),
		failures: gauge("rate_failures",
			"Attempts to obtain exchange rates that have failed since the last success."),
		tooOld: gauge("rate_stale",
			"1 if the exchange rates are too old to trade on, otherwise 0."),
		sourceAge: gauge("rate_source_age_seconds",
			"Age of the newest price of a source.", "source"),
		sourceSuccess: gauge("rate_source_last_success_timestamp_seconds",
			"When a source last gave prices.", "source"),
		sourceFetches: counter("rate_source_fetches_total",
			"Attempts to get prices from a source.", "source", "outcome"),
		overrides: gauge("rate_overrides",
			"Pairs that operators have pinned or paused, and prices that are held back.", "kind"),
	}
}

// Describe sends the description of every metric.
func (c *rates) Describe(ch chan<- *prometheus.Desc) {
	for _, s := range []series{
		c.age, c.success, c.failures, c.tooOld, c.sourceAge, c.sourceSuccess, c.sourceFetches, c.overrides,
	} {
		ch <- s.desc
	}
}

// Collect sends the present values.
func (c *rates) Collect(ch chan<- prometheus.Metric) {
	now, state := time.Now(), c.source.Rates()
	c.failures.send(ch, float64(state.Failures))
	if state.Table != nil {
		c.age.send(ch, now.Sub(state.Table.At).Seconds())
		c.success.send(ch, time.Duration(state.Success.UnixNano()).Seconds())
		c.tooOld.send(ch, truth(state.Table.Stale(now)))
	}
	sent := make(map[string]bool)
	for _, s := range c.source.RateSources() {
		if !sent[s.Name] {
			sent[s.Name] = true
			c.sendSource(ch, now, s)
		}
	}
	pricing := c.source.Pricing()
	c.overrides.send(ch, float64(len(pricing.Pins)), "pinned")
	c.overrides.send(ch, float64(len(pricing.Paused)), "paused")
	c.overrides.send(ch, float64(len(pricing.Held)), "held")
}

func (c *rates) sendSource(ch chan<- prometheus.Metric, now time.Time, s rate.SourceState) {
	for _, outcome := range rate.Outcomes() {
		c.sourceFetches.send(ch, float64(s.Ended[outcome]), s.Name, string(outcome))
	}
	if s.Table != nil {
		c.sourceAge.send(ch, now.Sub(s.Table.At).Seconds(), s.Name)
		c.sourceSuccess.send(ch, time.Duration(s.Success.UnixNano()).Seconds(), s.Name)
	}
}

var _ prometheus.Collector = (*rates)(nil)
