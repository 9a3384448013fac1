package metrics

import "github.com/prometheus/client_golang/prometheus"

// children collects the numbers of clients that are accounts.
type children struct {
	source Source

	known, connected, state series
}

func newChildren(source Source) *children {
	return &children{
		source: source,
		known: gauge("children_known",
			"Clients of the account that are accounts, whether they are connected or not.", accountLabels()...),
		connected: gauge("children_connected",
			"Those of them that are connected.", accountLabels()...),
		state: gauge("children_state",
			"Those of them in each state.", accountLabels("state")...),
	}
}

// Describe sends the description of every metric.
func (c *children) Describe(ch chan<- *prometheus.Desc) {
	ch <- c.known.desc
	ch <- c.connected.desc
	ch <- c.state.desc
}

// Collect sends the present values.
func (c *children) Collect(ch chan<- prometheus.Metric) {
	for _, a := range c.source.Accounts().All() {
		if known, connected, are := c.source.Clients(a.ID); are {
			c.known.send(ch, float64(known), of(a)...)
			c.connected.send(ch, float64(connected), of(a)...)
			in := c.source.ChildStates(a.ID)
			for _, state := range c.source.AccountStates() {
				c.state.send(ch, float64(in[state]), of(a, state)...)
			}
		}
	}
}

var _ prometheus.Collector = (*children)(nil)
