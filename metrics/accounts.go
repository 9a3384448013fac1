package metrics

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/ilp-go/connector/account"
)

// accounts collects the metrics of accounts that the reference does not have.
type accounts struct {
	source Source

	lastPacket            series
	inFlight, outstanding series
	valueInFlight         series
	late, unmatched       series
	lateFulfills          series
	lateFulfillValue      series
	keptFulfills          series
	refused               series
	latency               *prometheus.Desc
	minimum, maximum      series
	pending, settling     series
}

func newAccounts(source Source) *accounts {
	return &accounts{
		source: source,
		lastPacket: gauge("account_last_packet_timestamp_seconds",
			"When the account last sent a packet.", accountLabels()...),
		inFlight: gauge("packets_in_flight",
			"Packets that came from the account and are not answered yet.", accountLabels()...),
		late: counter("late_answers_total",
			"Answers of the account that came after the packet had expired. A fulfilled one is money it may hold us to.", accountLabels("result")...),
		outstanding: gauge("packets_outstanding",
			"Packets that were sent to the account and are not answered yet.", accountLabels()...),
		valueInFlight: gauge("value_in_flight",
			"Amount of the packets that came from the account (incoming), or go to it (outgoing), and are not answered yet.",
			accountLabels("direction")...),
		unmatched: counter("unmatched_answers_total",
			"Answers of the account that no packet waits for. A fulfilled one may be money it holds us to.", accountLabels("result")...),
		lateFulfills: counter("late_fulfills_total",
			"Fulfills of value that the account sent after the packet had expired (received), or was passed after its own packet had expired (sent).",
			accountLabels("direction")...),
		lateFulfillValue: counter("late_fulfill_value_total",
			"What these were worth.", accountLabels("direction")...),
		keptFulfills: counter("kept_fulfills_total",
			"Fulfills that a middleware of the account wanted to replace, in vain.", accountLabels()...),
		refused: counter("refused_packets_total",
			"Packets that the connector refused by itself, counted for the account that they came from (incoming) and for the one that they were to go to (outgoing).",
			accountLabels("direction", "code", "cause")...),
		latency: prometheus.NewDesc(prefix+"packet_latency_seconds",
			"Time from sending a packet to the account until its answer.", accountLabels(), nil),
		minimum: gauge("balance_minimum",
			"Where the balance stops packets to the account, if anywhere.", accountLabels()...),
		maximum: gauge("balance_maximum",
			"Where the balance stops packets from the account, if anywhere.", accountLabels()...),
		pending: gauge("balance_pending",
			"Amount of the packets from or to the account that wait for an answer.", accountLabels("direction")...),
		settling: gauge("balance_settling",
			"Amount of the settlements to the account that are under way.", accountLabels()...),
	}
}

// Describe sends the description of every metric.
func (c *accounts) Describe(ch chan<- *prometheus.Desc) {
	for _, s := range []series{
		c.lastPacket, c.inFlight, c.outstanding, c.valueInFlight, c.late, c.unmatched, c.lateFulfills, c.lateFulfillValue,
		c.keptFulfills, c.refused, c.minimum, c.maximum, c.pending, c.settling,
	} {
		ch <- s.desc
	}
	ch <- c.latency
}

// Collect sends the present values.
func (c *accounts) Collect(ch chan<- prometheus.Metric) {
	for _, a := range c.source.Accounts().All() {
		counts := c.source.Counters(a)
		if seen := counts.LastSeen.Load(); seen != 0 {
			c.lastPacket.send(ch, time.Duration(seen).Seconds(), of(a)...)
		}
		c.inFlight.send(ch, float64(counts.InFlight.Load()), of(a)...)
		c.outstanding.send(ch, float64(counts.Outstanding.Load()), of(a)...)
		c.valueInFlight.send(ch, float64(counts.IncomingInFlight.Load()), of(a, "incoming")...)
		c.valueInFlight.send(ch, float64(counts.OutgoingInFlight.Load()), of(a, "outgoing")...)
		for _, result := range results {
			c.late.send(ch, float64(counts.Late.Of(result)), of(a, result.String())...)
			c.unmatched.send(ch, float64(counts.Unmatched.Of(result)), of(a, result.String())...)
		}
		c.fulfills(ch, a, counts)
		c.refusals(ch, a, counts)
		c.latencies(ch, a, counts)
		c.balance(ch, a)
	}
}

// fulfills sends the counts of Fulfills that may cost money.
func (c *accounts) fulfills(ch chan<- prometheus.Metric, a *account.Account, counts *account.Counters) {
	for direction, late := range map[string]*account.Amounts{"received": &counts.LateReceived, "sent": &counts.LateFulfills} {
		c.lateFulfills.send(ch, float64(late.Count.Load()), of(a, direction)...)
		c.lateFulfillValue.send(ch, late.Value.Float(), of(a, direction)...)
	}
	c.keptFulfills.send(ch, float64(counts.KeptFulfills.Load()), of(a)...)
}

// refusals sends the counts of packets that we refused.
func (c *accounts) refusals(ch chan<- prometheus.Metric, a *account.Account, counts *account.Counters) {
	for direction, refusals := range map[string]*account.Refusals{"incoming": &counts.RefusedFrom, "outgoing": &counts.RefusedTo} {
		for _, r := range refusals.Read() {
			c.refused.send(ch, float64(r.Count), of(a, direction, account.CodeLabel(r.Code), r.Cause)...)
		}
	}
}

func (c *accounts) latencies(ch chan<- prometheus.Metric, a *account.Account, counts *account.Counters) {
	count, sum, upTo := counts.Latency.Read()
	buckets := make(map[float64]uint64, len(upTo))
	for bound, n := range upTo {
		buckets[bound.Seconds()] = n
	}
	ch <- prometheus.MustNewConstHistogram(c.latency, count, sum.Seconds(), buckets, of(a)...)
}

func (c *accounts) balance(ch chan<- prometheus.Metric, a *account.Account) {
	if !balanced(c.source, a) {
		return
	}
	state := a.Balance.Snapshot()
	if minimum, finite := state.Minimum.Amount(); finite {
		c.minimum.send(ch, float(minimum.Big()), of(a)...)
	}
	if maximum, finite := state.Maximum.Amount(); finite {
		c.maximum.send(ch, float(maximum.Big()), of(a)...)
	}
	c.pending.send(ch, float(state.PendingIn.Big()), of(a, "incoming")...)
	c.pending.send(ch, float(state.PendingOut.Big()), of(a, "outgoing")...)
	c.settling.send(ch, float(state.Settling.Big()), of(a)...)
}

var _ prometheus.Collector = (*accounts)(nil)
