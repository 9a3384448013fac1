package metrics

import "github.com/prometheus/client_golang/prometheus"

// Observed says how much observers of exchange rates were told of forwarded packets.
type Observed struct {
	Told, Dropped uint64 // packets, of all observers together
	Waiting       int    // packets that they are still to be told of
}

// observers collects the metrics of the observers, if there are any.
type observers struct {
	source           Source
	packets, waiting series
}

func newObservers(source Source) *observers {
	return &observers{
		source: source,
		packets: counter("observed_packets_total",
			"Forwarded packets that observers were told of, or were not because they are too slow, hang or panic.", "result"),
		waiting: gauge("observed_packets_waiting",
			"Forwarded packets that observers are still to be told of."),
	}
}

// Describe sends the description of every metric.
func (c *observers) Describe(ch chan<- *prometheus.Desc) {
	ch <- c.packets.desc
	ch <- c.waiting.desc
}

// Collect sends the present values.
func (c *observers) Collect(ch chan<- prometheus.Metric) {
	o, are := c.source.Observed()
	if !are {
		return
	}
	c.packets.send(ch, float64(o.Told), "told")
	c.packets.send(ch, float64(o.Dropped), "dropped")
	c.waiting.send(ch, float64(o.Waiting))
}

var _ prometheus.Collector = (*observers)(nil)
